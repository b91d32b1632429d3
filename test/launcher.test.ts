// launcher/daypass finds Node if PATH has none.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';

const repository = join(import.meta.dirname, '..');
const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));

/** Creates a home without programs, with a copy of the launcher and a PATH that has only sh. */
function openHome(t: TestContext) {
  // The real path, as in a shell's $PWD: on macOS the temporary folder is a link.
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'daypass-launcher-')));
  t.after(() => rmSync(home, { recursive: true }));
  const path = join(home, 'only sh');
  const launcher = join(home, 'my bin', 'daypass');
  for (const folder of [path, dirname(launcher)]) mkdirSync(folder);
  symlinkSync('/bin/sh', join(path, 'sh'));
  copyFileSync(join(repository, 'launcher/daypass'), launcher);
  return {
    home,
    launcher,
    run: (args: string[], { env = {}, cwd = home, by = launcher } = {}) => {
      const { status, stdout, stderr, error } = spawnSync(by, args, {
        env: { HOME: home, PATH: path, ...env },
        cwd,
        encoding: 'utf8',
      });
      assert.equal(error, undefined);
      return { status, stdout, stderr };
    },
    /** Installs daypass below a prefix, and a Node that prints its own prefix. */
    install(prefix: string, { node = true, daypass = true } = {}) {
      const at = join(home, prefix);
      if (daypass) {
        mkdirSync(join(at, 'lib/node_modules'), { recursive: true });
        symlinkSync(repository, join(at, 'lib/node_modules/daypass'));
      }
      if (!node) return;
      mkdirSync(join(at, 'bin'), { recursive: true });
      const program = `#!/bin/sh\necho ${prefix}\nexec "${process.execPath}" "$@"\n`;
      writeFileSync(join(at, 'bin/node'), program, { mode: 0o755 });
    },
  };
}

/** Whether daypass is installed on this machine itself, where the launcher would find it. */
const elsewhere = ['/usr', '/usr/local', '/snap', '/opt/homebrew'].some((prefix) => {
  try {
    readFileSync(join(prefix, 'lib/node_modules/daypass/package.json'));
    return true;
  } catch {
    return false;
  }
});

test('without daypass the launcher prints an error with a hint to stderr, and nothing to stdout', (t) => {
  if (elsewhere) return t.skip('daypass is installed on this machine');
  const { run } = openHome(t);
  const { status, stdout, stderr } = run(['--profile', 'developer']);
  assert.deepEqual([status, stdout], [127, '']);
  assert.match(stderr, /^daypass: not-installed: .*\nhint: run: npm install --global daypass\n$/);
});

const prefixes = [
  '.nvm/versions/node/v20.20.2',
  '.fnm/node-versions/v20.20.2/installation',
  '.local/share/fnm/node-versions/v20.20.2/installation',
  '.local/share/mise/installs/node/20.20.2',
  '.asdf/installs/nodejs/20.20.2',
  '.nodenv/versions/20.20.2',
  'n',
  '.npm-global',
  '.local',
];

for (const prefix of prefixes) {
  test(`the launcher finds daypass and Node in ~/${prefix}`, (t) => {
    const { run, install } = openHome(t);
    install(prefix);
    assert.deepEqual(run(['--version']), {
      status: 0,
      stdout: `${prefix}\ndaypass ${version}\n`,
      stderr: '',
    });
  });
}

test('the newest version with daypass wins, unless PATH has one with daypass', (t) => {
  const { home, run, install } = openHome(t);
  const versions = ['v20.20.2', 'v22.13.0', 'v24.3.0'].map((name) => `.nvm/versions/node/${name}`);
  const [first = '', second = '', third = ''] = versions;
  install(first);
  install(second);
  install(third, { daypass: false });
  assert.match(run(['--version']).stdout, /^\.nvm.*v22/);
  const PATH = `${join(home, first, 'bin')}:${join(home, 'only sh')}`;
  assert.match(run(['--version'], { env: { PATH } }).stdout, /^\.nvm.*v20/);
});

test('versions compare as numbers, and a name without a version counts as the oldest', (t) => {
  const { run, install } = openHome(t);
  for (const name of [
    'v22.19.0',
    'v22.23.3',
    'v22.23.10',
    'v22.4.99',
    'v9.11.2',
    'v22.99.0-rc.1',
    'v23.08.1',
    'system',
  ])
    install(`.nvm/versions/node/${name}`);
  const { stdout, stderr } = run(['--version']);
  assert.match(stdout, /^\.nvm.*v22\.23\.10\n/);
  assert.equal(stderr, '');
});

test('daypass in a prefix without Node runs with the newest Node, if PATH has none', (t) => {
  const { run, install } = openHome(t);
  for (const name of ['v22.14.0', 'v9.11.2']) install(`.nvm/versions/node/${name}`, { daypass: false });
  install('.npm-global', { node: false });
  assert.match(run(['--version']).stdout, /^\.nvm.*v22/);
});

