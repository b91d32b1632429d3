import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { glibcOf } from '../../scripts/packages/contents.mjs';
import { factsOf, packageVersion } from '../../scripts/packages/facts.mjs';
import { filled, placeholdersOf } from '../../scripts/packages/template.mjs';

const template = (path: string) => readFileSync(resolve(import.meta.dirname, '../../packages', path), 'utf8');

test('a version before a release gets a tilde, so that Debian and rpm count it as older', () => {
  assert.equal(packageVersion('1.20.3'), '1.20.3');
  assert.equal(packageVersion('1.0.0-rc.1'), '1.0.0~rc.1');
  for (const version of ['1.0', '1.0.0-rc-1', '1.0.0+build', 'v1.0.0', ''])
    assert.throws(() => packageVersion(version), /cannot be written for packages/, version);
});

test('a template is filled completely or not at all', () => {
  assert.equal(
    filled('@a@ <@owner@@example.com> @sha256:linux-x64@', { a: '1', owner: 'b', 'sha256:linux-x64': 'c' }),
    '1 <b@example.com> c',
  );
  assert.throws(() => filled('@a@ @b@', { a: '1' }), /no value is known for @b@/);
});

test('each template names words that are known, and no maintainer script or scriptlet', () => {
  const { words } = factsOf(1);
  const others = ['debian', 'kilobytes', 'glibc', 'files', 'zstd'];
  for (const path of ['deb/control', 'rpm/daypass.spec', 'homebrew/daypass.rb', 'docker/Dockerfile']) {
    const unknown = placeholdersOf(template(path)).filter(
      (word) =>
        !(word in words) && !others.includes(word) && !/^sha256:(linux|darwin)-(x64|arm64)$/.test(word),
    );
    assert.deepEqual(unknown, [], path);
  }
  assert.doesNotMatch(template('rpm/daypass.spec'), /^%(pre|post|trigger|filetrigger|verifyscript)/m);
});

test('glibc is the newest version that a NUL-terminated name in the executable has', () => {
  assert.equal(glibcOf(Buffer.from('\0GLIBC_2.9\0x\0GLIBC_2.17\0GLIBC_2.2.5\0 GLIBC_2.40 ')), '2.17');
  assert.throws(() => glibcOf(Buffer.from('nothing')), /names no version of glibc/);
});
