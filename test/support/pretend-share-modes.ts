import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import type { TestContext } from 'node:test';
import { pretendPlatform } from './pretend-platform.ts';

/** UV_FS_O_EXLOCK of libuv: share mode 0. */
const exclusive = 0x10000000;

/**
 * Until the end of the test, this process takes itself for one on Windows, and a file that it opens with share mode 0
 * cannot be opened twice. Does nothing on Windows.
 */
export function pretendShareModes(t: TestContext): void {
  if (process.platform === 'win32') return;
  pretendPlatform(t, 'win32');
  const { openSync, closeSync } = fs;
  const open = new Map<number, { inode: number; alone: boolean }>();
  t.mock.method(fs, 'openSync', (path: string, flags: string | number, mode?: number) => {
    const alone = typeof flags === 'number' && (flags & exclusive) !== 0;
    const inode = fs.statSync(path, { throwIfNoEntry: false })?.ino;
    const others = [...open.values()].filter((other) => other.inode === inode);
    if (others.some((other) => alone || other.alone))
      throw Object.assign(new Error('EBUSY'), { code: 'EBUSY', syscall: 'open' });
    const file = openSync(path, typeof flags === 'number' ? flags & ~exclusive : flags, mode);
    open.set(file, { inode: fs.fstatSync(file).ino, alone });
    return file;
  });
  t.mock.method(fs, 'closeSync', (file: number) => {
    open.delete(file);
    closeSync(file);
  });
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
}
