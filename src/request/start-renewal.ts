import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { parse } from 'node:path';
import type { Context } from '../context.ts';
import { DaypassError } from '../errors.ts';
import { childEnvironment } from '../process/child-environment.ts';
import { commandOf } from '../process/program.ts';
import { ensurePrivateFolder } from '../state/directory.ts';
import { acquireLock, connectToHolder, type HeldLock } from '../state/lock.ts';
import { coolDownError, readLastOutcome } from '../state/outcome.ts';
import { moreProcesses } from '../terminal/advice.ts';
import { type Join, onMessages, send, type ToReader } from './protocol.ts';

/** Acquires the right to start a renewal, unless another caller has it or a renewal runs. Throws `io`. */
export async function mayStart(folder: string): Promise<HeldLock | undefined> {
  const starting = await acquireLock(folder, 'start');
  const running = starting && (await connectToHolder(folder, 'renewal'));
  // The caller keeps it until the renewal holds its own lock, so that no other caller starts one in between.
  if (!running) return starting;
  running.destroy();
  await starting.release();
  return undefined;
}

/**
 * Starts the detached renewal and returns the private pipe to it. The renewal has its own session and no
 * stdio, so that signals to the caller do not reach it and it keeps no pipe open. Throws `io`.
 */
export function startRenewal(context: Context, order: { join: Join; force: boolean }): Socket {
  const { env, settings, stateDirectory, umask, log } = context;
  let child: ChildProcess;
  process.umask(umask);
  try {
    child = spawn(...commandOf('renewal'), {
      detached: true,
      // On Windows, a pipe that is not overlapped blocks each write of the renewal until its pending read ends
      // (https://github.com/nodejs/node/issues/43936). Elsewhere this is the same as 'pipe'.
      stdio: ['ignore', 'ignore', 'ignore', 'overlapped'],
      cwd: parse(process.execPath).root,
      env: childEnvironment(env),
      windowsHide: true,
    });
  } finally {
    process.umask(0o077);
  }
  child.on('error', () => {});
  // Without a pid there is no process, and perhaps no pipe.
  if (child.pid === undefined) {
    throw new DaypassError('io', 'no process can be started for the renewal', {
      hint: { advice: moreProcesses(), again: true },
    });
  }
  child.unref();
  log('renewal-started', { renewal: child.pid });
  const pipe = child.stdio[3] as Socket;
  pipe.on('error', () => {});
  send(pipe, { type: 'start', settings, stateDirectory, ...order });
  return pipe;
}

/** Milliseconds. AWS clients wait for the exit; a renewal that is slower to start continues alone. */
const longestGreeting = 3000;

/** Starts a silent renewal unless one runs, starts or is in a cool-down. Throws `io`. */
export async function renewInBackground(context: Context): Promise<void> {
  const { credentials, signIn } = context.keys;
  const folder = ensurePrivateFolder(context.stateDirectory, signIn, context.log);
  if (coolDownError(readLastOutcome(folder), credentials, { interactive: false, now: Date.now() })) return;
  const starting = await mayStart(folder);
  if (!starting) return;
  try {
    const join = { credentials, interactive: false, desktop: false };
    const pipe = startRenewal(context, { join, force: false });
    await new Promise<void>((resolve) => {
      setTimeout(resolve, longestGreeting).unref();
      onMessages<ToReader>(pipe, () => resolve());
      pipe.on('close', () => resolve());
    });
    pipe.destroy();
  } finally {
    await starting.release();
  }
}
