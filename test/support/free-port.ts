import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Returns a port that is free at the loopback addresses and that no system gives to a program which names none:
 * those are 32768 and above. Such a port can become the local end of any connection as soon as it is closed.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(12_000, 32_768);
    if ((await isFree(port, '127.0.0.1')) && (await isFree(port, '::1'))) return port;
  }
}

async function isFree(port: number, host: string): Promise<boolean> {
  const server = createServer().listen({ port, host, ipv6Only: true });
  try {
    await once(server, 'listening');
  } catch (error) {
    // Without IPv6 no program can have the port there.
    return /^(EADDRNOTAVAIL|EAFNOSUPPORT)$/.test(`${(error as NodeJS.ErrnoException).code}`);
  }
  await once(server.close(), 'close');
  return true;
}
