import assert from 'node:assert/strict';
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertVersion1 } from '../support/credentials-format.ts';
import { openStage, signInProgram } from '../support/stage.ts';

test('store = file needs an explicit choice, is readable by its owner only, and is gone after logout', async () => {
  const stage = await openStage({ keys: { daypass_store: 'file', daypass_browser: signInProgram } });
  const { sandbox, keyring } = stage;
  const before = process.umask(0);
  try {
    const first = await stage.daypass();
    assert.equal(first.stderr, '');
    assertVersion1(first.stdout);
    assert.equal((await stage.daypass()).stdout, first.stdout);
    assert.deepEqual(await keyring.accounts('daypass'), []);

    const secrets = Object.keys(sandbox.files()).filter((path) => path.endsWith('.secret'));
    assert.equal(secrets.length, 2);
    for (const path of Object.keys(sandbox.files()).filter((name) => name.startsWith('.local'))) {
      assert.equal(lstatSync(join(sandbox.home, path)).mode & 0o777, 0o600, path);
    }
    assert.match((await stage.daypass(['status'])).stdout, /^ {2}store +file$/m);

    assert.equal((await stage.daypass(['logout'])).code, 0);
    assert.deepEqual(
      Object.keys(sandbox.files()).filter((path) => path.endsWith('.secret')),
      [],
    );
  } finally {
    process.umask(before);
    await stage.close();
  }
});
