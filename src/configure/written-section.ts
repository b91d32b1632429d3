import type { AwsFile } from '../aws-config/config-file.ts';
import { editProfile, type Keys } from '../aws-config/edit.ts';
import { type AwsConfigFile, parseAwsConfigFile } from '../aws-config/parse.ts';

/**
 * Returns the section of a profile exactly as `writeProfile` would leave it in the file, other keys and comments too.
 * Throws `bad-configuration` as that does.
 */
export function writtenSection(
  { lines: before, shown }: AwsFile & AwsConfigFile,
  profile: string,
  keys: Keys,
): string {
  const text = before.map(({ text, end }) => text + end).join('');
  const { lines, sections } = parseAwsConfigFile(editProfile(text, profile, keys, shown));
  const start = (sections.get(profile)?.[0]?.number ?? 1) - 1;
  const next = lines.findIndex((line, index) => index > start && line.kind === 'section');
  const section = lines.slice(start, next < 0 ? lines.length : next);
  // Comments at the end may be about the next section.
  const last = section.findLastIndex(({ kind }) => kind !== 'blank' && kind !== 'comment');
  return section
    .slice(0, last + 1)
    .map((line) => `${line.text}\n`)
    .join('');
}
