import type { KeyLine, SectionLine } from './lines.ts';
import { oddCharacters } from './odd-characters.ts';
import type { AwsConfigFile, ConfigEntry, ConfigFault } from './parse.ts';
import { stripped } from './python-text.ts';
import { misreadLine } from './writable-value.ts';

/** What each way to write a line of a profile does to AWS clients other than the AWS CLI and boto3, as observed. */
const misreadings: readonly [is: (line: KeyLine) => boolean, effect: string][] = [
  [({ isIndented }) => isIndented, 'Ruby ignores indented keys'],
  [
    ({ delimiter }) => delimiter === ':',
    'only the AWS CLI and boto3 read "key: value", so write "key = value"',
  ],
  [
    ({ key }) => /[A-Z]/.test(key),
    'JavaScript and Ruby ignore keys in capitals, which the AWS CLI and boto3 read',
  ],
  [
    ({ value }) => /\s#/.test(value),
    'JavaScript, Java, Rust and C++ cut the value at " #", but not the AWS CLI and boto3',
  ],
  [
    ({ value }) => /\s;/.test(value),
    'JavaScript, Ruby, Java, Rust, C++ and PHP cut the value at " ;", but not the AWS CLI and boto3',
  ],
  [hasOtherBlank, 'Ruby keeps the blank beside it, which is not ASCII'],
  [({ value }) => /\\["n]/.test(value), 'newer Go SDKs replace \\n and \\" in the value'],
];

/**
 * Returns what some AWS clients misread in a profile, though daypass, the AWS CLI and boto3 read it, and the
 * headers and keys of the file that look like others. `plain` is the header as all clients read it.
 */
export function spellingFaults(profile: string, plain: string, file: AwsConfigFile): ConfigFault[] {
  return [...lookAlikes(file), ...profileSpelling(profile, plain, file), ...bareEnds(file)];
}

/** Returns those of the faults that do not depend on a profile. */
export function fileSpelling(file: AwsConfigFile): ConfigFault[] {
  return [...lookAlikes(file), ...bareEnds(file)];
}

/** Returns those of the faults that one profile has. */
export function profileSpelling(profile: string, plain: string, file: AwsConfigFile): ConfigFault[] {
  const headers = file.sections.get(profile) ?? [];
  const entries = [...(file.profiles.get(profile) ?? [])].map(([key, entry]) => ({ key, ...entry }));
  // No other client reads the keys of daypass.
  const foreign = entries.filter(({ key }) => !key.startsWith('daypass_'));
  const misread = entries.flatMap(({ key, line, value }) => {
    const fault = misreadLine(value);
    return fault ? [{ line, text: `${key} ${fault}` }] : [];
  });
  return [
    ...headerFaults(headers, plain),
    ...keyFaults(foreign, file),
    ...inheritedFaults(foreign, headers, file),
    ...misread,
  ];
}

function bareEnds({ lines }: AwsConfigFile): ConfigFault[] {
  const bare = lines.find(({ end }) => end === '\r');
  const text = 'ends in CR alone: JavaScript and Ruby read the next line as a part of it';
  return bare ? [{ line: bare.number, text }] : [];
}

type Found = { key: string } & ConfigEntry;

function keyFaults(entries: readonly Found[], { lines }: AwsConfigFile): ConfigFault[] {
  const faults = misreadings.flatMap(([is, effect]) => {
    const found = entries.filter(({ line }) => {
      const own = lines[line - 1];
      return own?.kind === 'key' && is(own);
    });
    return together(found, effect);
  });
  for (const { key, value, continued } of entries) {
    // All clients know a block, which begins below its key.
    if (continued !== undefined && !value.startsWith('\n'))
      faults.push({
        line: continued,
        text: `belongs to ${key} above only for the AWS CLI and boto3: JavaScript, Go and Ruby drop it`,
      });
  }
  return faults;
}

/** Returns the keys that come from [DEFAULT]. */
function inheritedFaults(
  entries: readonly Found[],
  headers: readonly SectionLine[],
  { lines }: AwsConfigFile,
): ConfigFault[] {
  const begin = headers.at(-1)?.number ?? 0;
  // By index: a file of many profiles would take quadratic time otherwise.
  let at = begin;
  while (lines[at] && lines[at]?.kind !== 'section') at++;
  const end = lines[at]?.number;
  const inherited = entries.filter(({ line }) => line < begin || (end !== undefined && line > end));
  return together(inherited, 'only the AWS CLI and boto3 add the keys of [DEFAULT] to each profile');
}

/** Returns one fault for all of these keys, at the first. */
function together(entries: readonly Found[], effect: string): ConfigFault[] {
  const [first] = entries;
  return first ? [{ line: first.line, text: `${entries.map(({ key }) => key).join(', ')}: ${effect}` }] : [];
}

/** A header whose profile the AWS SDK for JavaScript reads as botocore does. */
const javaScriptHeader = /^\[profile\s(["']?)[\w@+.%:/-]+\1\]$/;

/** Returns the faults of the header, or headers, of a profile. */
function headerFaults(headers: readonly SectionLine[], plain: string): ConfigFault[] {
  const faults: ConfigFault[] = [];
  const [first, second] = headers;
  if (first && second) {
    const others =
      plain === '[default]'
        ? 'JavaScript uses [profile default], and Ruby both'
        : 'JavaScript uses both, and other clients the plain one';
    const text = `a second section of the profile (the first is in line ${first.number}): the AWS CLI and boto3 use only the last, ${others}`;
    faults.push({ line: second.number, text });
  }
  for (const { number, header, text } of headers) {
    // PHP reads only [profile default], and other clients accept it.
    if (header !== plain && header !== '[profile default]') {
      const isJavaScript = stripped(header) === plain || javaScriptHeader.test(stripped(header));
      const clients = [
        ...(isJavaScript ? [] : ['JavaScript']),
        ...(/^\[profile[ \t]+[^\s"'\\]+\]$/.test(header) ? [] : ['Ruby']),
      ];
      const who = clients.length > 0 ? `${clients.join(', ')} and some other` : 'some';
      faults.push({
        line: number,
        text: `${who} AWS clients read ${stripped(header)} as another profile: write ${plain}`,
      });
    }
    const rest = stripped(text.slice(header.length));
    if (rest && !/^[#;]/.test(rest))
      faults.push({ line: number, text: 'JavaScript and Ruby ignore a section with text after its ]' });
  }
  return faults;
}

/** Returns whether a blank that only Python and JavaScript strip is around the key or the value. */
function hasOtherBlank({ text }: KeyLine): boolean {
  const delimiter = text.search(/[=:]/);
  return [text.slice(0, delimiter), text.slice(delimiter + 1)].some((part) => {
    const content = stripped(part);
    const start = part.indexOf(content);
    return /[^\t-\r ]/.test(part.slice(0, start) + part.slice(start + content.length));
  });
}

/** Returns the headers and keys of the file with characters that a person cannot see or tell apart. */
function lookAlikes({ lines }: AwsConfigFile): ConfigFault[] {
  return lines.flatMap((line) => {
    const text = line.kind === 'section' ? line.name : line.kind === 'key' ? line.key : '';
    // A file of 500 profiles has thousands of plain ones.
    if (/^[\t\x20-\x7e]*$/.test(text)) return [];
    const [found] = oddCharacters(text, { letters: true }).marks;
    if (!found) return [];
    const what = line.kind === 'section' ? 'the section' : 'the key';
    return [{ line: line.number, text: `${what} contains ${found}: write it again` }];
  });
}
