import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';

export interface VirtualDisplay {
  /** The value of DISPLAY. */
  name: string;
  stop(): Promise<void>;
}

/** A screen of its own, without a window manager, on the first display number that is free. */
export async function startVirtualDisplay(): Promise<VirtualDisplay> {
  const args = ['-displayfd', '3', '-screen', '0', '1280x900x24', '-nolisten', 'tcp', '-noreset'];
  const server = spawn('/usr/bin/Xvfb', args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const abandon = () => void server.kill('SIGKILL');
  process.once('exit', abandon);
  const exited = once(server, 'exit');
  // Xvfb writes the number there once it accepts clients.
  const [number] = await once(server.stdio[3] as Readable, 'data', { signal: AbortSignal.timeout(60_000) });
  return {
    name: `:${String(number).trim()}`,
    async stop() {
      process.off('exit', abandon);
      server.kill();
      await exited;
    },
  };
}
