import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface DefaultBrowser {
  /** Returns the process and the link of each start, in order. */
  launches(): { pid: number; link: string }[];
}

/** Registers this command line as the desktop's browser for xdg-open; the shell command `before` runs first. */
export function makeDefaultBrowser(home: string, command: string, { before = '' } = {}): DefaultBrowser {
  const program = join(home, '..', 'browser');
  const launches = `${program}.launches`;
  const lines = ['#!/bin/sh', `echo "$$ $1" >> '${launches}'`, before, `exec ${command} "$@"`];
  writeFileSync(program, `${lines.join('\n')}\n`, { mode: 0o755 });
  const folder = join(home, '.local/share/applications');
  mkdirSync(folder, { recursive: true });
  const entry = `[Desktop Entry]\nType=Application\nName=Browser\nExec=${program} %u\n`;
  writeFileSync(join(folder, 'browser.desktop'), entry);
  const handler = '[Default Applications]\nx-scheme-handler/http=browser.desktop\n';
  writeFileSync(join(folder, 'mimeapps.list'), handler);
  return {
    launches() {
      const text = existsSync(launches) ? readFileSync(launches, 'utf8') : '';
      return text.split('\n').flatMap((line) => {
        const [pid, link = ''] = line.split(' ');
        return pid ? [{ pid: Number(pid), link }] : [];
      });
    },
  };
}
