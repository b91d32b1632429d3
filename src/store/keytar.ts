import { existsSync, lstatSync } from 'node:fs';
import type * as Keytar from 'keytar';
import { DaypassError, type exitCodes } from '../errors.ts';
import { keytarPackage } from '../process/program.ts';

/** The service name of all keychain entries of daypass. */
export const keychainService = 'daypass';

/** With it KeePassXC asks a person before each process may read an entry. */
export const keepassSetting =
  '"Confirm when passwords are retrieved by clients" (Settings, Secret Service Integration)';

/** A number instead of the table of exit codes, which a hit need not load. */
const unresponsive: (typeof exitCodes)['keychain-unresponsive'] = 75;

/** Milliseconds that a call of the keychain may take. */
export const longestKeychainCall = 20_000;
/** Milliseconds: clients wait longer than `--timeout`, and must find a session saved at the last moment. */
const shortestRead = 1000;

/** Variables that make GLib and the libraries beside it print, on stdout too, or abort. */
const printing = [
  ...['G_MESSAGES_DEBUG', 'G_DBUS_DEBUG', 'G_DEBUG', 'G_ENABLE_DIAGNOSTIC', 'G_SLICE', 'GOBJECT_DEBUG'],
  ...['GLIB_OLD_LOG_API', 'DBUS_VERBOSE', 'GPGRT_TRACE_FILE'],
];

/**
 * Loads keytar's binding from these paths: require() is slow to find it. First removes the variables with
 * which its libraries would print before our JSON. Throws if there is no libsecret.
 */
export function loadKeytar(bindings: readonly string[]): typeof Keytar {
  for (const name of printing) delete process.env[name];
  let reason: unknown;
  for (const binding of bindings) {
    const module: { exports: unknown } = { exports: {} };
    try {
      process.dlopen(module, binding);
      return module.exports as typeof Keytar;
    } catch (error) {
      // Another layout, another C library, or no libsecret.
      reason = error;
    }
  }
  return keytarPackage(reason) as typeof Keytar;
}

/**
 * Names the session bus for libsecret if the environment does not, as in cron: libsecret knows the folder of
 * `XDG_RUNTIME_DIR` alone. Returns a function that takes the name back, before other programs inherit it.
 */
export function nameSessionBus(): () => void {
  const { env, platform } = process;
  if (platform !== 'linux' || env.DBUS_SESSION_BUS_ADDRESS) return () => {};
  // An empty address is an error for libsecret.
  delete env.DBUS_SESSION_BUS_ADDRESS;
  for (const folder of [env.XDG_RUNTIME_DIR, `/run/user/${process.geteuid?.()}`]) {
    // A character that an address must escape: libsecret finds that folder by itself.
    if (!folder || !/^\/[\w/.-]*$/.test(folder) || !isOwnSocket(`${folder}/bus`)) continue;
    env.DBUS_SESSION_BUS_ADDRESS = `unix:path=${folder}/bus`;
    return () => delete env.DBUS_SESSION_BUS_ADDRESS;
  }
  return () => {};
}

/** Another user's bus would see our secrets. */
function isOwnSocket(path: string): boolean {
  try {
    const stats = lstatSync(path);
    return stats.isSocket() && stats.uid === process.geteuid?.();
  } catch {
    // There is none, or it is in a folder of another user, as after su.
    return false;
  }
}

/**
 * Reads the keychain in this process, for a hit. A read that hangs would also hang a normal exit, since Node
 * waits for its threads. So at the deadline `onDeadline` prints the error, and `endHung` ends the process.
 * `timeout` is that of the whole call, in seconds.
 */
export async function readInProcess<Result>(
  ask: () => Promise<Result>,
  timeout: number,
  onDeadline: () => void,
): Promise<Result> {
  const forgetBus = nameSessionBus();
  const answer = ask();
  let waiting = true;
  const endIfWaiting = () => {
    if (!waiting) return;
    try {
      onDeadline();
    } finally {
      endHung();
    }
  };
  // Minus the age of the process: a read after a sign-in must not restart the timeout of the whole call.
  const left = (timeout - process.uptime()) * 1000;
  // Set while the read runs in its own thread, so it costs nothing. Never cleared: that would cost time.
  setTimeout(endIfWaiting, Math.min(longestKeychainCall, Math.max(shortestRead, left))).unref();
  try {
    return await answer;
  } finally {
    waiting = false;
    forgetBus();
  }
}

/**
 * Ends this process with 75 although a thread of it hangs: since 22.15 Node can let another program take its
 * place, which ends all threads. Otherwise only SIGKILL ends it, which a shell shows as 137.
 */
function endHung(): void {
  const { execve } = process as { execve?: (program: string, args: string[], env: object) => never };
  const shell = '/bin/sh';
  // Node aborts if there is no such program, and could leave a core dump with secrets.
  try {
    if (existsSync(shell)) execve?.(shell, ['sh', '-c', `exit ${unresponsive}`], {});
  } finally {
    process.kill(process.pid, 'SIGKILL');
  }
}

/** Returns the error of a keychain call that does not end in time. */
export function keychainUnresponsive(cause?: unknown): DaypassError {
  const look = 'look for a prompt of the keychain on the desktop';
  const setting =
    process.platform === 'linux' ? `, in KeePassXC turn off ${keepassSetting}, or restart the keyring` : '';
  const hint = { advice: `${look}${setting}`, again: true } as const;
  return new DaypassError('keychain-unresponsive', 'the keychain does not answer', { hint, cause });
}
