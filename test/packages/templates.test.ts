// The Homebrew formula and the Dockerfile. Neither Homebrew nor Docker runs here: Ruby evaluates the formula with a
// stand-in for Homebrew's class, hadolint reads the Dockerfile, and its commands run in a Debian 13.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { hadolint, packages, standInPackages, version } from './built.ts';
import { openMachine } from './machine.ts';

const read = (folder: string, file: string) => readFileSync(join(folder, file), 'utf8');

/** Prints the address and the sum that the formula has for a system, and the files that it installs. */
const homebrew = `require "json"
class Place
  def initialize(name) = @name = name
  def install(*files) = $installed.concat(files.flatten.map { |file| [@name, file] })
  def to_s = @name
end
class Formula
  $found, $installed = {}, []
  class << self
    %w[desc homepage license version].each { |name| define_method(name) { |text| $found[name] = text } }
    %w[url sha256].each { |name| define_method(name) { |text| raise "two of #{name}" if $found[name]; $found[name] = text } }
    { on_macos: "darwin", on_linux: "linux", on_arm: "arm64", on_intel: "x64" }.each do |name, part|
      define_method(name) { |&block| block.call if ARGV[1].split("-").include?(part) }
    end
    def test = nil
  end
  %w[bin man1 bash_completion zsh_completion fish_completion prefix].each { |name| define_method(name) { Place.new(name) } }
end
module OS
  def self.linux? = ARGV[1].start_with?("linux")
end
load ARGV[0]
formula = Daypass.new
formula.install
puts JSON.generate($found.merge(installed: $installed, caveats: formula.caveats))
`;

test('the formula has the address and the sum of each tarball, and installs files that are in it', (t) => {
  const temporary = mkdtempSync(join(tmpdir(), 'daypass-formula-'));
  t.after(() => rmSync(temporary, { recursive: true }));
  const folder = standInPackages('first');
  const formula = join(folder, 'daypass.rb');
  execFileSync('/usr/bin/ruby', ['-w', '-c', formula], { stdio: ['ignore', 'ignore', 'pipe'] });
  const sums = read(folder, 'SHA256SUMS');
  for (const target of ['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64']) {
    const name = `daypass-${version}-${target}`;
    const tarball = join(folder, `${name}.tar.gz`);
    const list = execFileSync('tar', ['--list', '--file', tarball], { encoding: 'utf8' }).trim().split('\n');
    const inside = list.map((path) => path.replace(`${name}/`, ''));
    const cwd = join(temporary, target);
    mkdirSync(cwd);
    execFileSync('tar', ['-xzf', tarball, '--strip-components=1'], { cwd });
    const said = JSON.parse(
      execFileSync('/usr/bin/ruby', ['-w', '-e', homebrew, formula, target], { cwd, encoding: 'utf8' }),
    );
    assert.equal(said.version, version);
    assert.match(
      said.url,
      new RegExp(`^https://github\\.com/[^/]+/daypass/releases/download/v${version}/${name}\\.tar\\.gz$`),
    );
    assert.ok(sums.includes(`${said.sha256}  ${name}.tar.gz\n`), target);
    const installed = said.installed.map(([, file]: [string, string | Record<string, string>]) =>
      typeof file === 'string' ? file : Object.keys(file)[0],
    );
    assert.deepEqual(
      installed.filter((file: string) => !inside.includes(file)),
      [],
    );
    // All files of the tarball are installed.
    assert.deepEqual(installed.sort(), inside.filter((path) => path && !path.endsWith('/')).sort());
    assert.equal(/libsecret/.test(said.caveats ?? ''), target.startsWith('linux'));
  }
});

/** The instructions of the Dockerfile, a continued line as one. */
function instructions(text: string): [word: string, rest: string][] {
  const lines = text
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line && !line.startsWith('#'));
  return lines.map((line) => [line.split(' ', 1)[0] ?? '', line.slice(line.indexOf(' ') + 1).trim()]);
}

test('hadolint finds nothing in the Dockerfile, whose images have versions and whose user is not root', async () => {
  const folder = packages();
  const { status, stdout } = spawnSync(await hadolint(), ['--no-color', join(folder, 'Dockerfile')], {
    encoding: 'utf8',
  });
  assert.deepEqual([status, stdout], [0, '']);
  const all = instructions(read(folder, 'Dockerfile'));
  const stages = all.flatMap(([word, rest]) => (word === 'FROM' ? [rest] : []));
  for (const stage of stages)
    assert.match(stage, /^(scratch|tarball-\$\{TARGETARCH\}|debian:\d+-slim)( AS [a-z\d-]+)?$/);
  const last = all.slice(all.findLastIndex(([word]) => word === 'FROM'));
  assert.deepEqual(
    last.filter(([word]) => word === 'USER'),
    [['USER', '1000']],
  );
  assert.deepEqual(JSON.parse(last.find(([word]) => word === 'ENTRYPOINT')?.[1] ?? ''), [
    '/usr/local/bin/daypass',
  ]);
  for (const secret of ['--store', 'DAYPASS_']) assert.ok(!read(folder, 'Dockerfile').includes(secret));
});

test('the commands of the Dockerfile run in a Debian 13, check the sum, and daypass starts as its user', async (t) => {
  const folder = packages();
  const { root, asRoot } = await openMachine(t);
  // This machine has an account with that number already.
  asRoot('userdel', '--remove', 'ada');
  const [unpack = '', prepare = ''] = instructions(read(folder, 'Dockerfile')).flatMap(([word, rest]) =>
    word === 'RUN' ? [rest] : [],
  );
  cpSync(join(folder, `daypass-${version}-linux-x64.tar.gz`), join(root, 'daypass.tar.gz'));
  assert.throws(() => asRoot('env', 'TARGETARCH=arm64', '/bin/sh', '-c', unpack), /FAILED/);
  assert.ok(!existsSync(join(root, 'daypass')));
  asRoot('env', 'TARGETARCH=amd64', '/bin/sh', '-c', unpack);
  asRoot('/bin/sh', '-c', prepare);
  asRoot('cp', '/daypass/daypass', '/usr/local/bin/');
  const state = statSync(join(root, 'home/daypass/.local/state'));
  assert.deepEqual([state.uid, state.gid, state.mode & 0o777], [1000, 1000, 0o700]);
  const said = execFileSync(
    '/usr/sbin/chroot',
    [
      '--userspec=1000:1000',
      root,
      '/usr/bin/env',
      '-i',
      'HOME=/home/daypass',
      '/usr/local/bin/daypass',
      '--version',
    ],
    { encoding: 'utf8' },
  );
  assert.equal(said, `daypass ${version}\n`);
});
