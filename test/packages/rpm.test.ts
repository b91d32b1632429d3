// The .rpm: its fields, and an installation with `rpm --root`. Debian's rpm knows no Fedora, so the libraries are
// those of a Debian, which `--nodeps` hides from rpm.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packages, time, version } from './built.ts';
import { openMachine } from './machine.ts';
import { openSession, tryFirstCalls, tryLogout } from './session.ts';

const file = (architecture: string) => join(packages(), `daypass-${version}-1.${architecture}.rpm`);

const ask = (...words: string[]) =>
  execFileSync('/usr/bin/rpm', words, { encoding: 'utf8' }).trim().split('\n');

const files = [
  '/usr/bin/daypass',
  '/usr/share/bash-completion/completions/daypass',
  '/usr/share/fish/vendor_completions.d/daypass.fish',
  '/usr/share/licenses/daypass',
  '/usr/share/licenses/daypass/LICENSE',
  '/usr/share/licenses/daypass/THIRD-PARTY.txt',
  '/usr/share/man/man1/daypass.1.gz',
  '/usr/share/zsh/site-functions/_daypass',
];

for (const architecture of ['x86_64', 'aarch64']) {
  test(`the .rpm for ${architecture}: fields, files, requirements, no scriptlet`, () => {
    const path = file(architecture);
    const format = '%{name} %{version} %{arch} %{os} %{buildhost} %{buildtime} %{payloadcompressor}';
    assert.deepEqual(ask('-qp', '--queryformat', format, path), [
      `daypass ${version} ${architecture} linux reproducible ${time} zstd`,
    ]);
    assert.deepEqual(ask('-qlp', path), files);
    assert.deepEqual(
      new Set(ask('-qp', '--queryformat', '[%{fileusername}:%{filegroupname} %{filemtimes}\n]', path)),
      new Set([`root:root ${time}`]),
    );
    const required = ask('-qp', '--requires', path);
    for (const library of [
      'libsecret-1.so.0()(64bit)',
      'libstdc++.so.6()(64bit)',
      'libc.so.6(GLIBC_2.17)(64bit)',
    ])
      assert.ok(required.includes(library), `${library} is not among ${required.join(', ')}`);
    assert.deepEqual(ask('-qp', '--scripts', path), ['']);
    assert.deepEqual(ask('-qp', '--triggers', path), ['']);
  });
}

test('rpm --root installs the .rpm, an ordinary user signs in, and rpm --erase leaves nothing', async (t) => {
  const { root, asRoot, asAda } = await openMachine(t);
  asRoot(
    'apt-get',
    'install',
    '--no-download',
    '-y',
    '--no-install-recommends',
    'libsecret-1-0',
    'libstdc++6',
  );
  const there = (path: string) => existsSync(join(root, path));
  // rpm writes relative to the root, where it also reads the package.
  cpSync(file('x86_64'), join(root, 'root/daypass.rpm'));
  const rpm = (...words: string[]) => ask('--root', root, '--dbpath', '/var/lib/rpm-test', ...words);
  const began = performance.now();
  rpm('--install', '--nodeps', '--ignorearch', join(root, 'root/daypass.rpm'));
  assert.deepEqual(rpm('-q', 'daypass'), [`daypass-${version}-1.x86_64`]);
  assert.deepEqual(rpm('--verify', '--nodeps', 'daypass'), ['']);
  const home = join(root, 'home/ada');
  const words = [...asAda, '/usr/bin/daypass'];
  const session = await openSession(t, { words, home, ownHome: '/home/ada', ids: { uid: 1000, gid: 1000 } });
  await tryFirstCalls(session, began);
  await tryLogout(session);
  rpm('--erase', 'daypass');
  assert.deepEqual(files.filter(there), []);
  assert.ok(readdirSync(join(root, 'usr/bin')).length > 100);
});
