import { spawnSync } from 'node:child_process';
import { constants, openSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { temporaryFolder } from './temporary-folder.ts';

export interface LinkPipe {
  /** The value of DAYPASS_BROWSER. */
  browser: string;
  /** The number of links, one for each tab. */
  readonly tabs: number;
  nextLink(): Promise<string>;
  close(): void;
}

/**
 * Replaces the browser with a shell and a named pipe that pass the link on at once. A program in Node would
 * add a second start of Node to every figure that ends with the link.
 */
export function openLinkPipe(): LinkPipe {
  const folder = temporaryFolder('bench-links');
  const path = join(folder, 'links');
  const script = join(folder, 'launcher.sh');
  writeFileSync(script, 'printf "%s\\n" "$2" > "$1"\n');
  const { status } = spawnSync('mkfifo', ['-m', '600', path]);
  if (status !== 0) throw new Error('mkfifo failed');
  // The pipe is also open for writing, so that it does not end with each writer.
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
