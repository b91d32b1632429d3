/** What a text allows beside plain ASCII. */
export interface Allowed {
  /** Letters of every language, as in the name of a file. */
  letters?: true;
  /** Double quotes, which group the words of the value. */
  grouping?: true;
  /** A quotation mark at one end, as in a random text. The value must not be shown. */
  secret?: true;
}

/** The odd parts of a text, and the text without them where that is clear. */
export interface OddText {
  marks: string[];
  clean: string | undefined;
}

// Loaded with every call, so the Unicode tables stay inside the functions, which few calls need.

/** The ASCII characters that these look like, apart from those that Unicode itself maps to ASCII (NFKC). */
const alike = new Map(
  [
    [
      'acesopxyijdhqw',
      '\u0430\u0441\u0435\u0455\u043e\u0440\u0445\u0443\u0456\u0458\u0501\u04bb\u051b\u051d',
    ],
    [
      'ABCEHIJKMOPSTX',
      '\u0410\u0412\u0421\u0415\u041d\u0406\u0408\u041a\u041c\u041e\u0420\u0405\u0422\u0425',
    ],
    [
      'ABEZHIKMNOPTYX',
      '\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7',
    ],
    ['aikovp', '\u03b1\u03b9\u03ba\u03bf\u03bd\u03c1'],
    ['ig', '\u0131\u0261'],
    ['-/::~*', '\u2212\u2215\u2236\ua789\u223c\u2217'],
    ["''''''''", '\u2018\u2019\u201b\u2032\u2039\u203a\u00b4\u02bc'],
  ].flatMap(([ascii = '', others = '']) => [...others].map((other, at) => [other, ascii[at] ?? ''] as const)),
);

const names = new Map([
  [0x09, 'tab'],
  [0xa0, 'no-break space'],
  [0xad, 'soft hyphen'],
  [0x200b, 'zero width space'],
  [0x200c, 'zero width non-joiner'],
  [0x200d, 'zero width joiner'],
  [0x2010, 'hyphen'],
  [0x2011, 'non-breaking hyphen'],
  [0x2012, 'figure dash'],
  [0x2013, 'en dash'],
  [0x2014, 'em dash'],
  [0x2018, 'left single quotation mark'],
  [0x2019, 'right single quotation mark'],
  [0x201c, 'left double quotation mark'],
  [0x201d, 'right double quotation mark'],
  [0x202f, 'narrow no-break space'],
  [0x2060, 'word joiner'],
  [0x2212, 'minus sign'],
  [0x3000, 'ideographic space'],
  [0xfeff, 'byte order mark'],
]);

/** Finds the characters that a text does not allow, each by its code point. */
export function oddCharacters(text: string, { letters }: Allowed): OddText {
  const marks: string[] = [];
  const mixed = letters ? mixedWords(text) : '';
  let clean: string | undefined = '';
  for (const character of text.toWellFormed()) {
    if (/^[\t\x20-\x7e]$/.test(character) || (letters && isOrdinary(character, mixed))) {
      clean = clean === undefined ? undefined : clean + character;
      continue;
    }
    const ascii = asciiOf(character);
    marks.push(`${codePoint(character)} (${nameOf(character, ascii)})`);
    clean = clean === undefined || ascii === undefined ? undefined : clean + ascii;
  }
  return { marks, clean };
}

/** Returns the words that mix Latin letters with letters of scripts that look like them. */
function mixedWords(text: string): string {
  const words = text.match(/\p{L}+/gu) ?? [];
  const like = /[\p{Script=Cyrillic}\p{Script=Greek}]/u;
  return words.filter((word) => /\p{Script=Latin}/u.test(word) && like.test(word)).join(' ');
}

/** Returns whether a name may have this character, which is not ASCII. */
function isOrdinary(character: string, mixed: string): boolean {
  if (/[\p{C}\p{Z}\p{Pd}\p{Pi}\p{Pf}\p{Default_Ignorable_Code_Point}]/u.test(character)) return false;
  if (/\p{L}/u.test(character))
    return !(mixed.includes(character) && alike.has(character)) && !isWide(character);
  return !alike.has(character) && !isWide(character);
}

/** Returns the ASCII that a character stands for, '' for an invisible one; undefined if that is not clear. */
function asciiOf(character: string): string | undefined {
  const known = alike.get(character);
  if (known !== undefined) return known;
  if (/[\p{Cf}\p{Default_Ignorable_Code_Point}]/u.test(character)) return '';
  if (/\p{Zs}/u.test(character)) return ' ';
  if (/\p{Pd}/u.test(character) && !isWide(character)) return '-';
  if (/[\p{Pi}\p{Pf}]/u.test(character)) return '"';
  const plain = character.normalize('NFKC');
  return /^[\x21-\x7e]+$/.test(plain) ? plain : undefined;
}

function nameOf(character: string, ascii: string | undefined): string {
  const known = names.get(character.codePointAt(0) ?? 0);
  if (known) return known;
  if (/\p{Cc}/u.test(character)) return 'control character';
  if (ascii === '') return 'invisible';
  if (ascii === ' ') return 'blank';
  if (isWide(character)) return `full-width ${ascii}`;
  const script = ['Cyrillic', 'Greek'].find((each) => new RegExp(`\\p{Script=${each}}`, 'u').test(character));
  if (script) return ascii ? `${script}, looks like ${ascii}` : script;
  return ascii ? `looks like ${ascii}` : /[\p{C}\p{M}\p{Z}]/u.test(character) ? 'not ASCII' : character;
}

function isWide(character: string): boolean {
  return /[\uff01-\uff5e]/.test(character);
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
