import type { Random } from './random.ts';

/** An AWS file as a person, an editor or a faulty program could leave it. */
export interface OddFile {
  kind: 'config' | 'credentials';
  content: Buffer;
}

const plainHeaders = {
  config: ['[default]', '[profile dev]', '[profile prod]', '[profile a.b/c@d:e]', '[sso-session corp]'],
  credentials: ['[default]', '[dev]', '[prod]', '[a.b/c@d:e]', '[profile dev]'],
};

const oddHeaders = [
  ...['[profile default]', '[DEFAULT]', '[Default]', '[default ]', '[ default]', '[services s]', '[preview]'],
  ...['[profile "dev"]', "[profile 'dev']", '[profile de"v"]', "[profile 'a b']", '[profile a\\ b]'],
  ...['[profile "open]', '[profile x\\]', '[profile ""]', '[profile]', '[profile a b]', '["profile" dev]'],
  ...['[profile "\\"q\\x"]', "[profile 'it''s']", "[profile 'a\\b']", '[profile x#y]', '[profile #]'],
  ...['[profilex dev]', '[profile-x "dev"]', '[profiles]', '[Profile dev]', '[PROFILE dev]', '[dev]'],
  ...['[ profile dev ]', '[profile dev ]', '[profile  dev]', '[profile\tdev]', '[profile\fdev]'],
  ...['[profile\u00a0dev]', '[profile\u2003dev]', '[profile d\u2011v]', '[profile d\u0435v]', '[dev\u200b]'],
  ...['[]', '[ ]', '[x', '[profile dev', 'profile dev]', '[a] b]', '[[profile dev]]', '[profile dev]]'],
  ...['[profile dev] # c', '[profile dev] ; [c]', '[profile dev] x = y', '[profile dev]x', '[profile d[e]v]'],
  ...['[profile développer]', '[profile __proto__]', '[__proto__]', '[profile constructor]', '[\u3000]'],
];

const keys = [
  ...['region', 'output', 'credential_process', 'daypass_issuer', 'daypass_role_arn', 's3', 'role_arn'],
  ...[
    'cli_pager',
    'retry_mode',
    'max_attempts',
    'sts_regional_endpoints',
    'x.y',
    'x-y',
    'a1',
    'b2',
    'c3',
    'd4',
    'e5',
    'f6',
    'g7',
    'h8',
    'i9',
    'j0',
  ],
];
const oddKeys = [
  ...[
    'Region',
    'OUTPUT',
    'a b',
    '"k"',
    "'k'",
    'ключ',
    'É',
    '\u0130x',
    'ΑΣ',
    '__proto__',
    '[k',
    'k]',
    '%(x)s',
  ],
  ...[
    'a:b',
    'a#b',
    'daypass_Issuer',
    'x\u00a0y',
    'x\fy',
    'x\x1cy',
    '\ufeffregion',
    'k\0',
    '',
    '#',
    '\\',
    '日本',
  ],
];
const values = [
  ...['eu-west-1', 'json', '/usr/local/bin/daypass --profile dev', 'https://login.example.com/a?b=c#d', ''],
  ...[
    'arn:aws:iam::123456789012:role/Developer',
    'x',
    '20',
    '"quoted"',
    "'single'",
    '"a b" c',
    'a=b=c',
    'true',
  ],
];
const oddValues = [
  ...[
    'x # y',
    'x ; y',
    '# y',
    '; y',
    'x#y',
    '"open',
    "it's",
    'C:\\new\\',
    '%(x)s %%',
    '[x]',
    '[profile dev]',
    '=',
  ],
  ...[
    ':',
    'a\u2028b',
    'a\u0085b',
    'a\fb',
    'a\x1cb',
    'a\x1fb',
    'a\0b',
    '\u00a0x\u00a0',
    '\u200bx',
    '\ufeffx',
    '😀',
  ],
  ...[
    '\u3000',
    '\x1c',
    '\u0085',
    'a\u2028b = c',
    'eu\u2011west\u20111',
    'größer',
    '\x7f',
    '\x1b[31m',
    '\x85\x85',
  ],
];
const delimiters = [' = ', ' = ', ' = ', '=', '\t=\t', '= ', ' ='];
const oddDelimiters = [': ', ':', ' :=', '==', ' \u00a0= ', '\f=\f', ' '];
const indents = ['  ', '    ', '\t', ' '];
const oddIndents = ['\u00a0', '\f', '\v', '\x1c ', '\u3000', '\u200b', '\ufeff', '\x85', '\u2028'];
const continuations = [
  '--profile dev',
  'a = b',
  'b = c = d',
  'nonsense',
  '[profile dev]',
  'k: v',
  'a\u2028b = c',
];
const comments = ['# x', '; x', '#', ';', '#[profile dev]', '# region = x', '#\u2028 a = b', '##'];
const noise = [
  ...[
    'nonsense',
    '= x',
    ': x',
    '@include other',
    '\ufeff',
    '\0',
    '\x1a',
    '"',
    ']',
    'region',
    '---',
    '{"a": 1}',
  ],
];
const blanks = ['', '', '  ', '\t', '\f', '\u00a0', '\x1c', '\u2028'];
const ends = ['\n', '\n', '\n', '\n', '\r\n', '\r'];
const characters = [
  ...[
    ' ',
    '\t',
    '\n',
    '\r',
    '\f',
    '\v',
    '\0',
    '\x1c',
    '\x85',
    '\u00a0',
    '\u2028',
    '\u200b',
    '\ufeff',
    '\u2011',
  ],
  ...['[', ']', '=', ':', '#', ';', '"', "'", '\\', '%', 'A', 'é', '\u0435', '😀', '\r\n', '\n\n'],
];

