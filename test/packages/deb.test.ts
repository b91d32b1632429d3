// The .deb in a clean Debian 13: installed by apt, used by an ordinary user, upgraded, and purged.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packages, time, version } from './built.ts';
import { openMachine } from './machine.ts';
import { openSession, tryFirstCalls, tryHit, tryLogout } from './session.ts';

const file = (architecture: string) => join(packages(), `daypass_${version}_${architecture}.deb`);

const tell = (...words: string[]) => execFileSync('dpkg-deb', words, { encoding: 'utf8' });

for (const architecture of ['amd64', 'arm64']) {
  test(`the .deb for ${architecture}: fields, files of root with the time of the sources, no maintainer script`, () => {
    const path = file(architecture);
    assert.equal(
      tell('--field', path, 'Package', 'Version', 'Architecture'),
      `Package: daypass\nVersion: ${version}\nArchitecture: ${architecture}\n`,
    );
    assert.match(tell('--field', path, 'Depends'), /^libc6 \(>= 2\.1\d\), libsecret-1-0, libstdc\+\+6\n$/);
    const control = execFileSync('/bin/sh', ['-c', 'dpkg-deb --ctrl-tarfile "$0" | tar --list', path], {
      encoding: 'utf8',
    });
    assert.deepEqual(control.trim().split('\n'), ['./', './control', './md5sums']);
    const archive = { env: { ...process.env, TZ: 'UTC' }, encoding: 'utf8' } as const;
    const lines = execFileSync('dpkg-deb', ['--contents', path], archive).trim().split('\n');
    const date = new Date(time * 1000).toISOString().slice(0, 16).replace('T', ' ');
    for (const line of lines)
      assert.match(line, new RegExp(`^(drwxr-xr-x|-rw-r--r--|-rwxr-xr-x) root/root +\\d+ ${date} `));
    const files = lines.filter((line) => !line.endsWith('/')).map((line) => line.replace(/^.* \.\//, ''));
    assert.deepEqual(files, [
      'usr/bin/daypass',
      'usr/share/bash-completion/completions/daypass',
      'usr/share/doc/daypass/copyright',
      'usr/share/fish/vendor_completions.d/daypass.fish',
      'usr/share/man/man1/daypass.1.gz',
      'usr/share/zsh/vendor-completions/_daypass',
    ]);
  });
}

test('apt installs the .deb with libsecret, an ordinary user signs in, an upgrade keeps the session, purge leaves nothing', async (t) => {
  const machine = await openMachine(t);
  const { root, asRoot, asAda } = machine;
  const before = machine.files();
  assert.ok(!existsSync(join(root, 'usr/bin/daypass')));
  cpSync(file('amd64'), join(root, 'root/daypass.deb'));
  const install = ['apt-get', 'install', '-y', '--no-install-recommends'];
  const began = performance.now();
  asRoot(...install, '/root/daypass.deb');
  for (const name of ['daypass', 'libsecret-1-0'])
    assert.match(asRoot('dpkg', '--status', name), /^Status: install ok installed$/m);
  asRoot('dpkg', '--verify', 'daypass');

  const home = join(root, 'home/ada');
  const words = [...asAda, '/usr/bin/daypass'];
  const session = await openSession(t, { words, home, ownHome: '/home/ada', ids: { uid: 1000, gid: 1000 } });
  const printed = await tryFirstCalls(session, began);
  // The library of the keychain is found: there is no bus here, and the error says so.
  const keychain = await session.run('--profile', 'developer', '--store', 'keychain', '--non-interactive');
  assert.match(keychain.stderr, /^daypass: keychain-/, keychain.stderr);
  assert.doesNotMatch(keychain.stderr, /libsecret/);

  assert.equal(asRoot('man', '--where', 'daypass'), '/usr/share/man/man1/daypass.1.gz\n');
  const load = 'source /usr/share/bash-completion/completions/daypass && complete -p daypass';
  assert.equal(asRoot('bash', '-c', load), 'complete -F _daypass daypass\n');
  const found = 'fpath=("$0" $fpath); autoload -Uz compinit; compinit -D; print $_comps[daypass]';
  const zsh = ['-f', '-c', found, join(root, 'usr/share/zsh/vendor-completions')];
  assert.equal(execFileSync('/usr/bin/zsh', zsh, { encoding: 'utf8' }), '_daypass\n');
  const fish = [
    '--no-config',
    '-c',
    'source $argv[1]; complete -C "daypass logo"',
    join(root, 'usr/share/fish/vendor_completions.d/daypass.fish'),
  ];
  assert.match(execFileSync('/usr/bin/fish', fish, { encoding: 'utf8' }), /^logout\t/);
  const copyright = readFileSync(join(root, 'usr/share/doc/daypass/copyright'), 'utf8');
  assert.match(
    copyright,
    /Apache License[\s\S]*The single executable of daypass contains the following software/,
  );

  // The next version, which has the same files.
  asRoot(
    '/bin/sh',
    '-c',
    `cd /root && dpkg-deb --raw-extract daypass.deb next && sed -i 's/^Version: .*/Version: 99.0.0/' next/DEBIAN/control && dpkg-deb -Znone --build --root-owner-group next next.deb`,
  );
  asRoot(...install, '/root/next.deb');
  assert.match(asRoot('dpkg', '--status', 'daypass'), /^Version: 99\.0\.0$/m);
  await tryHit(session, printed);

  await tryLogout(session);
  // Other packages recommend some of the libraries, which apt would therefore keep.
  const unneeded = ['Recommends', 'Suggests'].map(
    (word) => `--option=APT::AutoRemove::${word}Important=false`,
  );
  asRoot('apt-get', 'purge', '-y', '--auto-remove', ...unneeded, 'daypass');
  assert.throws(() => statSync(join(root, 'usr/bin/daypass')), { code: 'ENOENT' });
  const after = machine.files();
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
    (path) => before.get(path) !== after.get(path),
  );
  // Of the user, the settings stay, and the state directory without a secret.
  const left = changed.filter((path) => !path.startsWith('home/ada/'));
  assert.deepEqual(left, []);
  assert.deepEqual(
    changed.filter((path) => path.endsWith('.secret')),
    [],
  );
});
