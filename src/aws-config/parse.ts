import { isUtf8 } from 'node:buffer';
import { type Line, linesOf, profileOfSection, type SectionLine } from './lines.ts';
import { splitLines, stripped } from './python-text.ts';

/** One `key = value` of a profile and the number of its line, counted from 1. */
export interface ConfigEntry {
  /** As botocore reads it, with a line break before each continuation line: a block begins with one. */
  value: string;
  line: number;
  /** The number of the first continuation line. */
  continued?: number;
}

/** A fault for which daypass refuses a profile; one without a profile concerns the whole file. */
export interface ConfigFault {
  profile?: string | undefined;
  /** Counted from 1. */
  line: number;
  text: string;
  /** What AWS clients other than the AWS CLI and boto3 do, where it is known. */
  others?: string;
}

type Entries = Map<string, ConfigEntry>;

/** The entries of each profile by their keys. */
export type Profiles = Map<string, Entries>;

export interface AwsConfigFile {
  lines: readonly Line[];
  profiles: Profiles;
  /** The sections of each profile, in the order of the file. AWS clients use the first, the last or all. */
  sections: Map<string, SectionLine[]>;
  faults: ConfigFault[];
  /** The faults for which the AWS CLI and boto3 refuse the whole file. Other clients read the rest of it. */
  refusals: ConfigFault[];
}

/** Parses the bytes of the AWS config file; a missing file is empty. */
export function decodeAwsConfigFile(
  bytes: Buffer = Buffer.alloc(0),
  profileOf = profileOfSection,
): AwsConfigFile {
  const file = parseAwsConfigFile(bytes.toString(), profileOf);
  if (!isUtf8(bytes)) refuseForeignBytes(file, bytes);
  return file;
}

/** Parses the bytes of the AWS credentials file, in which each section is a profile of the same name. */
export function decodeAwsCredentialsFile(bytes?: Buffer): AwsConfigFile {
  return decodeAwsConfigFile(bytes, (section) => section);
}

/** Collects the profiles and faults of an AWS file as botocore does; `profileOf` returns that of a section. */
export function parseAwsConfigFile(text: string, profileOf = profileOfSection): AwsConfigFile {
  const lines = linesOf(text);
  const file: AwsConfigFile = { lines, profiles: new Map(), sections: new Map(), faults: [], refusals: [] };
  if (text.startsWith('\uFEFF')) {
    file.faults.push({ line: 1, text: 'a byte order mark, which AWS clients refuse' });
    const others = 'Go and Ruby fail with it too, and JavaScript reads it';
    file.refusals.push({ line: 1, text: 'a byte order mark', others });
  }
  let section: Section | undefined;
  const sections = new Map<string, Section>();
  const inherited: { key: string; fault: ConfigFault }[] = [];
  const refuse = (fault: ConfigFault) => refuseLine(file, section, fault);
  for (const line of lines) {
    if (line.kind === 'comment') continue;
    if (line.kind === 'section') {
      section = sections.get(line.name);
      if (section && section.name !== everySection)
        refuse({ line: line.number, text: `a second [${line.name}]`, others: mergeOrSkip });
      section ??= openSection(file, line, profileOf);
      sections.set(line.name, section);
    } else if (line.kind === 'blank') {
      if (section) section.blankLines++;
    } else if (section) {
      const found = readLine(section, line).map((fault) => ({ line: line.number, ...fault }));
      if (section.name === everySection && line.kind === 'continuation')
        inherited.push(...found.map((fault) => ({ key: line.above.key.toLowerCase(), fault })));
      else found.forEach(refuse);
    } else if (file.refusals.length === 0) {
      // One fault is enough for all lines before the first section.
      refuse({ line: line.number, text: unclosed(line) ?? 'is before the first [section]' });
    }
  }
  section = sections.get(everySection);
  const defaults = section?.entries ?? new Map();
  // botocore looks into a block of [DEFAULT] only for a section that inherits it.
  const inherits = (key: string) => [...sections.values()].some(({ entries }) => !entries.has(key));
  for (const { key, fault } of inherited) if (inherits(key)) refuse(fault);
  for (const [profile, entries] of file.profiles) {
    for (const [key, entry] of defaults) if (!entries.has(key)) entries.set(key, entry);
    file.faults.push(...continuedFaults(profile, entries));
  }
  return file;
}