/** Returns a file that is mostly plain, with as many oddities as `random` decides. */
export function oddAwsFile(random: Random): OddFile {
  const { pick, whole } = random;
  const kind = whole(4) === 0 ? 'credentials' : 'config';
  const oddity = pick([0, 0.01, 0.02, 0.03, 0.05, 0.1, 0.3]);
  const odd = () => random(1) < oddity;
  const either = (plain: readonly string[], strange: readonly string[]) => pick(odd() ? strange : plain);
  const end = pick(ends);
  const headers = [...plainHeaders[kind]].sort(() => random(2) - 1);
  const lines: string[] = odd() ? [either(comments, noise)] : [];
  for (let sections = whole(5); sections >= 0; sections--) {
    const indent = odd() ? either(indents, oddIndents) : '';
    lines.push(
      (odd() ? either(indents, oddIndents) : '') + (odd() ? pick(oddHeaders) : (headers.pop() ?? '')),
    );
    const unused = [...keys].sort(() => random(2) - 1);
    for (let entries = whole(5); entries > 0; entries--) {
      const key = odd() ? either(keys, oddKeys) : (unused.pop() ?? '');
      const before = odd() && whole(2) ? either(indents, oddIndents) : indent;
      lines.push(before + key + either(delimiters, oddDelimiters) + either(values, oddValues));
      if (key === 's3' || odd()) lines.push(...block());
      if (odd()) lines.push(either(['', '', ...comments], noise));
    }
    if (whole(2)) lines.push(pick(blanks));
  }
  const text = lines.map((line) => line + (odd() ? pick(ends) : end)).join('');
  return { kind, content: garbled(odd() ? mutated(text, random) : text, random, odd()) };

  /** A block below a key, or the rest of its value. */
  function block(): string[] {
    const inner = Array.from({ length: 1 + whole(3) }, () => pick(continuations));
    const plain = inner.filter((line) => line.includes('='));
    const chosen = odd() ? inner : plain;
    return chosen.flatMap((line) => [
      ...(odd() ? [pick([...blanks, ...comments, '  # x'])] : []),
      `${either(indents, oddIndents)}  ${line}`,
    ]);
  }
}

/** Moves, repeats, removes and inserts lines and characters. */
function mutated(text: string, { pick, whole }: Random): string {
  const lines = text.split(/(?<=\n)/);
  const [from, to] = [whole(lines.length), whole(lines.length)];
  const place = whole(text.length + 1);
  return pick([
    () => lines.toSpliced(to, 0, lines[from] ?? '').join(''),
    () => lines.toSpliced(from, 1).join(''),
    () => lines.with(from, lines[to] ?? '').join(''),
    () => text.slice(0, place) + pick(characters) + text.slice(place),
    () => text.slice(0, place) + pick(characters) + text.slice(place + 1),
    () => text.slice(0, place) + text.slice(place + 1),
    () => text.slice(0, place),
    () => text + text,
    () => text.toUpperCase(),
    () => text.replaceAll(' ', '\u00a0'),
  ])();
}

/** Returns the bytes, rarely of another encoding. */
function garbled(text: string, { pick, whole }: Random, isOdd: boolean): Buffer {
  const bytes = Buffer.from(text.toWellFormed());
  const place = whole(bytes.length + 1);
  if (!isOdd || whole(3)) return bytes;
  return pick([
    () => Buffer.from(`\ufeff${text}`),
    () => Buffer.from(`\ufeff${text}`, 'utf16le'),
    () => Buffer.from(text, 'latin1'),
    () => Buffer.concat([bytes.subarray(0, place), Buffer.from([0xff]), bytes.subarray(place)]),
    () => bytes.subarray(0, place),
  ])();
}
