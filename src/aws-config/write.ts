import {
  closeSync,
  existsSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DaypassError, systemCode } from '../errors.ts';
import { printable } from '../terminal/printable.ts';
import { parseAwsConfigFile, profileName } from './config-file.ts';
import { isProfileName } from './profile-name.ts';
import { encodingFaults } from './refusals.ts';
import { valueFault } from './writable-value.ts';

/** Two of us at once, or an editor: whoever comes second begins anew. */
const mostTries = 5;

/**
 * Sets keys of one profile in an AWS config file and leaves every other byte as it is. The file is replaced in one step, keeps its mode
 * and owner, and a link to it stays a link. False if it said all of that before. Throws `bad-configuration` for what AWS clients could
 * read otherwise, and `io`. https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 */
export function writeProfile(path: string, profile: string, keys: Readonly<Record<string, string>>): boolean {
  assertWritable(profile, keys);
  for (let attempt = 0; attempt < mostTries; attempt++) {
    const target = endOfLinks(path);
    const before = read(target);
    // Latin-1 is one character for each byte, whatever they mean.
    const text = before?.toString('latin1') ?? '';
    const edited = edit(text, profile, keys, path);
    if (edited === text) return false;
    if (replace(target, before, Buffer.from(edited, 'latin1'))) return true;
  }
  throw new DaypassError('io', `${printable(path)} changes all the time`, {
    hint: { advice: 'close what edits it', again: true },
  });
}

/**
 * The line by which AWS clients run us: some give it to a shell and others split it themselves, so it has nothing that either could read
 * otherwise. `command` is the program, and Node before it where that has to be named; absolute paths. Throws `bad-configuration`.
 */
export function plainLine(command: readonly string[], profile: string): string {
  const odd = command.find((word) => !/^(\/|[A-Za-z]:[\\/])[A-Za-z0-9_.\\/-]+$/.test(word));
  if (odd !== undefined || command.length === 0) {
    throw new DaypassError(
      'bad-configuration',
      `this path has characters that AWS clients read in different ways: ${printable(odd ?? '')}`,
      { hint: 'make a link to it whose path has letters, digits, and - _ . / alone, and call daypass by it' },
    );
  }
  assertWritable(profile, {});
  return `${command.join(' ')} --profile ${profile}`;
}

/** Throws `bad-configuration` for what AWS clients could read otherwise. */
export function assertWritable(profile: string, keys: Readonly<Record<string, string>>): void {
  const faults = Object.entries(keys).flatMap(([key, value]) => {
    const fault = valueFault(value);
    return [
      ...(/^[a-z][a-z_]*$/.test(key) ? [] : [`${printable(key)} is no key`]),
      ...(fault ? [`${printable(key)} ${fault}`] : []),
    ];
  });
  if (!isProfileName(profile)) faults.push('the profile name cannot be written');
  if (faults.length > 0) {
    throw new DaypassError('bad-configuration', faults, { hint: { advice: 'correct this', again: true } });
  }
}

function edit(text: string, profile: string, keys: Readonly<Record<string, string>>, path: string): string {
  const bytes = Buffer.from(text, 'latin1');
  const faults = [...encodingFaults(bytes), ...parseAwsConfigFile(bytes.toString()).faults];
  const spoilt = faults.filter((fault) => fault.profile === undefined || fault.profile === profile);
  if (spoilt.length > 0) {
    throw new DaypassError(
      'bad-configuration',
      spoilt.map((fault) => `${printable(path)} line ${fault.line}: ${fault.text}`),
      { hint: { advice: 'correct this', again: true } },
    );
  }
  const lines = text.split(/(?<=\n|\r(?!\n))/);
  const end = /\r\n|\n|\r/.exec(text)?.[0] ?? '\n';
  const section = findSection(lines, profile);
  const header = profile === 'default' ? '[default]' : `[profile ${profile}]`;
  if (section === undefined) {
    const entries = Object.entries(keys).map(([key, value]) => `${key} = ${value}`);
    const gap = text === '' ? [] : /[\r\n]$/.test(text) ? [end] : [end, end];
    return text + [...gap, ...[header, ...entries].map((line) => line + end)].join('');
  }
  const { entries, last } = entriesOf(lines, section);
  const [first] = section;
  lines[first] = cleanHeader(lines[first] ?? '', header, `${printable(path)} line ${first + 1}`);
  let addition = '';
  for (const [key, value] of Object.entries(keys)) {
    const entry = entries.get(key);
    const isPlain = entry?.name === key && !entry.isIndented;
    if (isPlain && entry.value === value) continue;
    for (const further of entry?.further ?? []) lines[further] = '';
    if (entry && !entry.isIndented) {
      const [after = ''] = /[\r\n]*$/.exec(lines[entry.line] ?? '') ?? [];
      lines[entry.line] = `${key} = ${value}${after}`;
      continue;
    }
    // Ruby sees no key that is indented, and none in capitals. One that goes to the front of its line would take the indented ones
    // below it for a part of its value, so it goes to the end of the section.
    if (entry) lines[entry.line] = '';
    addition += `${key} = ${value}${end}`;
  }
  if (addition && !/(^|[\r\n])$/.test(lines[last] ?? '')) lines[last] += end;
  lines[last] += addition;
  return lines.join('');
}

