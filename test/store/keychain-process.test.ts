import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { KeychainProcess } from '../../src/store/keychain-process.ts';

// Runs instead of Node with the keychain's process.
const hangs = `#!/bin/sh
exec sleep 60
`;
const answers = `#!/bin/sh
while IFS= read -r line; do
  id=$(printf %s "$line" | sed 's/^{"id":\\([0-9]*\\).*/\\1/')
  echo "{\\"id\\":$id,\\"value\\":\\"found\\"}" >&3
done
`;

const answersOnce = `#!/bin/sh
IFS= read -r line
id=$(printf %s "$line" | sed 's/^{"id":\\([0-9]*\\).*/\\1/')
echo "{\\"id\\":$id,\\"value\\":\\"found\\"}" >&3
exec sleep 60
`;

const prints = answers.replace(
  '  echo',
  `  echo "{\\"id\\":$id,\\"value\\":\\"printed\\"}"
  printf '(process:1): GLib-GIO-DEBUG: x\\nnull\\n5\\n' >&3
  echo`,
);

/** Meets an error that another process would not meet, each time. */
const differs = answers.replace(
  /\\"value\\":\\"found\\"/,
  '\\"elsewhere\\":true,\\"error\\":{\\"code\\":\\"keychain-failed\\",\\"faults\\":[\\"differs\\"]}',
);

/** Meets such an error in the first call alone, writes its number to a pipe, and then answers the next call. */
const differsOnce = `${differs.replace('done', 'break\ndone')}echo $$ > PIPE\n${answers}`;

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Returns a keychain, and what makes its next process run a program instead of Node. */
function keychainOf(t: TestContext): { keychain: KeychainProcess; become: (program: string) => void } {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-keychain-'));
  const { execPath } = process;
  const keychain = new KeychainProcess();
  t.after(() => {
    keychain.close();
    process.execPath = execPath;
    rmSync(folder, { recursive: true });
  });
  const become = (program: string) => {
    process.execPath = mkdtempSync(join(folder, 'keychain-')).concat('/program');
    writeFileSync(process.execPath, program);
    chmodSync(process.execPath, 0o700);
  };
  return { keychain, become };
}

test('what a native library prints is no answer, and the answer after it arrives', async (t) => {
  const { keychain, become } = keychainOf(t);
  become(prints);
  assert.equal(await keychain.read('a'), 'found');
  assert.equal(await keychain.read('b'), 'found');
});

test('KC06 a call whose process has another key is made by the next process, and every call that waits too', async (t) => {
  const { keychain, become } = keychainOf(t);
  become(differs);
  const calls = ['a', 'b', 'c'].map((account) => keychain.read(account));
  become(answers);
  assert.deepEqual(await Promise.all(calls), ['found', 'found', 'found']);
});

test('KC06 a process with another key ends after its last call, also if that one succeeds', {
  timeout: 30_000,
}, async (t) => {
  const { keychain, become } = keychainOf(t);
  const folder = mkdtempSync(join(tmpdir(), 'daypass-pid-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  become(differsOnce.replace('PIPE', pipe));
  const calls = [keychain.read('a'), keychain.read('b')];
  become(answers);
  assert.equal(await calls[0], 'found');
  const pid = Number(await readFile(pipe, 'utf8'));
  assert.equal(await calls[1], 'found');
  while (isAlive(pid)) await new Promise((resolve) => setImmediate(resolve));
});

test('KC06 the call fails if four processes in a row have another key', async (t) => {
  const { keychain, become } = keychainOf(t);
  become(differs);
  await assert.rejects(keychain.read('a'), { code: 'keychain-failed', message: 'differs' });
});

test('after a call that hung the next call gets a new process, and the exit of the killed one does not affect it', async (t) => {
  const { keychain, become } = keychainOf(t);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  become(hangs);
  const hanging = assert.rejects(keychain.read('a'), { code: 'keychain-unresponsive' });
  t.mock.timers.tick(20_000);
  become(answers);
  const next = keychain.read('b');
  await hanging;
  assert.equal(await next, 'found');
  assert.equal(await keychain.read('c'), 'found');
});

test('a call that waits behind others has its own time, and all that wait end with the one that hangs', async (t) => {
  const { keychain, become } = keychainOf(t);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  become(answersOnce);
  const first = keychain.read('a');
  const waiting = ['b', 'c'].map((account) => keychain.read(account).catch((error) => error.code));
  t.mock.timers.tick(15_000);
  assert.equal(await first, 'found');
  t.mock.timers.tick(15_000);
  assert.equal(
    await Promise.race([...waiting, new Promise((resolve) => setImmediate(resolve, 'waits'))]),
    'waits',
  );
  t.mock.timers.tick(5000);
  assert.deepEqual(await Promise.all(waiting), ['keychain-unresponsive', 'keychain-unresponsive']);
});
