// A file that another program has open: Windows refuses to replace or remove it; other systems allow it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readFileIfAny, replaceFile } from '../../src/process/files.ts';
import { whileInUse } from '../../src/process/in-use.ts';

const root = mkdtempSync(join(tmpdir(), 'daypass-in-use-'));
after(() => rmSync(root, { recursive: true }));
const source = join(import.meta.dirname, '..', '..', 'src');

/**
 * Runs an action that always fails with this code, where the system adds `late` milliseconds to each pause. Returns
 * the pauses, the milliseconds of all, and the error.
 */
function tried(code: string, isWindows: boolean, late = 0) {
  const pauses: number[] = [];
  let time = 5000;
  const failing = Object.assign(new Error(), { code });
  let error: unknown;
  try {
    whileInUse(
      () => {
        throw failing;
      },
      isWindows,
      {
        now: () => time,
        pauseFor: (pause) => {
          pauses.push(pause);
          time += pause + late;
        },
      },
    );
  } catch (thrown) {
    error = thrown;
  }
  assert.equal(error, failing);
  return { pauses, waited: time - 5000, error };
}

for (const code of ['EPERM', 'EACCES', 'EBUSY']) {
  test(`${code} is tried again for about 2 s on Windows, and at once an error elsewhere`, () => {
    const { pauses, waited } = tried(code, true);
    assert.ok(waited >= 2000 && waited < 2100, String(waited));
    assert.deepEqual(pauses.slice(0, 4), [1, 2, 4, 4]);
    assert.deepEqual(tried(code, false).pauses, []);
  });
}

test('the 2 s are those of the clock, although the timer of Windows has steps of 15.6 ms', () => {
  const { waited } = tried('EBUSY', true, 12);
  assert.ok(waited >= 2000 && waited < 2100, String(waited));
});

test('another error is never tried again', () => {
  for (const code of ['ENOENT', 'ENOSPC', 'EISDIR', 'ENOTEMPTY'])
    assert.deepEqual(tried(code, true).pauses, []);
});

const reader = `
  const { readFileSync } = require('node:fs');
  console.log('ready');
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (;; Atomics.wait(pause, 0, 0, 1)) try { readFileSync(process.argv[1]); } catch {}`;

test('a file is replaced 100 times, and read each time, while two programs read it again and again', async (t) => {
  const path = join(root, 'read.json');
  replaceFile(path, 'first');
  const readers = [1, 2].map(() =>
    spawn(process.execPath, ['-e', reader, path], { stdio: ['ignore', 'pipe', 'inherit'] }),
  );
  t.after(() => {
    for (const child of readers) child.kill('SIGKILL');
  });
  await Promise.all(readers.map(({ stdout }) => once(stdout, 'data')));
  for (let round = 0; round < 100; round++) {
    replaceFile(path, String(round));
    assert.equal(String(readFileIfAny(path)), String(round));
  }
  assert.deepEqual(
    readdirSync(root).filter((name) => name.startsWith('read.json')),
    ['read.json'],
  );
});

test('each place that renames or removes something waits for other programs, or is not for Windows', () => {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const changing = files.filter((name) =>
    /\b(rename|rm|rmdir|unlink)Sync\b|\b(rename|rm|rmdir|unlink)\b[^;]*'node:fs\/promises'/.test(
      readFileSync(join(source, name), 'utf8'),
    ),
  );
  // The folders of a lock exist on POSIX alone.
  assert.deepEqual(changing.map((name) => name.replaceAll('\\', '/')).sort(), [
    'process/files.ts',
    'state/lock.ts',
  ]);
});
