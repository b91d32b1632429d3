// Whose group may write to folders above the state directory, with other files of users and groups.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { type TestContext, test } from 'node:test';
import { isOwnGroup } from '../../src/state/own-group.ts';

const skip = process.platform !== 'linux' && 'only Linux has these files';
const passwd = 'root:x:0:0::/root:/bin/sh\nada:x:1000:1000::/home/ada:/bin/sh\n';
const group = 'root:x:0:\nusers:x:100:\nada:x:1000:\nteam:x:2000:eve\n';
const local = { '/etc/passwd': passwd, '/etc/group': group, '/etc/nsswitch.conf': 'passwd: files systemd\n' };

/** Sets the user of the process, and these files of the machine, until the end of the test. */
function pretend(t: TestContext, me: object, files: object): void {
  t.mock.method(process.getBuiltinModule('node:os'), 'userInfo', () => ({ uid: 1000, ...me }));
  t.mock.method(fs, 'readFileSync', (path: string) => {
    const [, text] = Object.entries(files).find(([name]) => name === path) ?? [];
    return text ?? assert.fail(`there is no ${path}`);
  });
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
}

const shared = { username: 'ada', gid: 100 };
const { '/etc/nsswitch.conf': _, ...withoutSources } = local;
const withEve = { ...local, '/etc/passwd': `${passwd}eve:x:1001:100::/:/bin/sh\n` };
const cases: [what: string, me: { username: string; gid: number }, files: object, expected: boolean][] = [
  ['a private group', { username: 'ada', gid: 1000 }, local, true],
  ['a group with another member', { username: 'ada', gid: 2000 }, local, false],
  ['a group that no other local user has', shared, local, true],
  ['a group that no other user has on Alpine', shared, withoutSources, true],
  ['a group that another local user has', shared, withEve, false],
];
for (const [what, me, files, expected] of cases) {
  test(`${what} is ${expected ? '' : 'not '}that of one user`, { skip }, (t) => {
    pretend(t, me, files);
    assert.equal(isOwnGroup(me.gid), expected);
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
    pretend(t, { username: 'ada', gid: 100 }, files);
    assert.equal(isOwnGroup(100), false);
    pretend(t, { username: 'ada', gid: 1000 }, files);
    assert.equal(isOwnGroup(1000), true);
  });
}
