import { type AwsConfigFile, type ConfigFault, profileName } from './config-file.ts';
import { misreadLine } from './writable-value.ts';

/** What of a profile some AWS clients do not see as it is written; daypass and the AWS CLI see all of it. */
export function spellingFaults(
  profile: string,
  { text, profiles }: Pick<AwsConfigFile, 'profiles'> & { text: string },
): ConfigFault[] {
  const lines = text.split(/\r\n|\n|\r/);
  const faults: ConfigFault[] = [];
  const plain = profile === 'default' ? '[default]' : `[profile ${profile}]`;
  const headers = lines.map((line) => /^\[\s*([^\]]*?)\s*\]/.exec(line));
  const at = headers.findIndex((header) => header && profileName(header[1] ?? '') === profile);
  const [header = plain] = headers[at] ?? [];
  // For PHP [profile default] is the only one, and others take it as well.
  if (header !== plain && header !== '[profile default]')
    faults.push({ line: at + 1, text: `${header} is another name to some AWS clients than ${plain}` });
  const entries = [...(profiles.get(profile) ?? [])];
  const indented = entries.filter(
    ([key, { line }]) => !key.startsWith('daypass_') && /^\s/.test(lines[line - 1] ?? ''),
  );
  const [first] = indented;
  if (first) {
    const keys = indented.map(([key]) => key).join(', ');
    faults.push({ line: first[1].line, text: `${keys}: indented, and Ruby sees no key that is` });
  }
  for (const [key, { line, value }] of entries) {
    const fault = misreadLine(value);
    if (fault) faults.push({ line, text: `${key} ${fault}` });
  }
  return faults;
}
