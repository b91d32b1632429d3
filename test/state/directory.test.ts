import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, normalize } from 'node:path';
import { after, test } from 'node:test';
import { DaypassError } from '../../src/errors.ts';
import { ensurePrivateFolder, replaceFile, stateDirectory } from '../../src/state/directory.ts';
import { pretendPlatform } from '../support/pretend-platform.ts';
import { pretendUser } from '../support/pretend-user.ts';

const root = mkdtempSync(join(tmpdir(), 'daypass-state-'));
after(() => rmSync(root, { recursive: true }));

let count = 0;
const fresh = () => join(root, String(++count));

function assertRefused(action: () => void, code: string, text: RegExp): void {
  assert.throws(action, (error) => {
    assert.ok(error instanceof DaypassError && error.hint);
    assert.equal(error.code, code);
    assert.match(`${error.message}\n${error.hint}`, text);
    return true;
  });
}

const homes: [platform: NodeJS.Platform, env: NodeJS.ProcessEnv, expected: string][] = [
  ['linux', { XDG_RUNTIME_DIR: '/run/user/1' }, '/home/ada/.local/state/daypass'],
  ['linux', { XDG_STATE_HOME: '/var/ada' }, '/var/ada/daypass'],
  ['linux', { XDG_STATE_HOME: 'relative' }, '/home/ada/.local/state/daypass'],
  ['darwin', { XDG_STATE_HOME: '/var/ada' }, '/home/ada/Library/Application Support/daypass'],
  ['win32', { XDG_STATE_HOME: '/var/ada' }, '/home/ada/AppData/Local/daypass'],
  ['win32', { LOCALAPPDATA: '/ada/local' }, '/ada/local/daypass'],
];

for (const [platform, env, expected] of homes) {
  test(`on ${platform} with ${JSON.stringify(env)} it is ${expected}`, (t) => {
    pretendPlatform(t, platform);
    assert.equal(normalize(stateDirectory(env, '/home/ada')), normalize(expected));
  });
}

/** macOS has no variable for the state directory. */
const otherPlace = process.platform === 'darwin' ? /use a HOME/ : /set XDG_STATE_HOME/;

/** Windows has access lists instead of modes. */
const modes = { skip: process.platform === 'win32' && 'files on Windows have no mode' };

test('only the owner can use a sign-in folder, under any umask', modes, () => {
  const before = process.umask(0);
  try {
    const folder = ensurePrivateFolder(fresh(), 'a'.repeat(32));
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    replaceFile(join(folder, 'x'), 'text');
    assert.equal(statSync(join(folder, 'x')).mode & 0o777, 0o600);
    process.umask(0o777);
    replaceFile(join(folder, 'y'), 'text');
    assert.equal(statSync(join(folder, 'y')).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(folder).sort(), ['x', 'y']);
  } finally {
    process.umask(before);
  }
});

test('many processes create the same folders at the same time', async () => {
  const state = fresh();
  const module = new URL('../../src/state/directory.ts', import.meta.url).href;
  const program = `
    import { ensurePrivateFolder } from ${JSON.stringify(module)};
    console.log('ready');
    process.stdin.once('data', (start) => {
      for (let round = 0; round < 50; round++) {
        while (Date.now() < Number(start) + 10 * round);
        ensurePrivateFolder(${JSON.stringify(state)} + round + '/a/b', 'c');
      }
      process.exit(0);
    });`;
  const children = Array.from({ length: 3 }, () =>
    spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      stdio: ['pipe', 'pipe', 'inherit'],
    }),
  );
  await Promise.all(children.map(({ stdout }) => once(stdout, 'data')));
  const start = `${Date.now() + 100}\n`;
  const exits = children.map((child) => once(child, 'exit'));
  for (const { stdin } of children) stdin.write(start);
  assert.deepEqual(
    (await Promise.all(exits)).map(([code]) => code),
    [0, 0, 0],
  );
});

test(
  'a directory that others can write to is refused, and the hint has the command that fixes it',
  modes,
  () => {
    const state = fresh();
    mkdirSync(state);
    chmodSync(state, 0o777);
    assertRefused(() => ensurePrivateFolder(state, 'a'), 'unsafe-directory', /^run: chmod 700 /m);
  },
);

test('a directory that others can only read becomes private', modes, () => {
  const state = fresh();
  mkdirSync(state);
  chmodSync(state, 0o755);
  ensurePrivateFolder(state, 'a');
  assert.equal(statSync(state).mode & 0o777, 0o700);
});

test('a link or a file in place of the directory is refused', modes, () => {
  const target = fresh();
  mkdirSync(target, { mode: 0o700 });
  const link = fresh();
  symlinkSync(target, link);
  assertRefused(() => ensurePrivateFolder(link, 'a'), 'unsafe-directory', /ls -ld/);
  const file = fresh();
  writeFileSync(file, '');
  assertRefused(() => ensurePrivateFolder(file, 'a'), 'unsafe-directory', /is not a directory/);
});

test('nothing is made in a folder that other users can write to', modes, () => {
  const above = fresh();
  mkdirSync(above);
  chmodSync(above, 0o777);
  const state = join(above, 'a', 'daypass');
  assertRefused(() => ensurePrivateFolder(state, 'a'), 'unsafe-directory', otherPlace);
  assert.deepEqual(readdirSync(above), []);
});

/** Only root can give files to another user. */
const asRoot = { skip: process.getuid?.() !== 0 && 'only root can give files away' };

test('a directory of another user is refused without the advice to remove it', asRoot, () => {
  const state = fresh();
  mkdirSync(state);
  chownSync(state, 3_999_999, 3_999_999);
  assertRefused(
    () => ensurePrivateFolder(state, 'a'),
    'unsafe-directory',
    /belongs to another user \(uid 3999999\)\n(set XDG_STATE_HOME to a folder|use a HOME) that only you and root can change, then run the command again$/,
  );
});

test('a person takes back what root has left', asRoot, (t) => {
  const state = fresh();
  mkdirSync(state);
  pretendUser(t, 1000);
  assertRefused(
    () => ensurePrivateFolder(state, 'a'),
    'unsafe-directory',
    /belongs to root\n.*run: sudo chown -R 1000 /,
  );
});

test('a name that is too long for the file system is reported', () => {
  assertRefused(() => ensurePrivateFolder(fresh(), 'x'.repeat(300)), 'io', /cannot create/);
  assertRefused(() => ensurePrivateFolder(`${fresh()}${'x'.repeat(300)}`, 'a'), 'io', /cannot create/);
});

test('a file that cannot be replaced is unchanged, and no temporary file remains', () => {
  const folder = ensurePrivateFolder(fresh(), 'a');
  mkdirSync(join(folder, 'taken'));
  assertRefused(() => replaceFile(join(folder, 'taken'), 'text'), 'io', /cannot write/);
  assert.deepEqual(readdirSync(folder), ['taken']);
});
