// The home directory decides where settings and locks lie, so it is never one of the working directory.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { createSandbox, daypassPath } from '../support/sandbox.ts';

interface Call {
  /** Undefined: not set. */
  home: string | undefined;
  uid?: number;
}

/** A call from a directory that has an .aws/config of its own. */
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

test('HOME that is relative is refused', async (t) => {
  const { code, stderr } = await call(t, { home: '.' });
  assert.match(stderr, /^daypass: bad-configuration: HOME is not an absolute path\nhint: .+\n$/);
  assert.equal(code, 65);
});

test('HOME that is empty is that of the user, and not the working directory', async (t) => {
  const { code, stderr } = await call(t, { home: '' });
  assert.match(stderr, /^daypass: unknown-profile: there is no \[profile developer\] in ~\//);
  assert.equal(code, 65);
});

const isRoot = process.getuid?.() === 0;
for (const uid of isRoot ? [3_999_999] : []) {
  test('a user whom the machine does not know, without HOME, is told so', async (t) => {
    const { code, stderr } = await call(t, { home: undefined, uid });
    assert.match(stderr, /^daypass: bad-configuration: HOME is not set, .+\nhint: set HOME .+\n$/);
    assert.equal(code, 65);
  });
}
