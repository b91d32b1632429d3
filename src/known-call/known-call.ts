import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { isOursAlone, stateDirectory } from '../state/directory.ts';

// A call that is the same as an earlier one, word for word, has the same settings. So what they came to is kept, beside all that they
// were made of, and a hit need not work it out again. It is no more than a place to look: the keychain alone has credentials.

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
  env: Readonly<Record<string, string | null>>;
  configPath: string;
  /** As `fileState` gives it. */
  config: string;
  wanted: Wanted;
}

export const knownCallsFolder = 'calls';

/** What is no file does not hold up whoever opens it. */
const readOnly = constants.O_RDONLY | constants.O_NONBLOCK;
const longest = 65_536;

/** What an earlier call of the same words wanted; undefined where there was none, or anything that it was made of has changed. */
export function recallCall(call: Call): Wanted | undefined {
  const path = knownCallPath(call);
  if (path === undefined) return undefined;
  try {
    const { program, argv, env, configPath, config, wanted }: KnownCall = JSON.parse(readOwn(path));
    const isSame =
      program === call.program &&
      argv.length === call.argv.length &&
      argv.every((word, index) => word === call.argv[index]) &&
      Object.keys(env).every((name) => env[name] === (call.env[name] ?? null)) &&
      wanted.timeout > 0 &&
      typeof config === 'string' &&
      fileState(configPath)?.text === config;
    return isSame ? wanted : undefined;
  } catch {
    // There is none, or not one that can be used.
    return undefined;
  }
}

/** Where such a call is kept. Undefined on Windows, where an entry may be in several pieces, and where HOME does not say which person it is. */
export function knownCallPath({ argv, env }: Call): string | undefined {
  const { HOME: home, AWS_PROFILE, AWS_REGION, AWS_CONFIG_FILE } = env;
  if (process.platform === 'win32' || !home?.startsWith('/')) return undefined;
  // FNV-1a: two calls that share a place only displace each other, and there are no more than 4,096 of them.
  const words = `${argv.join(' ')} ${AWS_PROFILE} ${AWS_REGION} ${AWS_CONFIG_FILE}`;
  let hash = 0x811c9dc5;
  for (let at = 0; at < words.length; at++) hash = Math.imul(hash ^ words.charCodeAt(at), 0x01000193);
  return `${stateDirectory(env, home)}/${knownCallsFolder}/${hash & 0xfff}.json`;
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
    const { ino, size, mtimeMs, ctimeMs } = stats;
    if (!stats.isFile()) return undefined;
    // Not the device: a home that several machines mount is another one on each.
    return { text: `${ino} ${size} ${mtimeMs} ${ctimeMs}`, changed: ctimeMs };
  } finally {
    closeSync(file);
  }
}

/** The text of a file that nobody else can have written. Throws where there is none. */
function readOwn(path: string): string {
  const file = openSync(path, readOnly | constants.O_NOFOLLOW);
  try {
    const stats = fstatSync(file);
    if (!stats.isFile() || !isOursAlone(stats) || stats.size > longest) throw new Error('not ours');
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}
