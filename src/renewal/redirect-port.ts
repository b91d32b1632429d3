import { dirname } from 'node:path';
import type { Duplex } from 'node:stream';
import { Loopback, type LoopbackOptions } from '../browser/loopback-server.ts';
import { DaypassError } from '../errors.ts';
import { ensurePrivateFolder } from '../state/directory.ts';
import { acquireLock, connectToHolder, type HeldLock } from '../state/lock.ts';
import { portLock, portsFolder } from '../state/port-lock.ts';
import type { RenewalContext } from './context.ts';

/** Milliseconds that need no remark: a sign-in that has ended frees its port when another one waits. */
const shortWait = 1000;

/**
 * Opens the listener of a sign-in. A sign-in holds a lock for its fixed port, so that another one waits for
 * its end: the port cannot show whose it is. Throws as `Loopback.open`, and `cancelled`.
 */
export async function openListener(context: RenewalContext, options: LoopbackOptions): Promise<Loopback> {
  const { ports } = options;
  if (ports.length === 0) return await Loopback.open(options);
  const folder = ensurePrivateFolder(dirname(context.folder), portsFolder, context.log);
  let remark: NodeJS.Timeout | undefined;
  try {
    for (;;) {
      const opened = await openOnFree(folder, options);
      if (opened instanceof Loopback) return opened;
      remark ??= remarkOfWait(context, ports);
      await Promise.race([anyFreed(folder, opened), context.cancelled]);
      // The callers have given up, so a tab that opens now would surprise the person.
      if (!context.waiters.anyInteractive) throw abandoned(ports);
    }
  } finally {
    clearTimeout(remark);
  }
}

function remarkOfWait({ waiters, log }: RenewalContext, ports: readonly number[]): NodeJS.Timeout {
  log('port-wait');
  const text = `another sign-in of daypass uses port ${ports.join(', ')}, and this one waits for its end`;
  return setTimeout(() => waiters.remark(text, { stands: true }), shortWait);
}

/**
 * Listens on the first port that no other sign-in holds. Returns the ports that others hold if one of those
 * sign-ins has to end first. Throws as `Loopback.open`.
 */
async function openOnFree(folder: string, options: LoopbackOptions): Promise<Loopback | number[]> {
  const locks = new Map<number, HeldLock>();
  const held: number[] = [];
  const release = (kept?: number) =>
    Promise.all([...locks].map(([port, lock]) => (port === kept ? undefined : lock.release())));
  try {
    for (const port of new Set(options.ports)) {
      const lock = await acquireLock(folder, portLock(port));
      if (lock) locks.set(port, lock);
      else held.push(port);
    }
    const ports = [...locks.keys()];
    if (ports.length === 0) return held;
    const loopback = await Loopback.open({ ...options, ports, onClosed: () => void release() });
    const { port } = loopback;
    const lock = locks.get(port);
    if (lock) lock.onWaiter = () => loopback.giveWay();
    await release(port);
    for (const other of ports) if (other !== port) locks.delete(other);
    return loopback;
  } catch (error) {
    await release();
    const isBusy = error instanceof DaypassError && error.code === 'port-busy';
    if (isBusy && held.length > 0) return held;
    throw error;
  }
}

/** Resolves when another sign-in has freed one of these ports, which were held at the last look. */
async function anyFreed(folder: string, held: readonly number[]): Promise<void> {
  const holders = await Promise.all(held.map((port) => connectToHolder(folder, portLock(port))));
  const found = holders.flatMap((holder) => holder ?? []);
  // One may be free by now: a sign-in that looks for a port holds the locks of all its ports for a moment.
  if (found.length === held.length) await Promise.race(found.map(ended));
  for (const holder of found) holder.destroy();
}

function ended(holder: Duplex): Promise<unknown> {
  return new Promise((resolve) => {
    holder
      .on('error', () => {})
      .on('close', resolve)
      .resume();
  });
}

function abandoned(ports: readonly number[]): DaypassError {
  const fault = `another sign-in of daypass used port ${ports.join(', ')} until the callers of this one had given up`;
  return new DaypassError('port-busy', fault, { hint: 'run the command again' });
}
