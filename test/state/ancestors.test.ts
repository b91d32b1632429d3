// Which folders above the state directory are safe. Folders of other users are made as root alone.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, lchownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { DaypassError } from '../../src/errors.ts';
import { assertAncestors } from '../../src/state/ancestors.ts';
import { pretendUser } from '../support/pretend-user.ts';

const root = mkdtempSync(join(tmpdir(), 'daypass-ancestors-'));
after(() => rmSync(root, { recursive: true }));
const windows = process.platform === 'win32' && 'folders on Windows have no mode';
const asRoot = { skip: process.getuid?.() !== 0 && 'only root can give folders to other users' };

/** A user and a group that no machine has. */
const stranger = 3_999_999;

let count = 0;
/** Makes two folders, and returns the outer and the inner one. */
function folders(mode: number, uid = -1, gid = -1): [above: string, path: string] {
  const above = join(root, String(++count));
  const path = join(above, 'state');
  mkdirSync(path, { recursive: true, mode: 0o700 });
  chownSync(above, uid, gid);
  chmodSync(above, mode);
  return [above, path];
}

function assertRefused(path: string, text: RegExp): void {
  assert.throws(
    () => assertAncestors(path),
    (error) => {
      assert.ok(error instanceof DaypassError);
      assert.equal(error.code, 'unsafe-directory');
      assert.match(`${error.message}\n${error.hint}`, text);
      return true;
    },
  );
}

for (const [mode, who] of [
  [0o777, 'other users'],
  [0o702, 'other users'],
] as const) {
  test(`a folder with mode ${mode.toString(8)} above is refused`, { skip: windows }, () => {
    const [above, path] = folders(mode);
    assertRefused(
      path,
      new RegExp(`${above} is writable by ${who}.*\nset XDG_STATE_HOME.*chmod go-w ${above}$`),
    );
  });
}

for (const mode of [0o1777, 0o755, 0o711, 0o1775]) {
  test(`a folder with mode ${mode.toString(8)} above is safe`, { skip: windows }, () => {
    assertAncestors(folders(mode)[1]);
  });
}

test('what does not exist yet is safe in a safe folder', { skip: windows }, () => {
  assertAncestors(join(folders(0o755)[1], 'a', 'b'));
  assertRefused(join(folders(0o777)[0], 'a', 'b'), /is writable/);
});

for (const mode of [0o755, 0o1777]) {
  test(`a folder of another user with mode ${mode.toString(8)} above is refused`, asRoot, () => {
    const [above, path] = folders(mode, stranger);
    assertRefused(
      path,
      new RegExp(`${above} belongs to another user \\(uid ${stranger}\\).*\nset XDG_STATE_HOME`),
    );
  });
}

test('the folders above the target of a link are checked, and those of a safe link are safe', asRoot, () => {
  const link = join(root, 'link');
  const [unsafe, target] = folders(0o777);
  for (const to of [target, join('..', root.split('/').at(-1) ?? '', String(count), 'state')]) {
    symlinkSync(to, link);
    assertRefused(join(link, 'more'), new RegExp(`${unsafe} is writable`));
    rmSync(link);
  }
  symlinkSync(folders(0o755)[1], link);
  assertAncestors(join(link, 'more'));
  // In a sticky folder its owner can replace it.
  lchownSync(link, stranger, stranger);
  assertRefused(join(link, 'more'), new RegExp(`${link} belongs to another user`));
});

test('a circle of links ends with an error', { skip: windows }, () => {
  const link = join(root, 'circle');
  symlinkSync('circle', link);
  assert.throws(() => assertAncestors(join(link, 'a')), { code: 'ELOOP' });
});

test('a folder that a foreign group may write to is refused, and that of gid 0 is not', asRoot, () => {
  assertRefused(folders(0o775, -1, stranger)[1], /is writable by a group of users/);
  assertAncestors(folders(0o775, -1, 0)[1]);
});

/** Runs the check as other ids, which no file of the machine names. */
function checkAs(path: string, words: readonly string[]): { status: number | null; output: string } {
  const module = join(import.meta.dirname, '../../src/state/ancestors.ts');
  const script = `import { assertAncestors } from ${JSON.stringify(module)};
    assertAncestors(${JSON.stringify(path)}, (_, { path }) => console.log('unknown ' + path));`;
  const node = [process.execPath, '--import', 'tsx', '--input-type=module', '-e', script];
  const [program = '', ...args] = [...words, ...node];
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return { status, output: `${stdout}${stderr}` };
}

test('umask 002 in the home of a user with a group of its own is safe', asRoot, (t) => {
  const [above, path] = folders(0o775, 0, 0);
  chmodSync(root, 0o755);
  t.after(() => chmodSync(root, 0o700));
  for (const folder of [above, path]) chownSync(folder, stranger, stranger);
  pretendUser(t, stranger);
  // The user has no name here, as in a container.
  t.mock.method(process.getBuiltinModule('node:os'), 'userInfo', () => {
    throw new Error('no such user');
  });
  assertAncestors(path);
  // Another group than that of the user.
  chownSync(above, stranger, stranger - 1);
  assertRefused(path, /is writable by a group of users/);
});

test('the owner of a folder is unknown where the user namespace does not map it', asRoot, (t) => {
  const [above, path] = folders(0o755, stranger, stranger);
  const mapped = spawnSync('/usr/bin/unshare', ['--user', '--map-root-user', '/bin/true']);
  if (mapped.status !== 0) return t.skip('this machine has no user namespaces');
  const { status, output } = checkAs(path, ['/usr/bin/unshare', '--user', '--map-root-user']);
  assert.equal(status, 0, output);
  assert.equal(output, `unknown ${above}\n`);
  // Here it is known.
  const here = checkAs(path, ['/usr/bin/env']);
  assert.notEqual(here.status, 0);
  assert.ok(dirname(path) === above);
});
