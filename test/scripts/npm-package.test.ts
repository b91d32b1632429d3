// The contents of the npm package, and the lockfile in it. `test:packages` installs it.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { type Lock, shrinkwrapOf } from '../../scripts/packages/shrinkwrap.mjs';

const root = resolve(import.meta.dirname, '../..');
const lock: Lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
const about = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** All files of the package but those of dist/. npm adds npm-shrinkwrap.json when it packs. */
const listed = [
  'LICENSE',
  'README.md',
  'SECURITY.md',
  'docs/administrators.md',
  'docs/commands.md',
  'docs/configure.md',
  'docs/credential-process-line.md',
  'docs/how-it-works.md',
  'docs/install.md',
  'docs/json.md',
  ...['adfs', 'auth0', 'cognito', 'dex', 'entra', 'gitlab', 'google', 'keycloak', 'okta', 'other'].map(
    (name) => `docs/providers/${name}.md`,
  ),
  'docs/recipes.md',
  'docs/settings.md',
  'docs/status.md',
  'docs/troubleshooting.md',
  'launcher/daypass',
  'man/daypass.1',
  'package.json',
  ...['answered-before', 'icon', 'layout', 'next-step', 'not-accepted', 'sign-in-failed', 'signed-in'].map(
    (name) => `views/${name}.eta`,
  ),
  'views/copy.js',
  'views/style.css',
];

test('the npm package contains the listed files, and of dist/ the built files alone', () => {
  const words = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const windows = process.platform === 'win32';
  const [packed] = JSON.parse(execFileSync('npm', words, { cwd: root, encoding: 'utf8', shell: windows }));
  const paths: string[] = packed.files.map(({ path }: { path: string }) => path);
  const built = paths.filter((path) => path.startsWith('dist/'));
  const others = paths.filter((path) => !built.includes(path) && path !== 'npm-shrinkwrap.json');
  assert.deepEqual(others.sort(), listed.sort());
  const odd = built.filter((path) => !/^dist\/([a-z-]+|shared-[A-Z\d]{8})\.[cm]js(\.map)?$/.test(path));
  assert.deepEqual(odd, []);
  assert.ok(built.includes('dist/daypass.cjs'));
  assert.ok(about.files.includes('npm-shrinkwrap.json'));
});

test('npm-shrinkwrap.json has the packages that users need, without addresses', () => {
  const { packages } = shrinkwrapOf(lock);
  assert.deepEqual(packages['']?.dependencies, about.dependencies);
  assert.equal(packages['']?.devDependencies, undefined);
  const needed = Object.entries(lock.packages).filter(([, { dev }]) => !dev);
  assert.deepEqual(
    Object.keys(packages),
    needed.map(([path]) => path),
  );
  assert.ok(!Object.keys(packages).includes('node_modules/typescript'));
  for (const [path, { version, integrity, resolved, dev }] of Object.entries(packages)) {
    assert.equal(version, lock.packages[path]?.version, path);
    assert.equal(integrity, lock.packages[path]?.integrity, path);
    assert.ok(path === '' || /^sha512-/.test(String(integrity)), path);
    assert.deepEqual([resolved, dev], [undefined, undefined], path);
  }
});

test('the lockfile has every dependency of a package that users need', () => {
  const { packages } = shrinkwrapOf(lock);
  for (const [path, { dependencies = {} }] of Object.entries(packages)) {
    for (const name of Object.keys(dependencies as object)) {
      const folders = path.split(/(?=\/node_modules\/)/).map((_, at, all) => all.slice(0, at + 1).join(''));
      const places = ['', ...folders].map((folder) =>
        join(folder, 'node_modules', name).replaceAll('\\', '/'),
      );
      assert.ok(
        places.some((place) => packages[place]),
        `${path} needs ${name}`,
      );
    }
  }
});

test('an address and a package for development are left out, and a package for both stays as optional', () => {
  const { packages } = shrinkwrapOf({
    packages: {
      '': { name: 'a', dependencies: { b: '1' }, devDependencies: { c: '1' } },
      'node_modules/b': {
        version: '1.0.0',
        resolved: 'https://registry.example/b.tgz',
        integrity: 'sha512-b',
      },
      'node_modules/c': { version: '1.0.0', dev: true },
      'node_modules/d': { version: '1.0.0', devOptional: true },
    },
  });
  assert.deepEqual(packages, {
    '': { name: 'a', dependencies: { b: '1' } },
    'node_modules/b': { version: '1.0.0', integrity: 'sha512-b' },
    'node_modules/d': { version: '1.0.0', optional: true },
  });
});

test('the script writes and removes its own npm-shrinkwrap.json, and never that of a person', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-shrinkwrap-'));
  t.after(() => rmSync(folder, { recursive: true, maxRetries: 20 }));
  const script = 'scripts/packages/shrinkwrap.mjs';
  cpSync(join(root, script), join(folder, script));
  const file = join(folder, 'npm-shrinkwrap.json');
  const own = {
    packages: {
      '': { name: 'a', devDependencies: { c: '1' } },
      'node_modules/c': { version: '1.0.0', dev: true },
    },
  };
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(own));
  const run = (...words: string[]) =>
    spawnSync(process.execPath, [script, ...words], { cwd: folder, encoding: 'utf8' });

  assert.equal(run('--remove').status, 0);
  assert.equal(run().status, 0);
  const made = readFileSync(file, 'utf8');
  assert.deepEqual(JSON.parse(made), { packages: { '': { name: 'a' } } });
  // A pack that was interrupted left it.
  assert.equal(run().status, 0);
  assert.equal(readFileSync(file, 'utf8'), made);
  assert.equal(run('--remove').status, 0);
  assert.ok(!existsSync(file));

  for (const text of [JSON.stringify(own), '{ "packages": {', 'null', '{}']) {
    writeFileSync(file, text);
    for (const words of [[], ['--remove']]) {
      const { status, stderr } = run(...words);
      assert.equal(status, 1, text);
      assert.match(stderr, /npm-shrinkwrap\.json is not the one that npm pack makes: move it away/);
      assert.equal(readFileSync(file, 'utf8'), text);
    }
  }
});
