// What SECURITY.md says about the dependencies.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const page = read('SECURITY.md');
const { dependencies } = JSON.parse(read('package.json'));

interface Locked {
  version: string;
  dev?: true;
  hasInstallScript?: true;
  dependencies?: Record<string, string>;
}

const locked: Record<string, Locked> = JSON.parse(read('package-lock.json')).packages;

test('SECURITY.md counts the libraries that daypass depends on', () => {
  assert.match(page, /daypass depends on eight libraries/);
  assert.equal(Object.keys(dependencies).length, 8);
});

test('SECURITY.md names the versions that package-lock.json pins', () => {
  const named: Record<string, RegExp> = {
    open: /`open` ([\d.]+)/,
    qs: /qs ([\d.]+)/,
    'path-to-regexp': /path-to-regexp ([\d.]+\d)/,
    jose: /jose ([\d.]+)/,
    keytar: /`@github\/keytar` ([\d.]+)/,
  };
  // The first column names versions that were vulnerable.
  const answers = page.split('\n').map((line) => line.split('|')[2] ?? '');
  const text = answers.join('\n');
  for (const [library, pattern] of Object.entries(named)) {
    const versions = Object.entries(locked).flatMap(([path, { version }]) =>
      path.endsWith(`node_modules/${library}`) ? [version] : [],
    );
    assert.deepEqual(versions, [pattern.exec(text)?.[1]], library);
  }
});

test('only the keychain library has an installation script, and it downloads nothing', () => {
  const scripts = Object.entries(locked).filter(([, { dev, hasInstallScript }]) => hasInstallScript && !dev);
  assert.deepEqual(
    scripts.map(([path]) => path),
    ['node_modules/keytar'],
  );
  // The original keytar downloads its binaries by `prebuild-install`.
  assert.deepEqual(Object.keys(locked['node_modules/keytar']?.dependencies ?? {}), ['node-addon-api']);
  for (const path of Object.keys(locked)) assert.doesNotMatch(path, /prebuild-install|tar-fs/);
});
