// daypass starts through any link, in any folder and from any working directory: for a miss, a hit, a silent
// renewal and a command.
import assert from 'node:assert/strict';
import { copyFileSync, cpSync, linkSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { assertVersion1 } from './support/credentials-format.ts';
import { openStageFor } from './support/logging-stage.ts';
import { later } from './support/other-clock.ts';
import { daypassPath } from './support/sandbox.ts';
import { type Stage, signInProgram } from './support/stage.ts';

const root = dirname(dirname(daypassPath));
const keys = { daypass_browser: signInProgram, daypass_log: '' };
const skip = process.platform === 'win32' && 'links on Windows need a right';

/** Copies the built package into a folder, with a link to its libraries. */
function copyPackage(folder: string): string {
  mkdirSync(folder, { recursive: true });
  for (const part of ['dist', 'views', 'launcher', 'package.json'])
    cpSync(join(root, part), join(folder, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return join(folder, 'dist/daypass.cjs');
}

function link(target: string, path: string): string {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
  return path;
}

/** Makes a miss with a sign-in, a hit, a silent renewal and a logout, each started by these words. */
async function liveThrough(
  { sandbox, provider }: Stage,
  words: readonly string[],
  env: Record<string, string> = {},
): Promise<void> {
  const before = { ...provider.counts };
  const run = (args: string[], more = {}) =>
    sandbox.runProgram([...words, ...args, '--profile', 'developer'], { env: { ...env, ...more } });
  const miss = await run([]);
  assert.deepEqual([miss.code, miss.stderr], [0, '']);
  assertVersion1(miss.stdout);
  assert.deepEqual(await run([]), miss, 'a hit');
  const renewed = await run([], later('+3h'));
  assert.deepEqual([renewed.code, renewed.stderr], [0, '']);
  assert.notEqual(renewed.stdout, miss.stdout);
  const out = await run(['logout']);
  assert.deepEqual([out.code, out.stderr], [0, '']);
  const { codeExchange, refresh, revocation } = provider.counts;
  assert.deepEqual(
    [codeExchange - before.codeExchange, refresh - before.refresh, revocation - before.revocation],
    [1, 1, 1],
  );
}

/** Ways to the program; each returns the path by which a person starts it. */
const links: Record<string, (folder: string) => string> = {
  'a link': (folder) => link(daypassPath, join(folder, 'bin/daypass')),
  'a chain of links in other folders, one of them relative': (folder) => {
    link(daypassPath, join(folder, 'a/first'));
    link('../a/first', join(folder, 'b/second'));
    return link(join(folder, 'b/second'), join(folder, 'c/d/daypass'));
  },
  'a link of another name through a link to its folder': (folder) => {
    link(daypassPath, join(folder, 'real/aws-login'));
    return join(link('real', join(folder, 'current')), 'aws-login');
  },
  'npm link': (folder) => {
    link(root, join(folder, 'lib/node_modules/daypass'));
    return link('../lib/node_modules/daypass/dist/daypass.cjs', join(folder, 'bin/daypass'));
  },
};

for (const [how, make] of Object.entries(links)) {
  test(`daypass starts through ${how}, whatever Node does with links`, { skip }, async (t) => {
    const stage = await openStageFor(t, { keys });
    const path = make(join(stage.sandbox.home, '..', 'ways'));
    await liveThrough(stage, [path], { NODE_PRESERVE_SYMLINKS: '1' });
    await liveThrough(stage, [path], { NODE_PRESERVE_SYMLINKS_MAIN: '1' });
    const version = await stage.sandbox.runProgram([path, '--version'], {
      env: { NODE_OPTIONS: '--preserve-symlinks --preserve-symlinks-main' },
    });
    assert.deepEqual([version.code, version.stderr], [0, '']);
  });
}

test('with NODE_PRESERVE_SYMLINKS_MAIN nothing beside the link is loaded', { skip }, async (t) => {
  const stage = await openStageFor(t, { keys });
  const folder = join(stage.sandbox.home, '..', 'shared');
  const path = link(daypassPath, join(folder, 'bin/daypass'));
  const ran = join(folder, 'ran');
  const foreign = `require('node:fs').writeFileSync(${JSON.stringify(ran)}, '')`;
  const binding = join(
    folder,
    `node_modules/keytar/prebuilds/${process.platform}-${process.arch}/keytar.node`,
  );
  mkdirSync(dirname(binding), { recursive: true });
  // Loading this would be an error that a hit reports.
  writeFileSync(binding, 'no library');
  writeFileSync(join(folder, 'bin/reader.cjs'), foreign);
  writeFileSync(join(folder, 'bin/renewal.cjs'), foreign);
  await liveThrough(stage, [path], { NODE_PRESERVE_SYMLINKS_MAIN: '1' });
  assert.deepEqual(readdirSync(folder).sort(), ['bin', 'node_modules']);
});

for (const [how, make] of Object.entries({ 'a hard link': linkSync, 'a copy': copyFileSync })) {
  test(`${how} of the program alone is an error that says what to do`, async (t) => {
    const { sandbox } = await openStageFor(t, { keys });
    const path = join(copyPackage(join(sandbox.home, '..', 'package')), '../../../alone.cjs');
    make(join(sandbox.home, '../package/dist/daypass.cjs'), path);
    for (const args of [['--version'], ['--profile', 'developer'], ['login']]) {
      const { code, stdout, stderr } = await sandbox.runProgram([process.execPath, path, ...args]);
      assert.deepEqual([code, stdout], [127, '']);
      assert.equal(
        stderr,
        `daypass: not-installed: the other files of daypass are not beside ${JSON.stringify(join(path))}
hint: make a symbolic link to daypass.cjs in its package (ln -s) instead of a copy or a hard link
`,
      );
    }
  });
}

const oddNames = [
  'a b',
  '%41%',
  '#x',
  '?q=1',
  "it's",
  '"quoted"',
  'für 雪',
  '$HOME `id`',
  '-x',
  'a:b',
  '[1]',
];

test('daypass works in folders with odd characters in their names', { skip }, async (t) => {
  const stage = await openStageFor(t, { keys });
  // One package below all of these folders.
  const folder = join(stage.sandbox.home, '..', ...oddNames);
  const path = copyPackage(folder);
  await liveThrough(stage, [path]);
  await liveThrough(stage, [join(folder, 'launcher/daypass')]);
});

for (const name of ['back\\slash', 'star*']) {
  test(`a folder named ${name}, from which Node cannot import, is refused by its name`, {
    skip,
  }, async (t) => {
    const { sandbox } = await openStageFor(t, { keys });
    const path = copyPackage(join(sandbox.home, '..', name));
    const { code, stdout, stderr } = await sandbox.runProgram([path, '--profile', 'developer']);
    assert.deepEqual([code, stdout], [64, '']);
    assert.ok(stderr.startsWith('daypass: bad-folder: '), stderr);
    assert.ok(stderr.includes(`${JSON.stringify(dirname(path))}\nhint: `), stderr);
  });
}

test('a link to the launcher leads to the package of the launcher', { skip }, async (t) => {
  const stage = await openStageFor(t, { keys });
  const folder = join(stage.sandbox.home, '..');
  copyPackage(join(folder, 'package'));
  const first = link('../package/launcher/daypass', join(folder, 'one/daypass'));
  await liveThrough(stage, [link(first, join(folder, 'two/aws-login'))]);
});

/** Runs words in a working directory that was removed. */
const inRemoved = (words: readonly string[]) => [
  'sh',
  '-c',
  'mkdir removed && cd removed && rmdir ../removed && exec "$@"',
  'sh',
  ...words,
];

test('daypass works in a working directory that was removed', { skip }, async (t) => {
  const stage = await openStageFor(t, { keys });
  const path = join(stage.sandbox.home, '..', 'link');
  symlinkSync(daypassPath, path);
  await liveThrough(stage, inRemoved([daypassPath]));
  await liveThrough(stage, inRemoved([path]), { NODE_PRESERVE_SYMLINKS_MAIN: '1' });
  assert.equal((await stage.daypass()).code, 0);
  for (const [args, code] of [
    [['--version'], 0],
    [['status', '--profile', 'developer'], 0],
    [['env', '--profile', 'developer'], 0],
    [['exec', '--profile', 'developer', '--', '/bin/true'], 0],
    [['doctor', '--profile', 'developer'], 0],
    [['login', '--profile', 'developer', '--force'], 0],
  ] as const) {
    const result = await stage.sandbox.runProgram(inRemoved([daypassPath, ...args]));
    assert.equal(result.code, code, `${args.join(' ')}: ${result.stderr}`);
    assert.doesNotMatch(result.stderr, /internal|at .*:\d+/);
  }
});
