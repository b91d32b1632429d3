import { spawnSync } from 'node:child_process';
import { constants, openSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { temporaryFolder } from './temporary-folder.ts';

export interface LinkPipe {
  /** The value of DAYPASS_BROWSER. */
  browser: string;
  /** How many links came, a tab each. */
  readonly tabs: number;
  nextLink(): Promise<string>;
  close(): void;
}

/**
 * Stands where a browser is started, and hands its link over at once: a shell and a named pipe, because a launcher written in
 * Node would add a second Node start to every figure that ends with the link.
 */
export function openLinkPipe(): LinkPipe {
  const folder = temporaryFolder('bench-links');
  const path = join(folder, 'links');
  const script = join(folder, 'launcher.sh');
  writeFileSync(script, 'printf "%s\\n" "$2" > "$1"\n');
  const { status } = spawnSync('mkfifo', ['-m', '600', path]);
  if (status !== 0) throw new Error('mkfifo failed');
  // Open for writing as well, so that it does not end with each writer.
  const descriptor = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const socket = new Socket({ fd: descriptor, readable: true, writable: false });
  const links: string[] = [];
  let wake = () => {};
  let tabs = 0;
  createInterface({ input: socket }).on('line', (link) => {
    tabs += 1;
    links.push(link);
    wake();
  });
  return {
    browser: `/bin/sh "${script}" "${path}"`,
    get tabs() {
      return tabs;
    },
    async nextLink() {
      for (;;) {
        const link = links.shift();
        if (link) return link;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    close() {
      socket.destroy();
    },
  };
}
