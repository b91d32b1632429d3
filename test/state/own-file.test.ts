// A file of the state directory is read only if this user alone can have written it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { readJsonIfAny, readOwnFileIfAny } from '../../src/state/own-file.ts';

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-own-file-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('a file of the user is read, and a missing one is undefined', (t) => {
  const path = join(folderFor(t), 'x.json');
  assert.deepEqual([readOwnFileIfAny(path), readJsonIfAny(path)], [undefined, undefined]);
  writeFileSync(path, '{"a":1}', { mode: 0o600 });
  assert.equal(readOwnFileIfAny(path), '{"a":1}');
  assert.deepEqual(readJsonIfAny(path), { a: 1 });
});

const wrongs: Record<string, (path: string) => void> = {
  'a link to a file of the user'(path) {
    writeFileSync(`${path}.other`, '{}', { mode: 0o600 });
    symlinkSync(`${path}.other`, path);
  },
  'a link to nothing': (path) => symlinkSync('nowhere', path),
  'a pipe without a writer': (path) => void execFileSync('mkfifo', ['-m', '600', path]),
  'longer than 16 MiB'(path) {
    writeFileSync(path, '{}', { mode: 0o600 });
    truncateSync(path, (16 << 20) + 1);
  },
  'a folder': (path) => mkdirSync(path),
  'readable by others': (path) => writeFileSync(path, '{}', { mode: 0o644 }),
  ...(process.getuid?.() === 0
    ? {
        'of another user'(path: string) {
          writeFileSync(path, '{}', { mode: 0o600 });
          chownSync(path, 3_999_999, 3_999_999);
        },
      }
    : {}),
};
const options = { skip: process.platform === 'win32' && 'files on Windows have no mode' };
for (const [what, make] of Object.entries(wrongs)) {
  test(`a file that is ${what} is refused, and counts as no JSON`, options, (t) => {
    const path = join(folderFor(t), 'x.json');
    make(path);
    assert.throws(() => readOwnFileIfAny(path), { code: 'unsafe-file' });
    assert.equal(readJsonIfAny(path), undefined);
  });
}

test('no file is read in a folder that other users can write to', options, (t) => {
  const folder = folderFor(t);
  const path = join(folder, 'x.json');
  writeFileSync(path, '{}', { mode: 0o600 });
  chmodSync(folder, 0o777);
  for (const read of [readOwnFileIfAny, readJsonIfAny])
    assert.throws(() => read(path), { code: 'unsafe-directory' });
});
