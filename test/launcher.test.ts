// launcher/daypass finds Node if PATH has none, and runs nothing that another user can change.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  existsSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { riskyNodeOptions } from '../src/process/node-options.ts';

const repository = join(import.meta.dirname, '..');
const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));

/** A copy of the package, because another user may own the checkout. */
const installed = realpathSync(mkdtempSync(join(tmpdir(), 'daypass-installed-')));
after(() => rmSync(installed, { recursive: true }));
for (const part of ['dist', 'package.json'])
  cpSync(join(repository, part), join(installed, part), { recursive: true });

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
    run: (args: string[], { env = {}, cwd = home, by = launcher, uid = process.getuid?.() } = {}) => {
      const { status, stdout, stderr, error } = spawnSync(by, args, {
        env: { HOME: home, PATH: path, ...env },
        cwd,
        encoding: 'utf8',
        ...(uid === undefined ? {} : { uid }),
      });
      assert.equal(error, undefined);
      return { status, stdout, stderr };
    },
    /** Installs daypass below a prefix, and a Node that prints its own prefix. */
    install(prefix: string, { node = true, daypass = true } = {}) {
      const at = join(home, prefix);
      if (daypass) {
        mkdirSync(join(at, 'lib/node_modules'), { recursive: true });
        symlinkSync(installed, join(at, 'lib/node_modules/daypass'));
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
  assert.match(
    stderr,
    /^daypass: not-installed: .*\nhint: in a clone of daypass, run: npm ci && npm run build && npm link\n$/,
  );
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

/** An account that owns nothing else here. Only root can give files to it. */
const stranger = 64123;
const asRoot = { skip: process.getuid?.() !== 0 && 'only root can make files of another user' };

type Change = (home: string) => void;
const chown = (path: string, uid: number, gid: number) => (home: string) =>
  chownSync(join(home, path), uid, gid);
const chmod = (path: string, mode: number) => (home: string) => chmodSync(join(home, path), mode);
const swap =
  (path: string, target: string, uid = 0) =>
  (home: string) => {
    rmSync(join(home, path), { recursive: true });
    symlinkSync(target, join(home, path));
    lchownSync(join(home, path), uid, 0);
  };
const parent = 'n/lib/node_modules';

/** BusyBox has the `ls` of Alpine Linux. */
const busybox = ['/bin/busybox', '/usr/bin/busybox'].find((path) => existsSync(path));
const canMount = busybox && spawnSync('unshare', ['--mount', 'true']).status === 0;

test('the launcher reads the lists of BusyBox, also of names with blanks and umlauts', {
  skip: !canMount && 'needs BusyBox, and the right to mount',
}, (t) => {
  const { home, launcher, install } = openHome(t);
  install('für mich');
  const script = `mount --bind ${busybox} "$(readlink -f /bin/ls)" && exec "$0" --version`;
  const { stdout, stderr } = spawnSync('unshare', ['--mount', 'sh', '-c', script, launcher], {
    env: { HOME: home, N_PREFIX: join(home, 'für mich'), PATH: '/usr/bin:/bin:/usr/sbin:/sbin' },
    encoding: 'utf8',
  });
  assert.match(stdout, /^für mich\ndaypass \d/, stderr);
});

/** Each makes a part of the way to the package in ~/n one that another user can change. */
const changeable: [what: string, change: Change[], reason: RegExp][] = [
  ['owns the prefix', [chown('n', stranger, 0)], /user 64123 owns \S+\/n$/],
  ['owns a folder inside', [chown(parent, stranger, 0)], /user 64123 owns \S+\/n\/lib\/node_modules$/],
  ['may write to the prefix', [chmod('n', 0o757)], /every user can change \S+\/n$/],
  [
    'has a group that may write',
    [chown('n', 0, stranger), chmod('n', 0o775)],
    /group 64123 can change \S+\/n$/,
  ],
  [
    'owns the link to the package',
    [(home) => lchownSync(join(home, parent, 'daypass'), stranger, 0)],
    /user 64123 owns \S+\/daypass$/,
  ],
  [
    'owns the folder to which a link leads',
    [
      (home) => cpSync(installed, join(home, 'elsewhere'), { recursive: true }),
      chown('elsewhere/dist', stranger, 0),
      swap(`${parent}/daypass`, '../../../elsewhere'),
    ],
    /user 64123 owns \S+\/elsewhere\/dist$/,
  ],
  ['is led in a circle', [swap(`${parent}/daypass`, 'daypass')], /^$/],
];
for (const [who, changes, reason] of changeable) {
  test(
    `E01 the launcher does not run a package if another user ${who}, and names the prefix`,
    asRoot,
    (t) => {
      if (elsewhere) return t.skip('daypass is installed on this machine');
      const { home, run, install } = openHome(t);
      install('n');
      for (const change of changes) change(home);
      const { status, stdout, stderr } = run(['--version']);
      assert.deepEqual([status, stdout], [127, '']);
      const [error = '', hint] = stderr.split('\n');
      const [said, why = ''] = error.split('; the one in ');
      assert.equal(said, 'daypass: not-installed: daypass is not installed for any Node on this machine');
      const [prefix, cause = ''] = why.split(' is not used, because ');
      if (why) assert.equal(prefix, join(home, 'n'));
      assert.match(cause, reason);
      assert.match(
        hint ?? '',
        why
          ? / in a clone of daypass, run: npm ci && npm run build && npm install --global --prefix ~\/\.local \.$/
          : /^hint: /,
      );
      // An own installation wins, wherever it stands in the list.
      install('.nvm/versions/node/v22.13.0');
      assert.match(run(['--version']).stdout, /^\.nvm.*\ndaypass /);
    },
  );
}

test(
  'E01 the launcher does not run a Node that another user can change, and names its prefix',
  asRoot,
  (t) => {
    const { home, run, install } = openHome(t);
    install('.npm-global', { node: false });
    install('n', { daypass: false });
    chownSync(join(home, 'n/bin/node'), stranger, 0);
    const env = { NO_OTHER: '1' };
    const { status, stderr } = run(['--version'], { env });
    if (status !== 0)
      assert.match(
        stderr,
        /^daypass: no-node: .*; the Node in \S+\/n is not used, because user 64123 owns \S+\/node\nhint: /,
      );
    install('.nodenv/versions/22.13.0', { daypass: false });
    assert.match(run(['--version']).stdout, /^\.nodenv/);
  },
);

test('the Node on PATH is the choice of the person, but not the package beside it', asRoot, (t) => {
  if (elsewhere) return t.skip('daypass is installed on this machine');
  const { home, run, install } = openHome(t);
  install('n');
  chownSync(join(home, 'n/bin'), stranger, 0);
  const env = { PATH: join(home, 'n/bin') };
  // The package is still safe here.
  assert.match(run(['--version'], { env }).stdout, /^n\ndaypass /);
  chownSync(join(home, 'n'), stranger, 0);
  assert.match(run(['--version'], { env }).stderr, /^daypass: not-installed: .*user 64123 owns/);
  install('.local', { node: false });
  assert.match(run(['--version'], { env }).stdout, /^n\ndaypass /);
});

test('group write does not matter for root, for a sticky folder, and for a group of this user alone', (t) => {
  const { home, run, install } = openHome(t);
  install('n');
  chmodSync(join(home, 'n'), 0o1777);
  assert.match(run(['--version']).stdout, /^n\n/);
  chmodSync(join(home, 'n'), 0o755);
  const { uid, gid, username } = userInfo();
  const [group = ''] =
    readFileSync('/etc/group', 'utf8').match(new RegExp(`^${username}:.*:${gid}:.*$`, 'm')) ?? [];
  if (uid !== 0 && !/:$/.test(group)) return t.skip('this user has no group of their own');
  chmodSync(join(home, 'n'), 0o775);
  assert.match(run(['--version']).stdout, /^n\n/);
});

test('an ordinary user runs files of theirs or of root, and none of a third account', asRoot, (t) => {
  const { home, run, install } = openHome(t);
  chmodSync(installed, 0o755);
  install('n');
  install('.nvm/versions/node/v22.13.0');
  const give = (path: string, uid: number) => execFileSync('chown', ['-hR', `${uid}`, join(home, path)]);
  give('.', stranger);
  assert.match(run(['--version'], { uid: stranger }).stdout, /^n\ndaypass /);
  give('n', stranger + 1);
  assert.match(run(['--version'], { uid: stranger }).stdout, /^\.nvm.*\ndaypass /);
  give('n', 0);
  assert.match(run(['--version'], { uid: stranger }).stdout, /^n\ndaypass /);
});

test('a path with blanks, patterns and arrows is checked like any other', asRoot, (t) => {
  const { home, run, install } = openHome(t);
  const strange = 'a  b* -> [c]';
  install(`${strange}/x`);
  const env = { N_PREFIX: join(home, strange, 'x') };
  assert.match(run(['--version'], { env }).stdout, /daypass /);
  chownSync(join(home, strange), stranger, 0);
  assert.doesNotMatch(run(['--version'], { env }).stdout, /^a {2}b/);
});

/** Options of NODE_OPTIONS that load code, print or open a port. */
const risky = [
  ...[
    '--require=/x.cjs',
    '--require /x.cjs',
    '-r /x.cjs',
    '--import=/x.mjs',
    '--import data:text/javascript,0',
  ],
  ...['--experimental-loader=/x.mjs', '--loader /x.mjs', '--inspect', '--inspect-brk=0', '--trace-warnings'],
  ...[
    '--trace_exit',
    '--tls-keylog=/x',
    '--cpu-prof',
    '--heapsnapshot-signal=SIGUSR2',
    '--diagnostic-dir=/x',
  ],
  ...['--require "/a b/x.cjs"', '"--require" /x.cjs', '--new-option-of-a-later-node', '--snapshot-blob=/x'],
];
const needed = [
  ...['--max-old-space-size=4096', '--max_old_space_size=4096', '--use-openssl-ca', '--use-system-ca'],
  ...['--use-env-proxy', '--tls-min-v1.2', '--dns-result-order=ipv4first', '--no-warnings', '--enable-fips'],
  ...['--openssl-config=/etc/fips.cnf', '--max-http-header-size=32768', '--disable-warning=DEP0040'],
];

test('E02 the launcher drops options of NODE_OPTIONS that run code or print, and keeps the others', (t) => {
  const { home, run, install } = openHome(t);
  install('n');
  const shown = ['NODE_OPTIONS', 'DAYPASS_NODE_OPTIONS'].map((name) => `"\${${name}-unset}"`);
  const report = `#!/bin/sh\nprintf "%s|%s" ${shown.join(' ')}\n`;
  writeFileSync(join(home, 'n/bin/node'), report);
  const passed = (given?: string) =>
    run([], {
      env: { DAYPASS_NODE_OPTIONS: 'stale', ...(given === undefined ? {} : { NODE_OPTIONS: given }) },
    }).stdout;
  assert.equal(passed(), 'unset|unset');
  assert.equal(passed(''), '|unset');
  for (const option of risky) {
    assert.equal(passed(option), `unset|${option}`);
    assert.equal(
      passed(`${option}  --no-warnings ${option}`),
      `--no-warnings|${option}  --no-warnings ${option}`,
    );
    assert.deepEqual(riskyNodeOptions({ NODE_OPTIONS: option }), [/--?[a-z-_]+/.exec(option)?.[0]], option);
  }
  for (const option of needed) {
    assert.equal(passed(option), `${option}|${option}`);
    assert.deepEqual(riskyNodeOptions({ NODE_OPTIONS: option }), [], option);
  }
  // The launcher and doctor judge every option of this Node alike.
  const options = [...process.allowedNodeEnvironmentFlags].flatMap((flag) => [flag, `${flag}=1`]);
  const [kept = ''] = passed(options.join(' ')).split('|');
  const harmless = options.filter((option) => riskyNodeOptions({ NODE_OPTIONS: option }).length === 0);
  assert.deepEqual(kept.split(' '), harmless);
});