test('a Node that is too old for daypass is ignored', (t) => {
  const { run, install } = openHome(t);
  for (const name of ['v20.19.6', 'v21.7.3', 'v22.11.0']) install(`.nvm/versions/node/${name}`);
  install('.nodenv/versions/22.13.0', { daypass: false });
  assert.match(run(['--version']).stdout, /^\.nodenv\/.*22/);
});

const moved = {
  VOLTA_HOME: 'tools/image/packages/daypass',
  NODENV_ROOT: 'versions/22.13.0',
  ASDF_DATA_DIR: 'installs/nodejs/22.13.0',
  MISE_DATA_DIR: 'installs/node/22.13.0',
  FNM_DIR: 'node-versions/v22.13.0/installation',
  NVM_DIR: 'versions/node/v22.13.0',
  N_PREFIX: '.',
};
for (const [name, below] of Object.entries(moved)) {
  test(`${name} names another place to search`, (t) => {
    const { home, run, install } = openHome(t);
    const prefix = `elsewhere/${below}`;
    install(prefix);
    const env = { [name]: join(home, 'elsewhere') };
    assert.equal(run(['--version'], { env }).stdout, `${prefix}\ndaypass ${version}\n`);
  });
}

test('volta keeps Node and packages in different folders', (t) => {
  const { run, install } = openHome(t);
  install('.volta', { daypass: false });
  install('.volta/tools/image/packages/daypass', { node: false });
  assert.match(run(['--version']).stdout, /^daypass |^\.volta\ndaypass /);
});

test('the launcher works inside the package, from any folder', (t) => {
  const { run } = openHome(t);
  const env = { PATH: dirname(process.execPath) };
  const expected = { status: 0, stdout: `daypass ${version}\n`, stderr: '' };
  assert.deepEqual(run(['--version'], { by: join(repository, 'launcher/daypass'), env }), expected);
  assert.deepEqual(run(['--version'], { by: './daypass', cwd: join(repository, 'launcher'), env }), expected);
});

test('the folders above a copied launcher are not its package', (t) => {
  const { home, run, install } = openHome(t);
  // For example /lib/node_modules, which is /usr/lib/node_modules, above ~/.local/bin.
  install('.');
  install('.nvm/versions/node/v22.13.0');
  const by = join(home, 'home/u/.local/bin/daypass');
  mkdirSync(dirname(by), { recursive: true });
  copyFileSync(join(repository, 'launcher/daypass'), by);
  assert.match(run(['--version'], { by }).stdout, /^\.nvm/);
  assert.match(
    run(['--version'], { by, env: { PATH: join(home, '.nvm/versions/node/v22.13.0/bin') } }).stdout,
    /^\.nvm/,
  );
});

test('in a clone the launcher uses the Node of PATH, not one above the clone', (t) => {
  const { home, run, install } = openHome(t);
  install('.', { daypass: false });
  install('n', { daypass: false });
  const folder = join(home, 'home/u/clone');
  for (const part of ['dist', 'launcher']) mkdirSync(join(folder, part), { recursive: true });
  writeFileSync(join(folder, 'dist/daypass.cjs'), 'console.log("its own")');
  copyFileSync(join(repository, 'launcher/daypass'), join(folder, 'launcher/daypass'));
  const env = { PATH: join(home, 'n/bin') };
  assert.equal(run([], { by: join(folder, 'launcher/daypass'), env }).stdout, 'n\nits own\n');
});

test('in an installed package the launcher uses the Node beside it, not that of PATH', (t) => {
  const { home, run, install } = openHome(t);
  const folder = join(home, 'n/lib/node_modules/daypass');
  install('n', { daypass: false });
  install('other');
  for (const part of ['dist', 'launcher']) mkdirSync(join(folder, part), { recursive: true });
  writeFileSync(join(folder, 'dist/daypass.cjs'), 'console.log("its own")');
  copyFileSync(join(repository, 'launcher/daypass'), join(folder, 'launcher/daypass'));
  const env = { PATH: join(home, 'other/bin') };
  assert.equal(run([], { by: join(folder, 'launcher/daypass'), env }).stdout, 'n\nits own\n');
});

test('Node does not read the file of --env-file', (t) => {
  const { run, install } = openHome(t);
  install('n');
  // https://github.com/nodejs/node/issues/54232
  const { status, stderr } = run(['--env-file', '/missing.env']);
  assert.equal(status, 65);
  assert.match(stderr, /^daypass: bad-configuration: --env-file: \/missing.env does not exist\n/);
});

test('every argument arrives unchanged, and daypass gets the path of the launcher', (t) => {
  const { home, launcher, run, install } = openHome(t);
  install('n');
  const program = '#!/bin/sh\nshift 2\nprintf "<%s>" "$DAYPASS_LAUNCHER" "$@"\n';
  writeFileSync(join(home, 'n/bin/node'), program);
  const words = ['--profile', 'a  b $HOME "c" *', '', 'line\nline'];
  const all = words.map((word) => `<${word}>`).join('');
  assert.deepEqual(run(words), { status: 0, stdout: `<${launcher}>${all}`, stderr: '' });
  const by = './my bin/daypass';
  assert.equal(run(words, { by }).stdout, `<${home}/${by}>${all}`);
});
