// The file of --log is a regular file of this user, or is not used.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chownSync,
  closeSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openLogFile } from '../../src/process/log-file.ts';

function pathFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-log-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'log');
}

function append(path: string, text: string): void {
  const file = openLogFile(path) ?? assert.fail();
  writeSync(file, text);
  closeSync(file);
}

const options = { skip: process.platform === 'win32' && 'files on Windows have no mode' };

test('a log is appended to and becomes 0600', options, (t) => {
  const path = pathFor(t);
  append(path, 'one\n');
  assert.equal(statSync(path).mode & 0o777, 0o600);
  execFileSync('chmod', ['666', path]);
  append(path, 'two\n');
  assert.equal(readFileSync(path, 'utf8'), 'one\ntwo\n');
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('/dev/null has no file, and /dev/stderr is stderr', () => {
  assert.deepEqual([openLogFile('/dev/null'), openLogFile('/dev/stderr')], [undefined, 2]);
});

const wrongs: Record<string, [make: (path: string) => void, reason: RegExp]> = {
  'a link': [(path) => symlinkSync(`${path}.target`, path), /^is a link$/],
  'a pipe without a reader': [(path) => void execFileSync('mkfifo', [path]), /^is not a regular file$/],
  'a folder': [(path) => mkdirSync(path), /^is not a regular file$/],
  'a second name of a file': [
    (path) => {
      writeFileSync(`${path}.first`, '');
      linkSync(`${path}.first`, path);
    },
    /hard link/,
  ],
  ...(process.getuid?.() === 0
    ? {
        'a file of another user': [
          (path: string) => {
            writeFileSync(path, '');
            chownSync(path, 3_999_999, 3_999_999);
          },
          /^belongs to another user \(uid 3999999\)$/,
        ] as [(path: string) => void, RegExp],
      }
    : {}),
};
for (const [what, [make, reason]] of Object.entries(wrongs)) {
  test(`${what} is no log`, options, (t) => {
    const path = pathFor(t);
    make(path);
    assert.throws(() => openLogFile(path), { message: reason });
  });
}

test('a device and a missing folder are no logs', options, () => {
  assert.throws(() => openLogFile('/dev/zero'), /is not a regular file/);
  assert.throws(() => openLogFile('/nowhere/log'), /cannot be written \(ENOENT\)/);
});
