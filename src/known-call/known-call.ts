import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { isOursAlone, stateDirectory } from '../state/directory.ts';

// A call with the same words as an earlier one has the same settings. A file stores their result beside all
// that they were made from, so a hit need not compute them. The credentials are in the keychain alone.

/** Everything that settings are made from, apart from files. */
export interface Invocation {
  /** The build of daypass: another build may read the same words in another way. */
  program: string;
  /** Without Node and the script. */
  argv: readonly string[];
  env: NodeJS.ProcessEnv;
}

/** The part of the settings that a hit needs. */
export interface Wanted {
  /** Account name of the credentials record. */
  account: string;
  issuer: string;
  roleArn: string;
  /** The session policy that the credentials must have. */
  policy?: { text: string };
  /** Seconds. */
  timeout: number;
}

export interface KnownCall extends Pick<Invocation, 'program' | 'argv'> {
  /** Every variable that daypass reads; null is not set. */
  env: Readonly<Record<string, string | null>>;
  /** The AWS config file and that of the session policy, each with the text that `fileState` returned. */
  files: Readonly<Record<string, string>>;
  wanted: Wanted;
}

export const knownCallsFolder = 'calls';

/** O_NONBLOCK: opening a pipe must not wait for a writer. */
const readOnly = constants.O_RDONLY | constants.O_NONBLOCK;
const longest = 65_536;

/** Returns what an equal earlier call wanted; undefined if there was none or its settings may differ now. */
export function recallCall(call: Invocation): Wanted | undefined {
  const path = knownCallPath(call);
  if (path === undefined) return undefined;
  try {
    const { program, argv, env, files, wanted }: KnownCall = JSON.parse(readOwn(path));
    const isSame =
      program === call.program &&
      argv.length === call.argv.length &&
      argv.every((word, index) => word === call.argv[index]) &&
      Object.keys(env).every((name) => env[name] === (call.env[name] ?? null)) &&
      wanted.timeout > 0 &&
      Object.keys(files).length > 0 &&
      Object.keys(files).every((file) => fileState(file)?.text === files[file]);
    return isSame ? wanted : undefined;
  } catch {
    // The file is missing or unusable.
    return undefined;
  }
}

/** Returns the file of a call; undefined without HOME and on Windows, where an entry may be in pieces. */
export function knownCallPath({ argv, env }: Invocation): string | undefined {
  const { HOME: home, AWS_PROFILE, AWS_REGION, AWS_CONFIG_FILE } = env;
  if (process.platform === 'win32' || !home?.startsWith('/')) return undefined;
  // FNV-1a: two calls with the same hash only replace each other, and there are at most 4,096 files.
  const words = `${argv.join(' ')} ${AWS_PROFILE} ${AWS_REGION} ${AWS_CONFIG_FILE}`;
  let hash = 0x811c9dc5;
  for (let at = 0; at < words.length; at++) hash = Math.imul(hash ^ words.charCodeAt(at), 0x01000193);
  return `${stateDirectory(env, home)}/${knownCallsFolder}/${hash & 0xfff}.json`;
}

/**
 * Returns a text that changes whenever the file does, and the time of its last change in milliseconds;
 * undefined if there is no file. Opens it, since stat() on a network file system may return cached values.
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
    // Without the device number, which differs between the machines that mount one home.
    return { text: `${ino} ${size} ${mtimeMs} ${ctimeMs}`, changed: ctimeMs };
  } finally {
    closeSync(file);
  }
}

/**
 * Returns the text of a file that only this user can have written. Throws if there is no such file. Unlike
 * all other readers of the state directory, a hit does not check the folders above. A user who can exchange
 * them can only put another file of this user here, and that leads to this user's own keychain alone.
 */
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
