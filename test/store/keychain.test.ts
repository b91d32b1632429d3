import assert from 'node:assert/strict';
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
