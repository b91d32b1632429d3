/** One line of an AWS config file. */
export type Line = PlainLine | SectionLine | KeyLine | ContinuationLine;

interface Place {
  /** Counted from 1. */
  number: number;
  text: string;
  /** The line break; empty in the last line. */
  end: string;
}

/** A line without effect, or (`other`) one that is neither a section nor a `key = value`. */
interface PlainLine extends Place {
  kind: 'blank' | 'comment' | 'other';
}

export interface SectionLine extends Place {
  kind: 'section';
  /** The brackets and the text between them. */
  header: string;
  /** The text between the brackets, without blanks around it. */
  name: string;
}

export interface KeyLine extends Place {
  kind: 'key';
  /** As the file spells it; AWS clients ignore its case. */
  key: string;
  value: string;
  isIndented: boolean;
}

/** A line that is indented further than the key above it: other clients append it to the value. */
interface ContinuationLine extends Place {
  kind: 'continuation';
  above: KeyLine;
}

/**
 * Splits an AWS config file into lines, in linear time, without a byte order mark, and classified as by
 * botocore: a comment has a line of its own, and a value runs to the end of its line.
 * https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 */
export function linesOf(text: string): Line[] {
  // A bare CR ends a line for botocore. Otherwise a value could hide a second key from one of the two.
  const parts = text.replace(/^\uFEFF/, '').split(/(\r\n|\n|\r)/);
  const lines: Line[] = [];
  let above: { line: KeyLine; indent: number } | undefined;
  for (let index = 0; index < parts.length; index += 2) {
    const raw = parts[index] ?? '';
    const place: Place = { number: index / 2 + 1, text: raw, end: parts[index + 1] ?? '' };
    const content = raw.trimStart();
    const indent = raw.length - content.length;
    const bracket = raw.startsWith('[') ? raw.indexOf(']') : -1;
    const equals = raw.indexOf('=');
    if (content === '') lines.push({ ...place, kind: 'blank' });
    else if (/^[#;]/.test(content)) lines.push({ ...place, kind: 'comment' });
    else if (bracket > 0) {
      const [header, name] = [raw.slice(0, bracket + 1), raw.slice(1, bracket).trim()];
      lines.push({ ...place, kind: 'section', header, name });
      above = undefined;
    } else if (above && indent > above.indent) {
      lines.push({ ...place, kind: 'continuation', above: above.line });
    } else if (equals < 1) lines.push({ ...place, kind: 'other' });
    else {
      const [key, value] = [raw.slice(0, equals).trim(), raw.slice(equals + 1).trim()];
      const line: KeyLine = { ...place, kind: 'key', key, value, isIndented: indent > 0 };
      lines.push(line);
      above = { line, indent };
    }
  }
  return lines;
}

export const profileNameRule = 'must be 1 to 128 of A-Z a-z 0-9 _ . @ : / + -';

/** Returns whether every AWS client reads this profile name as it is written. */
export function isProfileName(name: string): boolean {
  return /^[A-Za-z0-9_.@:/+-]{1,128}$/.test(name);
}

/** Returns the section header of a profile in the AWS config file, as every AWS client reads it. */
export function profileHeader(profile: string): string {
  return profile === 'default' ? '[default]' : `[profile ${profile}]`;
}

/** Returns the profile that a section of the AWS config file describes; undefined for other sections. */
export function profileOfSection(section: string): string | undefined {
  if (section === 'default') return 'default';
  if (!/^profile\s/.test(section)) return undefined;
  const name = section.slice('profile'.length).trim();
  return /^(?:"([^"]+)"|'([^']+)')$/.exec(name)?.slice(1).find(Boolean) ?? name;
}
