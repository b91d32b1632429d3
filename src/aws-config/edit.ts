import { DaypassError } from '../errors.ts';
import { type KeyLine, profileHeader, type SectionLine } from './lines.ts';
import { type ConfigFault, parseAwsConfigFile } from './parse.ts';

export type Keys = Readonly<Record<string, string>>;

/**
 * Returns the text of an AWS config file with keys set in one profile, and every other character as before.
 * Throws `bad-configuration`, with the path as `shown`, for faults that make AWS clients read it differently.
 */
export function editProfile(text: string, profile: string, keys: Keys, shown: string): string {
  const { lines, sections, faults } = parseAwsConfigFile(text);
  refuseFaults(faults, profile, shown);
  const lineBreak = lines[0]?.end || '\n';
  const [section, second] = sections.get(profile) ?? [];
  // An edit of one of them would not reach all clients.
  if (second) refuseFaults([{ line: second.number, text: `a second [${second.name}]` }], profile, shown);
  if (!section) {
    const entries = Object.entries(keys).map(([key, value]) => `${key} = ${value}`);
    const gap = text === '' ? [] : lines.at(-1)?.text === '' ? [''] : ['', ''];
    return text + [...gap, profileHeader(profile), ...entries].map((line) => line + lineBreak).join('');
  }

  const next = lines.find((line) => line.number > section.number && line.kind === 'section');
  const body = lines.slice(section.number, next ? next.number - 1 : lines.length);
  const entries = new Map<string, KeyLine>();
  for (const line of body) if (line.kind === 'key') entries.set(line.key.toLowerCase(), line);
  const edited = new Map([[section.number, cleanHeader(section, profile, shown) + section.end]]);
  let addition = '';
  for (const [key, value] of Object.entries(keys)) {
    const entry = entries.get(key);
    const rest = body.filter((line) => line.kind === 'continuation' && line.above === entry);
    if (entry && rest.length === 0 && isPlain(entry) && entry.key === key && entry.value === value) continue;
    for (const line of rest) edited.set(line.number, '');
    // Ruby ignores keys that are indented or in capitals. At the front of its own line, an indented key would
    // get the indented keys below it as a part of its value, so it moves to the end of the section.
    if (entry) edited.set(entry.number, entry.isIndented ? '' : `${key} = ${value}${entry.end}`);
    if (!entry || entry.isIndented) addition += `${key} = ${value}${lineBreak}`;
  }
  // For botocore, that line would be a part of our last value.
  if (addition && next && !next.text.startsWith('['))
    refuseFaults([{ line: next.number, text: 'an indented section' }], profile, shown);
  const last = body.findLast(({ kind }) => kind !== 'blank' && kind !== 'comment') ?? section;
  return lines
    .map((line) => {
      const content = edited.get(line.number) ?? line.text + line.end;
      if (line !== last || addition === '') return content;
      return content + (content && !line.end ? lineBreak : '') + addition;
    })
    .join('');
}

/** Returns whether all clients read the line: only botocore accepts a colon, and Ruby ignores an indented key. */
function isPlain({ isIndented, delimiter }: KeyLine): boolean {
  return !isIndented && delimiter === '=';
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
