// The tarball: its checksum, and daypass out of it below the home of an ordinary user. And the bytes of all packages.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { accountTest } from '../support/accounts.ts';
import { packages, standInPackages, version } from './built.ts';
import { openSession, tryFirstCalls, tryLogout } from './session.ts';

const name = (target: string) => `daypass-${version}-${target}`;

test('SHA256SUMS names every package, and each sum is right', () => {
  const folder = packages();
  const sums = readFileSync(join(folder, 'SHA256SUMS'), 'utf8');
  const names = sums
    .trim()
    .split('\n')
    .map((line) => line.split('  ')[1] ?? '');
  const made = readdirSync(folder).filter((file) => /\.(deb|rpm|tar\.gz)$/.test(file));
  assert.deepEqual(names, made.sort());
  assert.equal(names.length, 6);
  execFileSync('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], { cwd: folder });
});

test('the tarball has one folder of its own, and no owner but root', () => {
  for (const target of ['linux-x64', 'linux-arm64']) {
    const list = execFileSync(
      'tar',
      ['--list', '--verbose', '--file', join(packages(), `${name(target)}.tar.gz`)],
      { encoding: 'utf8' },
    );
    const lines = list.trim().split('\n');
    for (const line of lines) assert.match(line, / 0\/0 /);
    assert.deepEqual(
      lines.map((line) => line.replace(/^.* /, '')),
      [
        '',
        'LICENSE',
        'THIRD-PARTY.txt',
        'completions/',
        'completions/_daypass',
        'completions/daypass.bash',
        'completions/daypass.fish',
        'daypass',
        'daypass.1',
      ].map((path) => `${name(target)}/${path}`),
    );
  }
});

accountTest(
  'an ordinary user checks and unpacks the tarball, puts daypass into ~/.local/bin, and signs in',
  async (t, { victim }) => {
    const { uid, gid } = victim;
    const home = mkdtempSync(join(victim.home, 'tarball-'));
    chownSync(home, uid, gid);
    mkdirSync(join(home, 'download'));
    for (const file of ['SHA256SUMS', `${name('linux-x64')}.tar.gz`])
      cpSync(join(packages(), file), join(home, 'download', file));
    const env = { HOME: home, PATH: '/usr/bin:/bin' };
    const commands = `cd ~/download && sha256sum --check --ignore-missing SHA256SUMS && cd && tar -xzf download/${name('linux-x64')}.tar.gz && install -D -m 755 ${name('linux-x64')}/daypass ~/.local/bin/daypass`;
    const began = performance.now();
    const said = execFileSync('/bin/sh', ['-c', commands], { env, uid, gid, encoding: 'utf8' });
    assert.equal(said, `${name('linux-x64')}.tar.gz: OK\n`);
    const session = await openSession(t, {
      words: [join(home, '.local/bin/daypass')],
      home,
      ids: { uid, gid },
      env,
    });
    await tryFirstCalls(session, began);
    await tryLogout(session);
  },
);

test('the same sources give the same bytes, whatever the time zone, the locale, the umask and the folder are', (t) => {
  const first = standInPackages('first');
  const other = {
    TZ: 'Asia/Kathmandu',
    LC_ALL: 'de_DE.UTF-8',
    LANG: 'de_DE.UTF-8',
    TAR_OPTIONS: '--verbose',
    GZIP: '-1',
  };
  const again = standInPackages(`again-${process.pid}`, other, '077');
  t.after(() => rmSync(again, { recursive: true }));
  assert.deepEqual(readdirSync(again).sort(), readdirSync(first).sort());
  const sums = readFileSync(join(first, 'SHA256SUMS'), 'utf8');
  assert.equal(readFileSync(join(again, 'SHA256SUMS'), 'utf8'), sums);
  assert.equal(sums.trim().split('\n').length, 8);
  for (const file of ['Dockerfile', 'daypass.rb']) {
    assert.ok(existsSync(join(first, file)));
    assert.equal(readFileSync(join(again, file), 'utf8'), readFileSync(join(first, file), 'utf8'));
  }
});
