import type { AwsConfigFile, ConfigFault } from './config-file.ts';
import { profileHeader, profileOfSection } from './lines.ts';
import { misreadLine } from './writable-value.ts';

/** Returns the parts of a profile that some AWS clients misread; daypass and the AWS CLI read all of it. */
export function spellingFaults(profile: string, { lines, profiles }: AwsConfigFile): ConfigFault[] {
  const faults: ConfigFault[] = [];
  const plain = profileHeader(profile);
  const section = lines.find((line) => line.kind === 'section' && profileOfSection(line.name) === profile);
  // PHP reads [profile default] alone, and other clients accept it.
  if (section?.kind === 'section' && section.header !== plain && section.header !== '[profile default]')
    faults.push({
      line: section.number,
      text: `some AWS clients read ${section.header} as another profile: write ${plain}`,
    });
  const entries = [...(profiles.get(profile) ?? [])].map(([key, entry]) => ({ key, ...entry }));
  const indented = entries.filter(
    ({ key, line }) => !key.startsWith('daypass_') && /^\s/.test(lines[line - 1]?.text ?? ''),
  );
  const keys = indented.map(({ key }) => key).join(', ');
  if (indented[0]) faults.push({ line: indented[0].line, text: `${keys}: Ruby ignores indented keys` });
  for (const { key, line, value } of entries) {
    const fault = misreadLine(value);
    if (fault) faults.push({ line, text: `${key} ${fault}` });
  }
  return faults;
}
