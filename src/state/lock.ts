import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { DaypassError, systemCode } from '../errors.ts';
import { shellWord } from '../terminal/shell-word.ts';
import { ioError } from './directory.ts';
import { acceptPending, closeServer, connectTo, inFolder, listenOn } from './local-socket.ts';
import { isLocked, keepLocked } from './locked-file.ts';

type OnConnection = (connection: Duplex) => void;

/**
 * A lock that the kernel owns. The process that listens on its socket holds it, and the kernel frees it when
 * that process ends. Waiters are connected to the socket, so they learn of the end at once.
 *
 * On POSIX a dead holder leaves its socket file, and no caller can replace it safely: two callers that both
 * find it dead would each remove and replace it. So each holder has a folder of its own, a generation:
 * - It listens on a socket in a folder with a random name, then renames the folder to `<name>.<n+1>`. The
 *   rename is atomic and fails if a full folder has that name. The folder that appears already listens.
 * - So a refused connection to `<name>.<n>` means that it is dead (on macOS: if its file is not locked).
 * - It looks again after the rename, and withdraws if a higher generation exists: the first look was old.
 * - It removes lower generations. No process removes the highest.
 * - At the end it renames its socket, so that the folder stays full.
 * On Windows it is a file that the holder keeps open, and a pipe (`pipe-lock.ts`).
 */
export interface HeldLock {
  /** Frees the lock. Resolves after all earlier connections are accepted, or closed on Windows. Their owner ends them. */
  release(): Promise<void>;
  /** Called for each waiter, if the lock was acquired without `onConnection`. */
  onWaiter?: () => void;
}

const socketName = 'daypass.socket';
const lockedName = 'locked';

/** 20 ms each: a holder that was stopped with a full backlog must not keep callers forever. */
const mostLooks = 500;

/**
 * Acquires the lock, or returns undefined if another process holds it. `onConnection` gets the connections of
 * waiters; without it they stay open until the lock is freed. Throws `io`.
 */
export async function acquireLock(
  folder: string,
  name: string,
  onConnection?: OnConnection,
): Promise<HeldLock | undefined> {
  if (onConnection) return take(folder, name, onConnection);
  const waiting = new Set<Duplex>();
  const lock = await take(folder, name, (socket) => {
    waiting.add(socket);
    socket.on('error', () => {}).on('close', () => waiting.delete(socket));
    socket.resume();
    held.onWaiter?.();
  });
  const held: HeldLock = {
    async release() {
      await lock?.release();
      for (const socket of waiting) socket.destroy();
    },
  };
  return lock && held;
}

async function take(folder: string, name: string, onConnection: OnConnection): Promise<HeldLock | undefined> {
  if (process.platform === 'win32') {
    const { takePipe } = await import('./pipe-lock.ts');
    return await takePipe(folder, name, onConnection);
  }
  for (;;) {
    const found = await look(folder, name);
    if (typeof found !== 'number') {
      found.destroy();
      return undefined;
    }
    // After the generation that was found dead, and not after the highest now, which may be alive.
    const next = found + 1;
    const path = join(folder, `${name}.${next}`);
    const candidate = join(folder, `${name}-${process.pid}-${randomBytes(6).toString('hex')}`);
    try {
      mkdirSync(candidate, { mode: 0o700 });
    } catch (error) {
      // Do not look again: a folder that is missing, full or read-only stays so.
      throw ioError('lock', folder, error);
    }
    let server: Server | undefined;
    try {
      server = await inFolder(candidate, () => listenOn(socketName, onConnection));
      keepLocked(join(candidate, lockedName), server);
      renameSync(candidate, path);
    } catch (error) {
      closeServer(server);
      const code = systemCode(error);
      // Look again: another process was faster, or removed this folder (bind: ENOENT, in libuv EACCES).
      const swept = code === 'ENOENT' || (code === 'EACCES' && !existsSync(candidate));
      removeIfPossible(candidate);
      if (swept || code === 'ENOTEMPTY' || code === 'EEXIST') continue;
      throw error instanceof DaypassError ? error : ioError('lock', folder, error);
    }
    if (highestGeneration(folder, name) > next) {
      closeServer(server);
      removeIfPossible(path);
      continue;
    }
    tidy(folder, name, next);
    return { release: () => release(server, path) };
  }
}

