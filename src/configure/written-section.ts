import type { AwsFile } from '../aws-config/config-file.ts';
import { editProfiles, type ProfileEdit } from '../aws-config/edit.ts';
import { type AwsConfigFile, parseAwsConfigFile } from '../aws-config/parse.ts';

/**
 * Returns the sections of these profiles exactly as the edits would leave them in the file, other keys and comments too.
 * Throws `bad-configuration` as `editProfiles` does.
 */
export function writtenSections(
  { lines: before, shown }: AwsFile & AwsConfigFile,
  edits: readonly ProfileEdit[],
): string {
  const text = before.map(({ text, end }) => text + end).join('');
  const { lines, sections } = parseAwsConfigFile(editProfiles(text, edits, shown));
  const headers = lines.filter(({ kind }) => kind === 'section').map(({ number }) => number);
  const ends = new Map(
    headers.map((number, index) => [number, (headers[index + 1] ?? lines.length + 1) - 1]),
  );
  const written = edits.flatMap(({ profile }) => {
    const number = sections.get(profile)?.[0]?.number;
    if (number === undefined) return [];
    const section = lines.slice(number - 1, ends.get(number));
    // Comments at the end may be about the next section.
    const last = section.findLastIndex(({ kind }) => kind !== 'blank' && kind !== 'comment');
    return [section.slice(0, last + 1).map((line) => `${line.text}\n`)];
  });
  return written.map((section) => section.join('')).join('\n');
}
