import { printable } from '../terminal/printable.ts';

/** The fault of a text that is no JSON, or that names a member twice. The offset is counted from 0. */
export class BadJson extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

const blanks = /^[ \t\r\n]/;
const words = /[ \t\r\n]+|[{}[\],:]|"(?:[^"\\\r\n]|\\.)*"|"|[^ \t\r\n{}[\],:"]+/g;

/**
 * Returns JSON without blanks between its words, each of which stays as it is written. Throws BadJson. `JSON.parse`
 * tells no place for some faults, and takes the last of two members of one name.
 */
export function compactJson(text: string): string {
  /** The names in each open object; undefined for an array. */
  const open: (Set<string> | undefined)[] = [];
  let next = 'a value';
  let compact = '';
  const afterValue = () => (open.length === 0 ? 'the end' : open.at(-1) ? ', or }' : ', or ]');
  for (const { 0: word, index } of text.matchAll(words)) {
    if (blanks.test(word)) continue;
    compact += word;
    const names = open.at(-1);
    if (next.startsWith('a value') && (word === '{' || word === '[')) {
      open.push(word === '{' ? new Set() : undefined);
      next = word === '{' ? 'a name or }' : 'a value or ]';
    } else if ((word === '}' || word === ']') && next.endsWith(`or ${word}`)) {
      open.pop();
      next = afterValue();
    } else if (word === ',' && next.startsWith(',')) next = names ? 'a name' : 'a value';
    else if (word === ':' && next === ':') next = 'a value';
    else if (names && next.startsWith('a name') && word.startsWith('"') && isScalar(word)) {
      const name: string = JSON.parse(word);
      if (names.has(name)) throw new BadJson(`${printable(word, 40)} occurs twice in one object`, index);
      names.add(name);
      next = ':';
    } else if (next.startsWith('a value') && isScalar(word)) next = afterValue();
    else throw new BadJson(`expected ${next}, not ${printable(word, 40)}`, index);
  }
  if (next !== 'the end') throw new BadJson(`the text ends where ${next} is expected`, text.length);
  return compact;
}

function isScalar(word: string): boolean {
  try {
    JSON.parse(word);
    return !/^[{[]/.test(word);
  } catch {
    return false;
  }
}
