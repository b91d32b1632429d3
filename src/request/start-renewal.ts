import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { parse } from 'node:path';
import type { Context } from '../context.ts';
import { DaypassError } from '../errors.ts';
import { childEnvironment } from '../process/child-environment.ts';
import { commandOf } from '../process/program.ts';
import { ensurePrivateFolder } from '../state/directory.ts';
import { acquireLock, connectToHolder, type HeldLock } from '../state/lock.ts';
import { readLastOutcome, resting } from '../state/outcome.ts';
import { type Join, onMessages, send, type ToReader } from './protocol.ts';

export interface StartOrder {
  join: Join;
  /** See `login --force`. */
  force: boolean;
}

/**
 * The right to start a renewal: of many callers at once one gets it. Undefined where another caller has it or a renewal runs;
 * it is kept until that renewal holds its own lock, so that nobody starts one more in between.
 */
export async function mayStart(folder: string): Promise<HeldLock | undefined> {
  const starting = await acquireLock(folder, 'start');
  const running = starting && (await connectToHolder(folder, 'renewal'));
  if (!running) return starting;
  running.destroy();
  await starting.release();
  return undefined;
}

/**
 * Starts the detached renewal and gives the private pipe to it, on which it talks as it does with everyone who waits. It has a
 * session of its own and no stdio of ours: nothing that happens to the caller reaches it, and it holds no pipe open.
 */
export function startRenewal(context: Context, order: StartOrder): Socket {
  const { env, settings, stateDirectory, umask, log } = context;
  let child: ChildProcess;
  process.umask(umask);
  try {
    child = spawn(...commandOf('renewal'), {
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
      cwd: parse(process.execPath).root,
      env: childEnvironment(env),
      windowsHide: true,
    });
  } finally {
    process.umask(0o077);
  }
  child.on('error', () => {});
  // Without a pid there is no process, and its pipe may not have been made either.
  if (child.pid === undefined) throw notStarted();
  child.unref();
  log('renewal-started', { renewal: child.pid });
  const pipe = child.stdio[3] as Socket;
  pipe.on('error', () => {});
  send(pipe, { type: 'start', settings, stateDirectory, ...order });
  return pipe;
}

function notStarted(): DaypassError {
  return new DaypassError('io', 'no process can be started for the renewal', {
    hint: 'end some programs, or raise the limits (ulimit -n, ulimit -u); if Node was replaced, run the command again',
  });
}

/** Milliseconds. AWS clients wait for our end even though they have their answer; a renewal that is slower to begin goes on without us. */
const longestGreeting = 3000;

/** Starts a silent renewal for a caller that does not wait for it; none where one runs, starts or rests. */
export async function renewInBackground(context: Context): Promise<void> {
  const { keys, stateDirectory } = context;
  const folder = ensurePrivateFolder(stateDirectory, keys.signIn);
  if (resting(readLastOutcome(folder), keys.credentials, { interactive: false, now: Date.now() })) return;
  const starting = await mayStart(folder);
  if (!starting) return;
  const join = { credentials: keys.credentials, interactive: false, desktop: false };
  try {
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