async function release(server: Server, path: string): Promise<void> {
  try {
    renameSync(join(path, socketName), join(path, 'ended'));
  } catch {
    // A later holder or a person has removed it. No caller can find it, so the lock is free.
  }
  await acceptPending(server);
  closeServer(server);
}

/** Removes lower generations, and the folders of processes that were killed before their rename. */
function tidy(folder: string, name: string, own: number): void {
  const lower = generations(folder, name).filter((generation) => generation < own);
  for (const generation of lower) removeIfPossible(join(folder, `${name}.${generation}`));
  for (const entry of readdirSync(folder)) {
    const pid = entry.startsWith(`${name}-`) ? Number(entry.split('-')[1]) : Number.NaN;
    // A process in another container with the same home looks dead. It creates its folder again.
    if (pid > 0 && !isAlive(pid)) removeIfPossible(join(folder, entry));
  }
}

/** Removes a folder, best effort: a later holder removes what stays, and the first error matters more. */
function removeIfPossible(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {}
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return systemCode(error) !== 'ESRCH';
  }
}

/** Returns a connection to the holder of the lock, or undefined if there is none. Throws `io`. */
export async function connectToHolder(folder: string, name: string): Promise<Duplex | undefined> {
  if (process.platform === 'win32') {
    const { connectToPipe } = await import('./pipe-lock.ts');
    return await connectToPipe(folder, name);
  }
  const found = await look(folder, name);
  return typeof found === 'number' ? undefined : found;
}

/** Returns a connection to the holder, else the highest generation, which is dead (0: there is none). */
async function look(folder: string, name: string): Promise<Socket | number> {
  for (let looks = 0; ; looks++) {
    const generation = highestGeneration(folder, name);
    if (generation === 0) return 0;
    try {
      return await connection(folder, name, generation);
    } catch (error) {
      const code = systemCode(error);
      const isRefused =
        code === 'ECONNREFUSED' && !isLocked(join(folder, `${name}.${generation}`, lockedName));
      if (code === 'ENOENT' || code === 'ENOTDIR' || isRefused) {
        if (highestGeneration(folder, name) !== generation) continue;
        if (!isGeneration(generation + 1)) throw noNumberLeft(join(folder, `${name}.${generation}`));
        return generation;
      }
      // A full backlog (EAGAIN, EBUSY, ECONNREFUSED) or a holder that just died (ECONNRESET, EPIPE).
      const passing = /^(EAGAIN|EBUSY|ECONNREFUSED|ECONNRESET|EPIPE)$/.test(code ?? '');
      if (!passing || looks > mostLooks) throw ioError('reach the lock in', folder, error);
      await sleep(20);
    }
  }
}

function generations(folder: string, name: string): number[] {
  try {
    return readdirSync(folder)
      .filter((entry) => entry.startsWith(`${name}.`))
      .map((entry) => Number(entry.slice(name.length + 1)))
      .filter(isGeneration);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw ioError('list', folder, error);
  }
}

/** Returns whether a lock may have this number. A larger one has no next one. */
function isGeneration(number: number): boolean {
  return Number.isSafeInteger(number) && number > 0;
}

/** Returns the error of a number that daypass never reaches: after it, two callers could hold the lock. */
function noNumberLeft(path: string): DaypassError {
  const hint = { advice: 'daypass did not make it; remove it', command: `rm -r ${shellWord(path)}` };
  return new DaypassError('io', `cannot lock after ${path}, the last number that a lock can have`, { hint });
}

function highestGeneration(folder: string, name: string): number {
  return Math.max(0, ...generations(folder, name));
}

function connection(folder: string, name: string, generation: number): Promise<Socket> {
  return inFolder(folder, () => connectTo(join(`${name}.${generation}`, socketName)));
}
