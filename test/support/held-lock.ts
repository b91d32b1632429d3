import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { signInKey } from '../../src/session/keys.ts';
import { ensurePrivateFolder } from '../../src/state/directory.ts';
import { acquireLock, type HeldLock } from '../../src/state/lock.ts';
import type { Sandbox } from './sandbox.ts';
import type { AnyProvider } from './stage.ts';

export type LockName = 'renewal' | 'start';

/** Returns the key of the stage's sign-in in the keychain. */
export function signInOf({ provider }: { provider: AnyProvider }, clientId = provider.clientId): string {
  return signInKey([provider.issuer, clientId, null, [], 'keychain']);
}

/** Takes a lock of a sign-in, so that daypass meets the test as its holder. */
export async function takeLock(
  stage: { sandbox: Sandbox; provider: AnyProvider },
  name: LockName,
  onConnection: (socket: Duplex) => void,
  clientId?: string,
): Promise<HeldLock> {
  const state = join(stage.sandbox.home, '.local/state/daypass');
  const folder = ensurePrivateFolder(state, signInOf(stage, clientId));
  const sockets = new Set<Duplex>();
  const lock = await acquireLock(folder, name, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onConnection(socket);
  });
  if (!lock) throw new Error(`${name} is not free`);
  return {
    async release() {
      await lock.release();
      for (const socket of sockets) socket.destroy();
    },
  };
}
