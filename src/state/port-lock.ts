import { join } from 'node:path';
import { connectToHolder } from './lock.ts';

/** The folder of the state directory with the locks of fixed redirect ports. */
export const portsFolder = 'ports';

/** Returns the name of the lock that a sign-in of daypass holds while it listens on this port. */
export function portLock(port: number): string {
  return `port-${port}`;
}

/** Returns those of the ports that sign-ins of daypass hold now. Throws `io`. */
export async function portsOfSignIns(stateDirectory: string, ports: readonly number[]): Promise<number[]> {
  const held: number[] = [];
  for (const port of ports) {
    const holder = await connectToHolder(join(stateDirectory, portsFolder), portLock(port));
    holder?.destroy();
    if (holder) held.push(port);
  }
  return held;
}
