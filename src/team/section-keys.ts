import type { AwsConfigFile } from '../aws-config/parse.ts';

/** Returns the keys that each profile has in its own section: those of [DEFAULT] are not its own. */
export function sectionKeys({ lines, profiles, sections }: AwsConfigFile): Map<string, Map<string, string>> {
  const headers = lines.filter(({ kind }) => kind === 'section').map(({ number }) => number);
  const ends = new Map(headers.map((number, index) => [number, headers[index + 1] ?? lines.length + 1]));
  return new Map(
    [...profiles].map(([name, entries]) => {
      const start = sections.get(name)?.at(-1)?.number ?? 0;
      const end = ends.get(start) ?? 0;
      const own = [...entries].filter(([, { line }]) => line > start && line < end);
      return [name, new Map(own.map(([key, { value }]) => [key, value]))];
    }),
  );
}