/** The section whose keys Python adds to all others. */
const everySection = 'DEFAULT';

const mergeOrSkip = 'JavaScript and Ruby merge the two, and Go v1 and .NET skip one';
const failToo = '.NET, Java, C++ and Rust fail with it too, and JavaScript and Ruby skip the line';

/** A section whose lines are being read. */
interface Section {
  name: string;
  profile: string | undefined;
  entries: Entries;
  /** The entry that a continuation line belongs to. */
  last?: ConfigEntry;
  /** The number of blank lines since the last other line. */
  blankLines: number;
}

function openSection(file: AwsConfigFile, line: SectionLine, profileOf: typeof profileOfSection): Section {
  const { name } = line;
  const profile = name === everySection ? undefined : profileOf(name);
  const entries: Entries = new Map();
  if (profile !== undefined) {
    // Of two spellings of one profile, botocore uses the last alone.
    file.profiles.set(profile, entries);
    file.sections.set(profile, [...(file.sections.get(profile) ?? []), line]);
  }
  return { name, profile, entries, blankLines: 0 };
}

/** Adds a line to its section. Returns the faults for which botocore refuses the file. */
function readLine(section: Section, line: Exclude<Line, SectionLine>): Omit<ConfigFault, 'line'>[] {
  const { name, entries, blankLines } = section;
  section.blankLines = 0;
  if (line.kind === 'key') {
    const key = line.key.toLowerCase();
    const isSecond = entries.has(key);
    section.last = { value: line.value, line: line.number };
    entries.set(key, section.last);
    const others = 'JavaScript and Ruby use the last one';
    return isSecond ? [{ text: `a second ${key} in [${name}]`, others }] : [];
  }
  if (line.kind !== 'continuation')
    return [{ text: unclosed(line) ?? 'not a "key = value"', others: failToo }];
  if (section.last) {
    section.last.value += '\n'.repeat(blankLines + 1) + line.content;
    section.last.continued ??= line.number;
  }
  const parts = line.above.value === '' ? splitLines(line.content) : [];
  const isOdd = parts.some((part) => stripped(part) && !part.includes('='));
  return isOdd ? [{ text: 'not a "key = value", which the block of the key above requires' }] : [];
}

function refuseLine(file: AwsConfigFile, section: Section | undefined, fault: ConfigFault): void {
  file.refusals.push(fault);
  // Other clients read the other profiles, and so does daypass.
  if (section?.name === everySection) file.faults.push(fault);
  else if (section?.profile !== undefined) file.faults.push({ ...fault, profile: section.profile });
}

function unclosed({ text }: Line): string | undefined {
  const content = stripped(text);
  return content.startsWith('[') ? `${content} has no closing ]` : undefined;
}

/** Returns the keys of daypass that only botocore would read whole. */
function continuedFaults(profile: string, entries: Entries): ConfigFault[] {
  const faults: ConfigFault[] = [];
  for (const [key, { continued }] of entries) {
    if (continued === undefined || !/^(daypass_|region$)/.test(key)) continue;
    const text = `belongs to ${key} above, whose value must be on one line`;
    faults.push({ profile, line: continued, text });
  }
  return faults;
}

/** Adds the faults of bytes that are not UTF-8: Python refuses the file, and daypass the profiles with them. */
function refuseForeignBytes(file: AwsConfigFile, bytes: Buffer): void {
  const text = 'not UTF-8';
  const raw = bytes.toString('latin1').split(/\r\n|\n|\r/);
  const isForeign = ({ number }: Line) => !isUtf8(Buffer.from(raw[number - 1] ?? '', 'latin1'));
  const first = file.lines.find(isForeign);
  // In UTF-16, each line would have faults of its own.
  const others = bytes.includes(0) ? [] : file.refusals;
  file.refusals = [{ line: first?.number ?? 1, text }, ...others];
  const owners = new Map<number, string[]>();
  for (const [profile, entries] of file.profiles)
    for (const { line } of entries.values()) owners.set(line, [...(owners.get(line) ?? []), profile]);
  for (const line of file.lines) {
    const { number } = line.kind === 'continuation' ? line.above : line;
    const profiles = owners.get(number) ?? [];
    if (profiles.length === 0 || !isForeign(line)) continue;
    for (const profile of profiles) file.faults.push({ profile, line: line.number, text });
  }
}
