// Compares docs/troubleshooting.md with the codes that daypass can print.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { findingCodes } from '../../src/commands/doctor.ts';
import { exitCodes, startExitCodes } from '../../src/errors.ts';
import { readPage } from '../support/pages.ts';

const root = resolve(import.meta.dirname, '../..');
const page = readPage('docs/troubleshooting.md');
const errors: Readonly<Record<string, number>> = { ...exitCodes, ...startExitCodes };

/** The text of each section, by its code. */
const sections = new Map(
  page
    .split(/^(?=##)/m)
    .map((part) => /^### `([a-z-]+)`\n\n(.*)/s.exec(part))
    .flatMap((found) => (found ? [[found[1] ?? '', found[2] ?? ''] as const] : [])),
);

/** The text of every source file, by its path below src/, and that of the launcher. */
const sources = new Map(
  [
    ...readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).map((name) => `src/${name}`),
    'launcher/daypass',
  ]
    .filter((path) => /\.ts$|^launcher/.test(path))
    .map((path) => [path.replaceAll('\\', '/'), readFileSync(join(root, path), 'utf8')]),
);

test('there is a section for each code, and no other', () => {
  const headings = [...page.matchAll(/^### (.*)$/gm)].map(([, heading = '']) => heading);
  const codes = [...Object.keys(errors), ...findingCodes].map((code) => `\`${code}\``);
  assert.deepEqual(headings.sort(), codes.sort());
});

test('the section of an error begins with its exit code, and says what to do', () => {
  for (const [code, exitCode] of Object.entries(errors)) {
    const text = sections.get(code) ?? assert.fail(code);
    const [, stated] = /^Exit code (\d+)[.,]/.exec(text) ?? [];
    assert.equal(Number(stated), exitCode, code);
    assert.ok(text.length > 100, code);
  }
});

test('each code of the tables is one that some file prints', () => {
  const others = [...sources].filter(([path]) => path !== 'src/errors.ts').map(([, text]) => text);
  for (const code of Object.keys(errors)) {
    // `unsafe('file', …)` makes its code of two parts.
    const [, what] = /^unsafe-(directory|file)$/.exec(code) ?? [];
    const printed = what ? `unsafe('${what}'` : undefined;
    const isPrinted = (text: string) =>
      text.includes(`'${code}'`) ||
      text.includes(`daypass: ${code}:`) ||
      text.includes(printed ?? `'${code}'`);
    assert.ok(others.some(isPrinted), `no file prints ${code}`);
  }
});

test('a code that is not in a table is printed by no file', () => {
  const found = [...sources].flatMap(([path, text]) => {
    const printed = [...text.matchAll(/daypass: ([a-z]+(?:-[a-z]+)*): /g)].map(([, code = '']) => code);
    // Findings that have another code than their check.
    const ofFindings = path.startsWith('src/doctor/')
      ? [...text.matchAll(/\bcode: '([a-z-]+)'/g)].map(([, code = '']) => code)
      : [];
    return [...printed, ...ofFindings];
  });
  assert.ok(found.includes('no-node') && found.includes('pkce'), found.join(' '));
  const known = [...Object.keys(errors), ...findingCodes];
  assert.deepEqual(
    found.filter((code) => !known.includes(code)),
    [],
  );
});

test('the codes of errors and of findings are different words', () => {
  assert.deepEqual(
    findingCodes.filter((code) => code in errors),
    [],
  );
});
