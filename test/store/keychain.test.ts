import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { test } from 'node:test';
import type { KeychainAnswer, KeychainRequest } from '../../src/store/keychain-process.ts';
import { startKeyring } from '../support/keyring.ts';
import { createSandbox } from '../support/sandbox.ts';

const profile = `[profile developer]
daypass_issuer = http://127.0.0.1:9
daypass_client_id = daypass
daypass_role_arn = arn:aws:iam::123456789012:role/DeveloperAccess
daypass_browser = /bin/false
`;

test('without a secret service a call exits with 75 and opens nothing', async () => {
  const sandbox = await createSandbox({
    config: profile,
    env: { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' },
  });
  try {
    const { code, stdout, stderr } = await sandbox.run(['--profile', 'developer']);
    assert.equal(code, 75);
    assert.equal(stdout, '');
    assert.match(stderr, /^daypass: keychain-missing: .*\nhint: .*daypass_store = file.*\n$/);
  } finally {
    assert.deepEqual(await sandbox.remove(), []);
  }
});

test('a locked keyring is an error before a browser opens, and does not count as empty', async () => {
  const keyring = await startKeyring({ unlocked: false });
  const sandbox = await createSandbox({ config: profile, env: keyring.env });
  try {
    const { code, stdout, stderr } = await sandbox.run(['--profile', 'developer']);
    assert.equal(code, 75);
    assert.equal(stdout, '');
    assert.match(stderr, /^daypass: keychain-locked: .*\nhint: .*\n$/);
  } finally {
    assert.deepEqual(await sandbox.remove(), []);
    await keyring.stop();
  }
});

test('processes that probe one keyring at once do not disturb each other', async () => {
  const keyring = await startKeyring();
  try {
    const failures = await Promise.all(Array.from({ length: 8 }, () => failuresOf(keyring.env, 10)));
    assert.deepEqual(failures.flat(), []);
    assert.deepEqual(await keyring.accounts('daypass'), []);
  } finally {
    await keyring.stop();
  }
});

test('KC06 the process of the keychain says that another one would have the right key', async () => {
  const keyring = await startKeyring();
  const folder = mkdtempSync(join(tmpdir(), 'key-differs-'));
  const differing = (how: string) => ({
    ...keyring.env,
    KEY_DIFFERS: how,
    KEY_DIFFERS_MARK: join(folder, how),
  });
  const preload = ['--require', join(import.meta.dirname, '../support/key-differs.cjs')];
  const [write, read] = [
    { method: 'write', account: 'a', value: 'v' },
    { method: 'read', account: 'a' },
  ] as const;
  try {
    const [refused, again] = await answersOf(differing('secret'), [write, write], preload);
    assert.deepEqual([refused?.elsewhere, again?.elsewhere], [true, true]);
    assert.deepEqual(await answersOf(differing('secret'), [write], preload), [{ id: 1 }]);
    const [none] = await answersOf(differing('nothing'), [read], preload);
    assert.equal(none?.elsewhere, true, 'the entry is there');
    const [closed, open] = await answersOf(differing('session'), [read, read], preload);
    assert.equal(closed?.elsewhere, true);
    assert.equal(open?.value, 'v');
    const missing = { method: 'read', account: 'b' } as const;
    rmSync(join(folder, 'nothing'));
    assert.deepEqual(await answersOf(differing('nothing'), [missing], preload), [{ id: 1 }], 'there is none');
  } finally {
    rmSync(folder, { recursive: true });
    await keyring.stop();
  }
});

/** Runs a process of the keychain that probes several times. Returns the errors of its answers. */
async function failuresOf(env: NodeJS.ProcessEnv, probes: number): Promise<unknown[]> {
  const probe = { method: 'check', account: '' } as const;
  const answers = await answersOf(env, Array(probes).fill(probe));
  return answers.filter(({ error }) => error !== undefined);
}

/** Runs a process of the keychain, and returns its answers to the requests, one after another. */
async function answersOf(
  env: NodeJS.ProcessEnv,
  requests: Omit<KeychainRequest, 'id'>[],
  options: string[] = [],
): Promise<KeychainAnswer[]> {
  const program = join(import.meta.dirname, '../../dist/keychain-child.cjs');
  const stdio = ['pipe', 'ignore', 'ignore', 'pipe'] as const;
  const child = spawn(process.execPath, [...options, program], { env, stdio: [...stdio] });
  const answers: KeychainAnswer[] = [];
  const lines = createInterface({ input: child.stdio[3] as Readable });
  for (const [index, request] of requests.entries()) {
    child.stdin?.write(`${JSON.stringify({ id: index + 1, ...request })}\n`);
    const [line] = await once(lines, 'line');
    answers.push(JSON.parse(line));
  }
  child.stdin?.end();
  await once(child, 'exit');
  return answers;
}
