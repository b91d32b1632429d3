import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { test } from 'node:test';
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

/** Runs a process of the keychain that probes several times. Returns the errors of its answers. */
async function failuresOf(env: NodeJS.ProcessEnv, probes: number): Promise<unknown[]> {
  const program = join(import.meta.dirname, '../../dist/keychain-child.cjs');
  const child = spawn(process.execPath, [program], { env, stdio: ['pipe', 'ignore', 'ignore', 'pipe'] });
  const answers: { id: number; error?: unknown }[] = [];
  const lines = createInterface({ input: child.stdio[3] as Readable });
  for (let id = 1; id <= probes; id++) {
    child.stdin?.write(`${JSON.stringify({ id, method: 'check', account: '' })}\n`);
    const [line] = await once(lines, 'line');
    answers.push(JSON.parse(line));
  }
  child.stdin?.end();
  await once(child, 'exit');
  assert.equal(answers.length, probes);
  return answers.filter(({ error }) => error !== undefined);
}
