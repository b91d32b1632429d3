// Whose group may write to folders above the state directory, with other files of users and groups.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { type TestContext, test } from 'node:test';
import { isOwnGroup } from '../../src/state/own-group.ts';
import { pretendUser } from '../support/pretend-user.ts';

const skip = process.platform !== 'linux' && 'only Linux has these files';
const passwd = 'root:x:0:0::/root:/bin/sh\nada:x:1000:1000::/home/ada:/bin/sh\n';
const group = 'root:x:0:\nusers:x:100:\nada:x:1000:\nteam:x:2000:eve\n';
const local = { '/etc/passwd': passwd, '/etc/group': group, '/etc/nsswitch.conf': 'passwd: files systemd\n' };

/** Gives Ada this primary group, on a machine with these files, until the end of the test. */
function pretend(t: TestContext, gid: number, files: Readonly<Record<string, string>>): void {
  const { '/etc/passwd': users = '' } = files;
  const machine = { ...files, '/etc/passwd': users.replace(':1000:1000:', `:1000:${gid}:`) };
  t.mock.method(fs, 'readFileSync', (path: string) => {
    const [, text] = Object.entries(machine).find(([name]) => name === path) ?? [];
    return text ?? assert.fail(`there is no ${path}`);
  });
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
}

const { '/etc/nsswitch.conf': _, ...withoutSources } = local;
const withEve = { ...local, '/etc/passwd': `${passwd}eve:x:1001:100::/:/bin/sh\n` };
const cases: [what: string, gid: number, files: Readonly<Record<string, string>>, expected: boolean][] = [
  ['a private group', 1000, local, true],
  ['a group with another member', 2000, local, false],
  ['a group that no other local user has', 100, local, true],
  ['a group that no other user has on Alpine', 100, withoutSources, true],
  ['a group that another local user has', 100, withEve, false],
];
for (const [what, gid, files, expected] of cases) {
  test(`${what} is ${expected ? '' : 'not '}that of one user`, { skip }, (t) => {
    pretendUser(t, 1000);
    pretend(t, gid, files);
    assert.equal(isOwnGroup(gid), expected);
    assert.equal(isOwnGroup(0), false);
  });
}

for (const sources of [
  'files sss',
  'compat ldap',
  'files systemd winbind',
  'files [NOTFOUND=continue] nis',
]) {
  test(`users of a service (${sources}) can be in a local group, but not in a private one`, { skip }, (t) => {
    const files = { ...local, '/etc/nsswitch.conf': `# passwd: files\npasswd:   ${sources}\ngroup: files\n` };
    pretendUser(t, 1000);
    pretend(t, 100, files);
    assert.equal(isOwnGroup(100), false);
    pretend(t, 1000, files);
    assert.equal(isOwnGroup(1000), true);
  });
}
