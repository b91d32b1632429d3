// The home directory decides where settings and locks are, so it never depends on the working directory.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { createSandbox, daypassPath } from '../support/sandbox.ts';

interface Call {
  /** Undefined if HOME is not set. */
  home: string | undefined;
  uid?: number;
}

/** Calls daypass in a directory that has its own .aws/config. */
async function call(t: TestContext, { home, uid }: Call): Promise<{ code: unknown; stderr: string }> {
  const sandbox = await createSandbox();
  t.after(() => sandbox.remove());
  const cwd = join(sandbox.home, 'repository');
  mkdirSync(join(cwd, '.aws'), { recursive: true });
  writeFileSync(join(cwd, '.aws', 'config'), '[profile developer]\ndaypass_issuer = https://evil.example\n');
  const env: NodeJS.ProcessEnv = { PATH: sandbox.env.PATH, ...(home === undefined ? {} : { HOME: home }) };
  const child = spawn(process.execPath, [daypassPath, 'status', '--profile', 'developer'], {
    cwd: uid === undefined ? cwd : '/',
    env,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(uid === undefined ? {} : { uid }),
  });
  const ended = new Promise((resolve) => child.on('close', resolve));
  return { stderr: await text(child.stderr as Readable), code: await ended };
}

test('a relative HOME is an error', async (t) => {
  const { code, stderr } = await call(t, { home: '.' });
  assert.match(stderr, /^daypass: bad-configuration: HOME is not an absolute path\nhint: .+\n$/);
  assert.equal(code, 65);
});

test('an empty HOME means the home directory of the user, not the working directory', async (t) => {
  const { code, stderr } = await call(t, { home: '' });
  assert.match(stderr, /^daypass: unknown-profile: there is no \[profile developer\] in ~\//);
  assert.equal(code, 65);
});

const isRoot = process.getuid?.() === 0;
for (const uid of isRoot ? [3_999_999] : []) {
  test('an unknown user without HOME gets an error', async (t) => {
    const { code, stderr } = await call(t, { home: undefined, uid });
    assert.match(stderr, /^daypass: bad-configuration: HOME is not set, .+\nhint: set HOME .+\n$/);
    assert.equal(code, 65);
  });
}
