import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createSandbox } from '../support/sandbox.ts';

test('daypass --version prints the version of the package, and needs no settings', async (t) => {
  const sandbox = await createSandbox();
  t.after(() => sandbox.remove());
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'));
  const { code, stdout, stderr } = await sandbox.run(['--version']);
  assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: `daypass ${version}\n`, stderr: '' });
});
