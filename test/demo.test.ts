import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { startKeyring } from './support/keyring.ts';
import { processesWith } from './support/processes.ts';
import { until } from './support/until.ts';

const demo = resolve(import.meta.dirname, '../demo/demo.ts');

async function runDemo(env: Record<string, string>): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-demo-test-'));
  const marker = `TMPDIR=${folder}`;
  try {
    const child = spawn(process.execPath, ['--import', 'tsx', demo], {
      env: { PATH: process.env.PATH ?? '', HOME: folder, TMPDIR: folder, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [stdout, stderr, code] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      new Promise((done) => child.on('close', done)),
    ]);
    assert.equal(code, 0, stdout + stderr);
    // The listener answers a reload of its last page for a second.
    await until(() => processesWith(marker).length === 0, 'all processes ended');
    // tsx stores its compiled files in the folder for temporary files.
    assert.deepEqual(
      readdirSync(folder).filter((name) => !name.startsWith('tsx-')),
      [],
    );
    return stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function assertTold(stdout: string): void {
  assert.match(stdout, /"SecretAccessKey": ".{4}… \(40 characters\)"/);
  assert.match(stdout, /1 code exchange; of STS: 1 call/);
  assert.match(stdout, /igned in as ada@example\.com until /);
  assert.match(stdout, /signed out of profile demo/);
  assert.match(stdout, /refuses the refresh token now/);
}

test('the demo without display and keychain says so, signs in by itself and leaves nothing behind', async () => {
  const stdout = await runDemo({ DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' });
  assert.match(stdout, /There is no keychain here/);
  assert.match(stdout, /There is no display here/);
  assertTold(stdout);
});

test('the demo uses the keychain, if there is one, and deletes its entries', async () => {
  const keyring = await startKeyring();
  try {
    const stdout = await runDemo(keyring.env);
    assert.match(stdout, /goes into this machine's keychain/);
    assertTold(stdout);
    assert.deepEqual(await keyring.accounts('daypass'), []);
    assert.deepEqual(await keyring.accounts('daypass demo'), []);
  } finally {
    await keyring.stop();
  }
});
