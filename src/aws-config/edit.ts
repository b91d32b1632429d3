import { DaypassError } from '../errors.ts';
import { type KeyLine, type Line, profileHeader, type SectionLine } from './lines.ts';
import { type ConfigFault, parseAwsConfigFile } from './parse.ts';

export type Keys = Readonly<Record<string, string>>;

/** What happens to one profile: keys are set and others removed, or its section is removed. */
export type ProfileEdit =
  | { profile: string; set: Keys; unset?: readonly string[] }
  | { profile: string; remove: true };

/** Returns the text of an AWS config file with keys set in one profile, as `editProfiles` does. */
export function editProfile(text: string, profile: string, keys: Keys, shown: string): string {
  return editProfiles(text, [{ profile, set: keys }], shown);
}

/**
 * Returns the text of an AWS config file after these edits of different profiles, with every other character as
 * before, in linear time. New sections stand at the end. Throws `bad-configuration`, with the path as `shown` and all
 * faults, if AWS clients could read the text differently.
 */
export function editProfiles(text: string, edits: readonly ProfileEdit[], shown: string): string {
  const { lines, sections, faults } = parseAwsConfigFile(text);
  const refuse = (found: readonly ConfigFault[]) =>
    refuseFaults(found, new Set(edits.map(({ profile }) => profile)), shown);
  refuse(faults);
  const lineBreak = lines[0]?.end || '\n';
  const bodies = bodiesOf(lines);
  const page: Page = { lineBreak, edited: new Map(), added: new Map() };
  const found: ConfigFault[] = [];
  let end = '';
  for (const edit of edits) {
    const [section, second] = sections.get(edit.profile) ?? [];
    const own = section && bodies.get(section);
    // An edit of one of them would not reach all clients.
    if (second) found.push({ line: second.number, text: `a second [${second.name}]` });
    else if (own) found.push(...('remove' in edit ? removeSection(own, page) : editSection(own, edit, page)));
    else if ('set' in edit) end += newSection(edit.profile, edit.set, lineBreak);
  }
  refuse(found);
  const before = lines.map((line) => {
    const content = page.edited.get(line.number) ?? line.text + line.end;
    const addition = page.added.get(line.number);
    return addition ? content + (content && !line.end ? lineBreak : '') + addition : content;
  });
  const start = before.join('');
  // The first of the new sections has a blank line in front too, unless it is the first line of the file.
  if (start === '' || end === '') return start + end.slice(start === '' ? lineBreak.length : 0);
  return start + (/[\r\n]$/.test(start) ? '' : lineBreak) + end;
}

/** Changes of the lines of a file, by their numbers. */
interface Page {
  lineBreak: string;
  /** The new content of a line. */
  edited: Map<number, string>;
  /** What comes after a line. */
  added: Map<number, string>;
}

/** A section with its lines, the line above it and the section below it. */
interface Body {
  section: SectionLine;
  lines: readonly Line[];
  above: Line | undefined;
  next: SectionLine | undefined;
}

function bodiesOf(lines: readonly Line[]): Map<SectionLine, Body> {
  const headers = lines.filter((line) => line.kind === 'section');
  return new Map(
    headers.map((section, index) => {
      const { number } = section;
      const next = headers[index + 1];
      const body = lines.slice(number, next ? next.number - 1 : lines.length);
      return [section, { section, lines: body, above: lines[number - 2], next }];
    }),
  );
}

function newSection(profile: string, keys: Keys, lineBreak: string): string {
  const entries = Object.entries(keys).map(([key, value]) => `${key} = ${value}`);
  return ['', profileHeader(profile), ...entries].map((line) => line + lineBreak).join('');
}

/** Sets and removes keys of a section. Returns why that is not possible. */
function editSection(
  { section, lines, next }: Body,
  { profile, set, unset = [] }: Extract<ProfileEdit, { set: Keys }>,
  { lineBreak, edited, added }: Page,
): ConfigFault[] {
  const entries = new Map<string, KeyLine>();
  for (const line of lines) if (line.kind === 'key') entries.set(line.key.toLowerCase(), line);
  const below = (entry: KeyLine | undefined) =>
    lines.filter((line) => line.kind === 'continuation' && line.above === entry);
  const header = cleanHeader(section, profile);
  if (typeof header !== 'string') return [header];
  edited.set(section.number, header + section.end);
  let addition = '';
  for (const [key, value] of Object.entries(set)) {
    const entry = entries.get(key);
    const rest = below(entry);
    if (entry && rest.length === 0 && isPlain(entry) && entry.key === key && entry.value === value) continue;
    for (const line of rest) edited.set(line.number, '');
    // Ruby ignores keys that are indented or in capitals. At the front of its own line, an indented key would
    // get the indented keys below it as a part of its value, so it moves to the end of the section.
    if (entry) edited.set(entry.number, entry.isIndented ? '' : `${key} = ${value}${entry.end}`);
    if (!entry || entry.isIndented) addition += `${key} = ${value}${lineBreak}`;
  }
  for (const key of unset) {
    const entry = entries.get(key);
    if (entry) for (const line of [entry, ...below(entry)]) edited.set(line.number, '');
  }
  // For botocore, that line would be a part of our last value.
  if (addition && next && !next.text.startsWith('[')) return [indentedSection(next)];
  const last = lines.findLast((line) => !isEmpty(line)) ?? section;
  added.set(last.number, addition);
  return [];
}

/**
 * Removes a section and one blank line in front of it. The comments at its end stay, as they may be about the next
 * section. Returns why that is not possible.
 */
function removeSection({ section, lines, above, next }: Body, { edited }: Page): ConfigFault[] {
  // For botocore, that line would be a part of the value that then stands above it.
  if (next && !next.text.startsWith('[')) return [indentedSection(next)];
  const last = lines.findLast((line) => !isEmpty(line)) ?? section;
  const gap = above?.kind === 'blank' ? above : undefined;
  for (const line of [gap, section, ...lines])
    if (line && line.number <= last.number) edited.set(line.number, '');
  return [];
}

function isEmpty({ kind }: Line): boolean {
  return kind === 'blank' || kind === 'comment';
}

function indentedSection({ number }: SectionLine): ConfigFault {
  return { line: number, text: 'an indented section' };
}

/** Returns whether all clients read the line: only botocore accepts a colon, and Ruby ignores an indented key. */
function isPlain({ isIndented, delimiter }: KeyLine): boolean {
  return !isIndented && delimiter === '=';
}

/** Throws `bad-configuration` if a fault concerns one of these profiles or the whole file. */
export function refuseFaults(
  faults: readonly ConfigFault[],
  profiles: ReadonlySet<string>,
  shown: string,
): void {
  const own = faults.filter((fault) => fault.profile === undefined || profiles.has(fault.profile));
  if (own.length === 0) return;
  const places = own.map(({ line, text }) => `${shown}:${line}: ${text}`);
  throw new DaypassError('bad-configuration', places, {
    hint: { advice: 'nothing was written: correct this', again: true },
  });
}

/**
 * Returns a header that all clients read, or why there is none: Ruby takes quotes into the name, and JavaScript a
 * second blank.
 */
function cleanHeader({ number, text, header, name }: SectionLine, profile: string): string | ConfigFault {
  const rest = text.slice(header.length);
  if (!/^([#;]|$)/.test(rest.trimStart()))
    return { line: number, text: `something follows the ] of [${name}]` };
  // PHP reads [profile default] alone.
  return name === 'profile default' ? text : profileHeader(profile) + rest;
}
