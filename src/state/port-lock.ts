import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { connectToHolder } from './lock.ts';

/** The folder of the state directory with the locks of fixed redirect ports. */
export const portsFolder = 'ports';

/** Returns the name of the lock that a sign-in of daypass holds while it listens on this port. */
export function portLock(port: number): string {
  return `port-${port}`;
}

/** Milliseconds in which a sign-in that has ended gives its port to the next one. */
const handover = 200;

/** Returns those of the ports that open sign-ins of daypass hold. One that has ended frees its port. Throws `io`. */
export async function portsOfSignIns(stateDirectory: string, ports: readonly number[]): Promise<number[]> {
  const held: number[] = [];
  for (const port of ports) {
    const holder = await connectToHolder(join(stateDirectory, portsFolder), portLock(port));
    if (holder && !(await endsWithin(holder, handover))) held.push(port);
    holder?.destroy();
  }
  return held;
}

function endsWithin(holder: Duplex, patience: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), patience);
    const end = () => {
      clearTimeout(timer);
      resolve(true);
    };
    holder
      .on('error', () => {})
      .on('close', end)
      .resume();
  });
}