/** Our header as all clients read it: Ruby takes quotes for a part of the name, JavaScript knows no second blank. */
function cleanHeader(line: string, header: string, where: string): string {
  const [, name = '', rest = ''] = /^\[\s*([^\]]*?)\s*\](.*)/.exec(line) ?? [];
  if (!/^\s*([#;]|$)/.test(rest)) {
    throw new DaypassError('bad-configuration', `${where}: something follows the ] of [${printable(name)}]`, {
      hint: { advice: 'correct this', again: true },
    });
  }
  // For PHP [profile default] is the only one.
  return name === 'profile default' ? line : line.replace(/^\[[^\]]*\]/, header);
}

/** The line of the profile's header, and the one after its last. */
function findSection(lines: readonly string[], profile: string): [number, number] | undefined {
  const headers = lines.flatMap((line, index) => {
    const name = /^\[\s*([^\]]*?)\s*\]/.exec(line)?.[1];
    return name === undefined ? [] : [{ index, name: profileName(name) }];
  });
  const own = headers.findIndex(({ name }) => name === profile);
  const start = headers[own]?.index;
  return start === undefined ? undefined : [start, headers[own + 1]?.index ?? lines.length];
}

interface Entry {
  /** As it is spelt in the file. */
  name: string;
  value: string;
  line: number;
  isIndented: boolean;
  /** Lines that go on with its value. */
  further: number[];
}

function entriesOf(
  lines: readonly string[],
  [start, end]: [number, number],
): { entries: Map<string, Entry>; last: number } {
  const entries = new Map<string, Entry>();
  let above: Entry | undefined;
  let indent = 0;
  let last = start;
  for (let line = start + 1; line < end; line++) {
    const raw = lines[line] ?? '';
    if (/^\s*([#;]|$)/.test(raw)) continue;
    last = line;
    const [own = ''] = /^[^\S\r\n]*/.exec(raw) ?? [];
    if (above && own.length > indent) {
      above.further.push(line);
      continue;
    }
    indent = own.length;
    const equals = raw.indexOf('=');
    const name = raw.slice(0, equals).trim();
    const value = raw.slice(equals + 1).trim();
    above = { name, value, line, isIndented: own !== '', further: [] };
    entries.set(name.toLowerCase(), above);
  }
  return { entries, last };
}

/** Where the file is or will be, at the end of its links. */
function endOfLinks(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw fileError('find', path, error);
  }
  const link = linkAt(path);
  if (link === undefined) return path;
  // A link into a dotfiles repository of which the file is still to come: the link stays, and the file comes to be there.
  const target = resolve(realpathSync(dirname(path)), link);
  if (!existsSync(dirname(target))) {
    throw new DaypassError(
      'io',
      `${printable(path)} is a link to ${printable(target)}, whose folder is not there`,
      {
        hint: `make that folder, or remove the link: rm ${printable(path)}`,
      },
    );
  }
  return endOfLinks(target);
}

function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** Undefined where there is none. */
function read(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw fileError('read', path, error);
  }
}

/** False if the file is no longer as it was `before`. */
function replace(path: string, before: Buffer | undefined, content: Buffer): boolean {
  const temporary = `${path}.${process.pid}-${Math.random().toString(36).slice(2)}`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const file = openSync(temporary, 'wx', 0o600);
    try {
      writeFileSync(file, content);
      const old = before && statSync(path);
      // By the descriptor: neither the umask nor somebody who is quicker than we are decides.
      fchmodSync(file, old ? old.mode & 0o777 : 0o600);
      if (old) giveTo(old, file);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    const now = read(path);
    const same = now === undefined ? before === undefined : before?.equals(now) === true;
    if (same) renameSync(temporary, path);
    else rmSync(temporary);
    return same;
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error instanceof DaypassError ? error : fileError('write', path, error);
  }
}

function giveTo({ uid, gid, mode }: Stats, file: number): void {
  const own = fstatSync(file);
  if (own.uid === uid && own.gid === gid) return;
  try {
    fchownSync(file, uid, gid);
  } catch (error) {
    // Nobody can give a file to a group that they are not in; where its members may do what all may, that changes nothing.
    if (own.uid !== uid || ((mode >> 3) & 7) !== (mode & 7)) throw error;
  }
}

function fileError(verb: string, path: string, error: unknown): DaypassError {
  const code = systemCode(error) ?? 'unknown error';
  return new DaypassError('io', `cannot ${verb} ${printable(path)}: ${code}`, {
    hint: ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code)
      ? 'make room for it (df -h, quota, ulimit -f), then run the command again'
      : `it must be a file that you may read and write; look at it: ls -l ${printable(path)}`,
    cause: error,
  });
}
