import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { stateDirectory } from './state-directory.ts';

// A call that is the same as an earlier one, word for word, has the same settings. So what they came to is kept, beside all that they
// were made of, and a hit need not work it out again. Nothing of it is secret, and it is no more than a place to look: the keychain
// alone has credentials.

/** What settings are made of, beside the AWS config file. */
export interface Call {
  /** The build of daypass: another one may read the same words otherwise. */
  program: string;
  /** Without Node and the script. */
  argv: readonly string[];
  env: NodeJS.ProcessEnv;
}

/** What a hit must know of its settings. */
export interface Wanted {
  /** Account name of the credentials record. */
  account: string;
  issuer: string;
  roleArn: string;
  /** Seconds. */
  timeout: number;
}

export interface KnownCall {
  program: string;
  argv: readonly string[];
  /** Every variable that daypass reads; null is not set. */
  env: readonly (readonly [name: string, value: string | null])[];
  configPath: string;
  /** As `fileState` gives it. */
  config: string;
  wanted: Wanted;
}

export const knownCallsFolder = 'calls';

/** What is no file does not hold up whoever opens it. */
const readOnly = constants.O_RDONLY | constants.O_NONBLOCK;

/** What an earlier call of the same words wanted: a guess, with which the keychain may be asked while `isStillSo` finds out. */
export interface Recalled extends Wanted {
  /** Whether nothing has changed of all that it was made of, and nobody else can have written it. */
  isStillSo(): boolean;
}

/** Undefined where there is none, or not one that can be used. */
export function recallCall({ program, argv, env }: Call): Recalled | undefined {
  const path = knownCallPath({ argv, env });
  if (path === undefined) return undefined;
  try {
    // Node takes numbers too, whatever its types say.
    const text = readFileSync(path, { encoding: 'utf8', flag: readOnly as unknown as string });
    const known: KnownCall = JSON.parse(text);
    const isSame =
      known.program === program &&
      known.argv.length === argv.length &&
      known.argv.every((word, index) => word === argv[index]) &&
      known.wanted.timeout > 0;
    if (!isSame) return undefined;
    const holds = () =>
      known.env.every(([name, value]) => value === (env[name] ?? null)) &&
      known.config === fileState(known.configPath)?.text &&
      text === readOwn(path);
    return { ...known.wanted, isStillSo: () => isTrue(holds) };
  } catch {
    return undefined;
  }
}

function isTrue(condition: () => boolean): boolean {
  try {
    return condition();
  } catch {
    return false;
  }
}

/** Where such a call is kept. Undefined on Windows, where an entry may be in several pieces, and where HOME does not say which person it is. */
export function knownCallPath({ argv, env }: Pick<Call, 'argv' | 'env'>): string | undefined {
  const { HOME: home, AWS_PROFILE } = env;
  if (process.platform === 'win32' || !home?.startsWith('/')) return undefined;
  // FNV-1a: two calls that share a place only displace each other, and there are no more than 256 of them.
  const words = `${argv.join(' ')} ${AWS_PROFILE}`;
  let hash = 0x811c9dc5;
  for (let at = 0; at < words.length; at++) hash = Math.imul(hash ^ words.charCodeAt(at), 0x01000193);
  return `${stateDirectory(env, home)}/${knownCallsFolder}/${hash & 0xff}.json`;
}

/**
 * What changes whenever a file does, and when that was last (milliseconds); undefined where there is no file. It is opened, since a network
 * file system may give what it remembers of one that is only looked at.
 */
export function fileState(path: string): { text: string; changed: number } | undefined {
  let file: number;
  try {
    file = openSync(path, readOnly);
  } catch {
    return undefined;
  }
  try {
    const stats = fstatSync(file);
    const { dev, ino, size, mtimeMs, ctimeMs } = stats;
    if (!stats.isFile()) return undefined;
    return { text: `${dev} ${ino} ${size} ${mtimeMs} ${ctimeMs}`, changed: ctimeMs };
  } finally {
    closeSync(file);
  }
}

/** The text of a file that nobody else can have written, else undefined. */
function readOwn(path: string): string | undefined {
  const file = openSync(path, readOnly | constants.O_NOFOLLOW);
  try {
    const stats = fstatSync(file);
    const isOwn = stats.isFile() && stats.uid === process.getuid?.() && (stats.mode & 0o077) === 0;
    return isOwn ? readFileSync(file, 'utf8') : undefined;
  } finally {
    closeSync(file);
  }
}
