import { realpathSync } from 'node:fs';
import type { Profiles } from '../aws-config/parse.ts';
import {
  clientsThatMisread,
  isPlainPath,
  pathWord,
  processWords,
  programOf,
} from '../aws-config/process-line.ts';
import { assertWritable } from '../aws-config/writable-value.ts';
import { DaypassError } from '../errors.ts';
import type { Place } from '../process/expand-path.ts';
import { shimOf, shimTarget } from '../process/npm-shim.ts';
import { ownCommand } from '../process/program.ts';
import { install } from '../terminal/advice.ts';
import { printable } from '../terminal/printable.ts';
import { type CommandLink, findCommandLink } from './command-link.ts';
import { junctionAdvice, plainPath } from './plain-path.ts';

/** How AWS clients can start this installation of daypass. */
export interface OwnProgram extends Place {
  command: readonly string[];
  /** Only if the command has characters that AWS clients read in different ways. */
  link?: CommandLink;
  /** Why there is no link, although one would help. */
  noLink?: string;
}

/** Finds the command of this installation. Throws `bad-configuration` if its path is temporary. */
export function ownProgram({ env, home }: Place): OwnProgram {
  const command = ownCommand(env);
  if (command.some((word) => /[\\/]_npx[\\/]/.test(word))) {
    throw new DaypassError('bad-configuration', 'npx runs daypass from a cache that it deletes later', {
      hint: install(),
    });
  }
  const program = { env, home, command };
  if (process.platform === 'win32') return withPlainPaths(program);
  if (isPlain(command)) return program;
  const link = findCommandLink(command, { env, home });
  return typeof link === 'string' ? { ...program, noLink: link } : { ...program, link };
}

function isPlain(command: readonly string[]): boolean {
  return command.every((word) => isPlainPath(word));
}

/** Returns the program with other paths of the same files, or npm's shim, if AWS clients read those alike. */
function withPlainPaths(program: OwnProgram): OwnProgram {
  const { command } = program;
  const words = command.map((word) => plainPath(word, program) ?? word);
  if (isPlain(words)) return { ...program, command: words };
  const shim = shimOf(command.at(-1) ?? '');
  const isOurs = shim !== undefined && samePath(shimTarget(shim) ?? '', command.at(-1));
  const plainShim = isOurs ? plainPath(shim, program) : undefined;
  return plainShim ? { ...program, command: [plainShim] } : { ...program, command: words };
}

/**
 * Returns the `credential_process` line of a profile: the present one if it runs the same program, else one
 * by the link, if it is there or wanted, else one with quotes. Throws `bad-configuration`.
 */
export function credentialProcessLine(
  profile: string,
  program: OwnProgram,
  { profiles, wantsLink }: { profiles: Profiles; wantsLink: boolean },
): string {
  const { command, link } = program;
  if (isPlain(command)) return lineOf(command, profile);
  const present = profiles.get(profile)?.get('credential_process')?.value;
  if (present !== undefined && isOwnLine(present, profile, program)) return present;
  if (link && (link.isThere || wantsLink)) return lineOf([link.path], profile);
  return lineOf(command, profile, program);
}

/** Returns the link that has to be made for a line, or undefined. */
export function newLink(line: string, { link }: OwnProgram): CommandLink | undefined {
  return link && !link.isThere && line.startsWith(`${link.path} `) ? link : undefined;
}

/** Returns whether AWS clients start this same daypass with this line. */
function isOwnLine(line: string, profile: string, { command, link, home }: OwnProgram): boolean {
  const words = processWords(line, home);
  if (!words || words.active !== undefined) return false;
  const { command: there, args } = programOf(words.split, home, () => false);
  const isNamed = args.join(' ') === `--profile ${profile}` || args.join(' ') === `--profile=${profile}`;
  // env starts its first word, and nothing else may come before.
  const start = there.filter((word, index) => index > 0 || !/(^|\/)env$/.test(word));
  const [only = '', ...others] = start;
  const shimmed = others.length === 0 ? shimTarget(only) : undefined;
  if (isNamed && shimmed !== undefined && samePath(shimmed, command.at(-1))) return true;
  const own = [command, ...(link?.isThere ? [[link.path]] : [])];
  return (
    isNamed &&
    own.some((paths) => paths.length === start.length && paths.every((path, at) => samePath(path, start[at])))
  );
}

function samePath(path: string, other = ''): boolean {
  try {
    // Only the system knows the short names of Windows.
    return realpathSync.native(path) === realpathSync.native(other);
  } catch {
    return false;
  }
}

/** Returns the remark about a line that some clients do not run: which ones, and how to avoid that. */
export function lineRemarks(line: string, { link, noLink }: OwnProgram): string[] {
  const clients = clientsThatMisread(line);
  if (clients.length === 0) return [];
  const remedy = link
    ? ` (to avoid this: remove the line, and run configure with --yes, which makes the link ${link.shown})`
    : noLink && ` (daypass makes no link: ${noLink})`;
  return [`some AWS clients do not run this credential_process: ${clients.join(', ')}${remedy ?? ''}`];
}

/**
 * Returns the line of a command of absolute paths. Throws `bad-configuration` if AWS clients read a path in
 * different ways even in quotes: some pass the line to a shell, and others split it themselves.
 */
export function lineOf(
  command: readonly string[],
  profile: string,
  { link, noLink, ...place }: Partial<OwnProgram> = {},
): string {
  const words = command.map((word) => pathWord(word));
  const odd = command.filter((_, index) => words[index] === undefined);
  if (odd.length > 0 || command.length === 0) {
    const fault = `this path has characters that AWS clients read in different ways: ${printable(odd[0] ?? '')}`;
    const { env, home } = place;
    if (process.platform === 'win32' && env && home !== undefined) {
      const hint = { advice: junctionAdvice(odd, { env, home }), again: true } as const;
      throw new DaypassError('bad-configuration', fault, { hint });
    }
    const create =
      'create a link to it whose path has only letters, digits and - _ . /, and run daypass by that link';
    const offer = link ? `add --yes to make the link ${link.shown}, or ` : '';
    const reason = noLink ? ` (daypass makes none: ${noLink})` : '';
    throw new DaypassError('bad-configuration', fault, { hint: `${offer}${create}${reason}` });
  }
  assertWritable(profile, {});
  return `${words.join(' ')} --profile ${profile}`;
}
