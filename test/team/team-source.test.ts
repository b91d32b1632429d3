// The addresses and paths of a team's file that daypass accepts, and the content that it reads.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { readTeamSource, teamSource } from '../../src/team/team-source.ts';

const folder = mkdtempSync(join(tmpdir(), 'daypass-team-'));
after(() => rmSync(folder, { recursive: true }));
const home = folder;
const place = (name: string) => join(folder, name);
const read = (given: string) => readTeamSource(teamSource(given, home));

for (const [given, from, shown] of [
  ['https://example.com/team.conf', 'https://example.com/team.conf', 'https://example.com/team.conf'],
  [
    'HTTPS://Example.COM:443/a/../team.conf',
    'https://example.com/team.conf',
    'https://example.com/team.conf',
  ],
  [
    'https://example.com:8443/t?token=x',
    'https://example.com:8443/t?token=x',
    'https://example.com:8443/t?…',
  ],
] as const) {
  test(`the address ${given} is ${from}`, () => {
    assert.deepEqual(teamSource(given, home), { from, shown });
    assert.deepEqual(teamSource(from, home), { from, shown });
  });
}

test('a path becomes absolute, and ~ is the home directory', () => {
  assert.equal(teamSource('~/team.conf', home).from, place('team.conf'));
  assert.equal(teamSource('team.conf', home).from, resolve('team.conf'));
  const { shown } = teamSource(place('team.conf'), home);
  assert.equal(shown, process.platform === 'win32' ? place('team.conf') : '~/team.conf');
  // A shell has expanded variables already.
  assert.equal(teamSource('/a/$HOME/~/x', home).from, resolve('/a/$HOME/~/x'));
});

for (const [given, told] of [
  ['http://example.com/team.conf', /must begin with https:\/\/, not http:/],
  ['http://127.0.0.1:8080/team.conf', /must begin with https:\/\//],
  ['ftp://example.com/team.conf', /must begin with https:\/\//],
  ['file:///etc/passwd', /does not take file/],
  ['https://ada:hunter2@example.com/', /must not contain a user name or a password/],
  ['https://hunter2@example.com/', /must not contain a user name/],
  ['https://example.com/#a', /must not contain a fragment/],
  ['https://example.com/#', /must not contain a fragment/],
  ['https:example.com', /must be a plain https/],
  ['https://', /must be a plain https/],
  ['https://example.com/a b', /without blanks/],
  ['https://exa\nmple.com/', /without blanks/],
  ['https://ex\u0430mple.com/', /of ASCII/],
  [`https://example.com/${'a'.repeat(3000)}`, /must be a plain https/],
  ['https://[::1]/team.conf', /must not contain \[ and \]/],
  ['', /needs a path/],
  ['/a\0b', /needs a path/],
  ['/tmp/j\u00fcrgen.conf', /printable ASCII/],
  ["/tmp/o'brien.conf", /must close its quotes/],
  ['/tmp/a\nb = c', /printable ASCII/],
] as const) {
  test(`not taken: ${JSON.stringify(given.slice(0, 40))}`, () => {
    assert.throws(
      () => teamSource(given, home),
      (error: Error & { code: string; hint: string }) => {
        assert.equal(error.code, 'usage');
        assert.match(error.message, told);
        assert.ok(error.hint);
        assert.doesNotMatch(error.message + error.hint, /hunter2|\n/);
        return true;
      },
    );
  });
}

test('a file of 1 MiB is read, through a link too, and not one with a byte more', async () => {
  writeFileSync(place('team.conf'), '');
  truncateSync(place('team.conf'), 1024 * 1024);
  assert.equal((await read(place('team.conf'))).length, 1024 * 1024);
  symlinkSync(place('team.conf'), place('link'));
  assert.equal((await read('~/link')).length, 1024 * 1024);
  truncateSync(place('team.conf'), 1024 * 1024 + 1);
  await assert.rejects(read('~/team.conf'), { code: 'bad-configuration', message: /has more than 1 MiB/ });
  // Sparse, and larger than any memory.
  truncateSync(place('team.conf'), 2 ** 42);
  await assert.rejects(read('~/team.conf'), { code: 'bad-configuration', message: /has more than 1 MiB/ });
});

test('a missing file, a folder, a pipe and a device are refused at once', async () => {
  mkdirSync(place('folder'));
  execFileSync('/usr/bin/mkfifo', [place('pipe')]);
  await assert.rejects(read('~/missing'), { code: 'io', message: /cannot read .*missing: ENOENT/ });
  await assert.rejects(read('~/folder'), { code: 'bad-configuration', message: /is a folder, not a file/ });
  await assert.rejects(read('~/pipe'), { code: 'bad-configuration', message: /is a pipe, not a file/ });
  for (const device of ['/dev/zero', '/dev/null', '/dev/tty'])
    await assert.rejects(read(device), (error: Error & { code: string }) => {
      assert.match(error.code, /^(bad-configuration|io)$/);
      return true;
    });
});
