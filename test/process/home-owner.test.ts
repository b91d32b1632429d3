// root with the HOME of a person. test/accounts/root-home.test.ts tries it with the whole program.
import assert from 'node:assert/strict';
import { chownSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { writeProfile } from '../../src/aws-config/write.ts';
import { isInContainer } from '../../src/process/container.ts';
import { assertOwnHome } from '../../src/process/home-owner.ts';
import { pretendPlatform } from '../support/pretend-platform.ts';
import { pretendUser } from '../support/pretend-user.ts';

const asRoot = { skip: process.getuid?.() !== 0 && 'only root can have the home of another user' };

function homeOf(t: TestContext, uid: number): string {
  const home = mkdtempSync(join(tmpdir(), 'daypass-home-'));
  t.after(() => rmSync(home, { recursive: true }));
  chownSync(home, uid, uid);
  return home;
}

test('outside containers, root is refused the HOME of a person, with the name', asRoot, (t) => {
  // There are no containers on this system.
  pretendPlatform(t, 'darwin');
  const refused = (name: RegExp) => (error: { code: string; message: string; hint: string }) => {
    assert.equal(error.code, 'unsafe-environment');
    assert.match(error.message, name);
    assert.match(error.hint, /without sudo.*-H/);
    return true;
  };
  assert.throws(() => assertOwnHome(homeOf(t, 1), {}), refused(/^HOME belongs to daemon$/));
  assert.throws(() => assertOwnHome(homeOf(t, 3_999_999), {}), refused(/^HOME belongs to the user 3999999$/));
  assertOwnHome(homeOf(t, 0), {});
  assertOwnHome('/nowhere', {});
  pretendUser(t, 1000);
  assertOwnHome(homeOf(t, 3_999_999), {});
});

test('in containers, root may have any HOME', asRoot, (t) => {
  pretendPlatform(t, 'linux');
  for (const env of [{ container: 'podman' }, { KUBERNETES_SERVICE_HOST: '10.0.0.1' }])
    assertOwnHome(homeOf(t, 3_999_999), env);
});

test('other systems than Linux have no containers', (t) => {
  pretendPlatform(t, 'darwin');
  assert.equal(isInContainer({ container: 'podman' }), false);
});

test('configure gives new files to the owner of HOME', asRoot, (t) => {
  const home = homeOf(t, 3_999_999);
  const path = join(home, 'a', 'config');
  assert.ok(writeProfile(path, 'developer', { region: 'eu-west-1' }, home));
  for (const made of [path, dirname(path)]) {
    const { uid, gid, mode } = statSync(made);
    assert.deepEqual([uid, gid, mode & 0o077], [3_999_999, 3_999_999, 0]);
  }
  writeProfile(join(home, 'b'), 'developer', { region: 'eu-west-1' }, `${home}/`);
  assert.equal(statSync(join(home, 'b')).uid, 3_999_999);
  // A file outside of HOME, and one that is there already, keep their owners.
  const other = mkdtempSync(join(tmpdir(), 'daypass-elsewhere-'));
  t.after(() => rmSync(other, { recursive: true }));
  mkdirSync(join(other, 'a'));
  writeProfile(join(other, 'a', 'config'), 'developer', { region: 'eu-west-1' }, home);
  assert.equal(statSync(join(other, 'a', 'config')).uid, 0);
  chownSync(path, 3_999_998, 3_999_998);
  writeProfile(path, 'developer', { region: 'eu-west-2' }, home);
  assert.equal(statSync(path).uid, 3_999_998);
});
