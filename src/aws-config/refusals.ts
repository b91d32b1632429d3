import { isUtf8 } from 'node:buffer';
import type { ConfigFault } from './config-file.ts';

const lineEnds = /\r\n|\n|\r/;

/**
 * Returns every fault for which only the AWS CLI and boto3 refuse a whole file. Imitates Python's
 * configparser, which botocore uses, and so shares nothing with `linesOf`.
 * https://docs.python.org/3/library/configparser.html
 */
export function configFileRefusals(bytes: Buffer): ConfigFault[] {
  if (!isUtf8(bytes)) {
    const lines = bytes.toString('latin1').split(lineEnds);
    return [{ line: lines.findIndex((line) => !isUtf8(Buffer.from(line, 'latin1'))) + 1, text: 'not UTF-8' }];
  }
  const text = bytes.toString();
  if (text.startsWith('\uFEFF')) return [{ line: 1, text: 'a byte order mark' }];

  const faults: ConfigFault[] = [];
  const seen = new Set<string>();
  let section: string | undefined;
  let above: { indent: number; opensBlock: boolean } | undefined;
  for (const [index, raw] of text.split(lineEnds).entries()) {
    const line = index + 1;
    const content = stripped(raw);
    if (content === '' || /^[#;]/.test(content)) continue;
    const indent = raw.indexOf(content);
    if (above && indent > above.indent) {
      const parts = above.opensBlock ? content.split(otherLineEnds) : [];
      if (parts.some((part) => stripped(part) && !part.includes('=')))
        faults.push({ line, text: 'not a "key = value", as the block of the key above needs' });
      continue;
    }
    const header = /^\[(.+)\]/s.exec(content)?.[1];
    if (header !== undefined) {
      section = header;
      above = undefined;
      const mark = `[${section}]`;
      if (seen.has(mark) && section !== 'DEFAULT') faults.push({ line, text: `a second ${mark}` });
      seen.add(mark);
      continue;
    }
    const unclosed = content.startsWith('[') ? `${content} lacks its ]` : undefined;
    if (section === undefined) {
      faults.push({ line, text: unclosed ?? 'stands before the first [section]' });
      // One fault is enough for all lines before the first section.
      section = '';
      continue;
    }
    const end = content.search(/[=:]/);
    const key = stripped(content.slice(0, Math.max(0, end))).toLowerCase();
    if (key === '') {
      faults.push({ line, text: unclosed ?? 'not a "key = value"' });
      above = above && { ...above, indent };
      continue;
    }
    above = { indent, opensBlock: stripped(content.slice(end + 1)) === '' };
    const entry = `[${section}] ${key}`;
    if (seen.has(entry)) faults.push({ line, text: `a second ${key} in [${section}]` });
    seen.add(entry);
  }
  return faults;
}

/** Returns the fault of an encoding that does not contain ASCII: no edit of single lines can fix it. */
export function encodingFaults(bytes: Buffer): ConfigFault[] {
  const isUtf16 = ['fffe', 'feff'].includes(bytes.toString('hex', 0, 2));
  if (isUtf16) return [{ line: 1, text: 'UTF-16, which AWS clients refuse: save the file as UTF-8' }];
  const nul = bytes.indexOf(0);
  if (nul < 0) return [];
  const line = bytes.toString('latin1', 0, nul).split(lineEnds).length;
  return [{ line, text: 'a NUL byte: save the file as UTF-8' }];
}

// Python has more blanks and line ends than JavaScript, and a byte order mark is none of them.
// biome-ignore lint/suspicious/noControlCharactersInRegex: Python strips them
const visible = /[^\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: Python splits at them
const otherLineEnds = /[\v\f\x1c-\x1e\x85\u2028\u2029]/;

function stripped(text: string): string {
  const start = text.search(visible);
  // Not by a pattern that ends in `$`: many blanks within a line would take quadratic time.
  let end = text.length;
  while (end > start && !visible.test(text.charAt(end - 1))) end--;
  return start < 0 ? '' : text.slice(start, end);
}
