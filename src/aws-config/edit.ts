import { DaypassError } from '../errors.ts';
import { type ConfigFault, parseAwsConfigFile } from './config-file.ts';
import { type KeyLine, profileHeader, profileOfSection, type SectionLine } from './lines.ts';

export type Keys = Readonly<Record<string, string>>;

/**
 * Returns the text of an AWS config file with keys set in one profile, and every other character as before.
 * Throws `bad-configuration`, with the path as `shown`, for faults that make AWS clients read it differently.
 */
export function editProfile(text: string, profile: string, keys: Keys, shown: string): string {
  const { lines, faults } = parseAwsConfigFile(text);
  refuseFaults(faults, profile, shown);
  const lineBreak = lines[0]?.end || '\n';
  const start = lines.findIndex((line) => line.kind === 'section' && profileOfSection(line.name) === profile);
  const section = lines[start];
  if (section?.kind !== 'section') {
    const entries = Object.entries(keys).map(([key, value]) => `${key} = ${value}`);
    const gap = text === '' ? [] : lines.at(-1)?.text === '' ? [''] : ['', ''];
    return text + [...gap, profileHeader(profile), ...entries].map((line) => line + lineBreak).join('');
  }

  const next = lines.findIndex((line, index) => index > start && line.kind === 'section');
  const body = lines.slice(start + 1, next < 0 ? lines.length : next);
  const entries = new Map<string, KeyLine>();
  for (const line of body) if (line.kind === 'key') entries.set(line.key.toLowerCase(), line);
  const edited = new Map([[section.number, cleanHeader(section, profile, shown) + section.end]]);
  let addition = '';
  for (const [key, value] of Object.entries(keys)) {
    const entry = entries.get(key);
    if (entry?.key === key && !entry.isIndented && entry.value === value) continue;
    for (const line of body)
      if (line.kind === 'continuation' && line.above === entry) edited.set(line.number, '');
    // Ruby ignores keys that are indented or in capitals. At the front of its own line, an indented key would
    // get the indented keys below it as a part of its value, so it moves to the end of the section.
    if (entry) edited.set(entry.number, entry.isIndented ? '' : `${key} = ${value}${entry.end}`);
    if (!entry || entry.isIndented) addition += `${key} = ${value}${lineBreak}`;
  }
  const last = body.findLast(({ kind }) => kind !== 'blank' && kind !== 'comment') ?? section;
  return lines
    .map((line) => {
      const content = edited.get(line.number) ?? line.text + line.end;
      if (line !== last || addition === '') return content;
      return content + (content && !line.end ? lineBreak : '') + addition;
    })
    .join('');
}

/** Throws `bad-configuration` if a fault concerns this profile or the whole file. */
export function refuseFaults(faults: readonly ConfigFault[], profile: string, shown: string): void {
  const own = faults.filter((fault) => fault.profile === undefined || fault.profile === profile);
  if (own.length === 0) return;
  const places = own.map(({ line, text }) => `${shown}:${line}: ${text}`);
  throw new DaypassError('bad-configuration', places, {
    hint: { advice: 'nothing was written: correct this', again: true },
  });
}

/** Returns a header that all clients read: Ruby takes quotes into the name, and JavaScript a second blank. */
function cleanHeader({ number, text, header, name }: SectionLine, profile: string, shown: string): string {
  const rest = text.slice(header.length);
  if (!/^([#;]|$)/.test(rest.trimStart()))
    refuseFaults([{ line: number, text: `something follows the ] of [${name}]` }], profile, shown);
  // PHP reads [profile default] alone.
  return name === 'profile default' ? text : profileHeader(profile) + rest;
}
