import { shellWords, stripped } from './python-text.ts';

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
  /** The line up to the last bracket, with the blanks in front. */
  header: string;
  /** The text between the brackets. */
  name: string;
}

export interface KeyLine extends Place {
  kind: 'key';
  /** As the file spells it; AWS clients ignore its case. */
  key: string;
  delimiter: '=' | ':';
  /** Without its continuation lines. */
  value: string;
  isIndented: boolean;
}

/** A line that is indented further than the key above it: botocore appends it to the value. */
interface ContinuationLine extends Place {
  kind: 'continuation';
  /** The line without blanks around it. */
  content: string;
  above: KeyLine;
}

/**
 * Splits an AWS file into lines, in linear time, without a byte order mark, and classified as by botocore: a
 * comment has a line of its own, a value runs to the end of its line, and any line may be indented.
 * https://docs.python.org/3/library/configparser.html
 */
export function linesOf(file: string): Line[] {
  // A bare CR ends a line for botocore. Otherwise a value could hide a second key from one of the two.
  const parts = file.replace(/^\uFEFF/, '').split(/(\r\n|\n|\r)/);
  const lines: Line[] = [];
  let above: { line: KeyLine; indent: number } | undefined;
  for (let index = 0; index < parts.length; index += 2) {
    const text = parts[index] ?? '';
    const number = index / 2 + 1;
    const end = parts[index + 1] ?? '';
    const content = stripped(text);
    const indent = text.indexOf(content);
    const bracket = content.startsWith('[') ? content.lastIndexOf(']') : -1;
    const delimiterAt = content.search(/[=:]/);
    const key = stripped(content.slice(0, Math.max(0, delimiterAt)));
    // Objects without a spread: it would take most of the time for a file of 500 profiles.
    if (content === '') lines.push({ number, text, end, kind: 'blank' });
    else if (/^[#;]/.test(content)) lines.push({ number, text, end, kind: 'comment' });
    else if (above && indent > above.indent) {
      lines.push({ number, text, end, kind: 'continuation', content, above: above.line });
    } else if (bracket > 1) {
      const header = text.slice(0, indent + bracket + 1);
      lines.push({ number, text, end, kind: 'section', header, name: content.slice(1, bracket) });
      above = undefined;
    } else if (key === '') {
      lines.push({ number, text, end, kind: 'other' });
      // Without a delimiter, the key above can still go on below.
      above = delimiterAt < 0 && above ? { line: above.line, indent } : undefined;
    } else {
      const delimiter = content.charAt(delimiterAt) === ':' ? ':' : '=';
      const value = stripped(content.slice(delimiterAt + 1));
      const isIndented = indent > 0;
      const line: KeyLine = { number, text, end, kind: 'key', key, delimiter, value, isIndented };
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

/** Returns the profile that a section of the AWS config file describes for botocore; undefined if none. */
export function profileOfSection(section: string): string | undefined {
  if (section === 'default') return 'default';
  // Anything else that begins with `profile` counts too, such as [profiles x].
  if (!section.startsWith('profile')) return undefined;
  const words = shellWords(section);
  return words?.length === 2 ? words[1] : undefined;
}
