// The home directory decides where settings and locks are, so it never depends on the working directory.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { DaypassError } from '../../src/errors.ts';
import { homeDirectory } from '../../src/process/home-directory.ts';
import { pretendPlatform } from '../support/pretend-platform.ts';
import { createSandbox, testedProgram } from '../support/sandbox.ts';

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
  const [file, ...args] = testedProgram.words;
  const child = spawn(file, [...args, 'status', '--profile', 'developer'], {
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

const absolute = ['C:\\Users\\ada', 'd:/profiles/ada', '\\\\server\\homes\\ada', '\\\\?\\C:\\Users\\ada'];
const relative = ['ada', '.', '..\\ada', 'C:ada', 'C:', '\\ada', '/ada', '~', '%SystemDrive%\\ada', '\\\\'];

for (const name of ['USERPROFILE', 'LOCALAPPDATA']) {
  const other = { USERPROFILE: 'C:\\Users\\ada' };
  test(`on Windows ${name} must be an absolute path`, (t) => {
    pretendPlatform(t, 'win32');
    for (const path of absolute) {
      const home = homeDirectory({ ...other, [name]: path });
      assert.equal(home, name === 'USERPROFILE' ? path : other.USERPROFILE);
    }
    for (const path of relative) {
      assert.throws(
        () => homeDirectory({ ...other, [name]: path }),
        (error) => {
          assert.ok(error instanceof DaypassError);
          assert.equal(error.code, 'bad-configuration');
          assert.equal(error.message, `${name} is not an absolute path`);
          assert.match(error.hint ?? '', new RegExp(`^set ${name} to a path that begins with a drive`));
          return true;
        },
        path,
      );
    }
  });
}

test('on Windows an empty LOCALAPPDATA is none, and HOME does not count', (t) => {
  pretendPlatform(t, 'win32');
  const env = { USERPROFILE: 'C:\\ada', LOCALAPPDATA: '', HOME: '/c/ada' };
  assert.equal(homeDirectory(env), 'C:\\ada');
});
