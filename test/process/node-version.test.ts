// The program under a Node that is too old: here the present Node with another version number.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { transform } from 'esbuild';
import { daypassPath } from '../support/sandbox.ts';

const folder = mkdtempSync(join(tmpdir(), 'daypass-node-version-'));
process.once('exit', () => rmSync(folder, { recursive: true }));
const another = join(folder, 'another.cjs');
writeFileSync(
  another,
  `const { NODE: node } = process.env;
  Object.defineProperty(process, 'versions', { value: { ...process.versions, node } });
  Object.defineProperty(process, 'version', { value: 'v' + node });`,
);

function run(node: string) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--require', another, daypassPath, '--version'],
    { env: { ...process.env, NODE: node }, encoding: 'utf8' },
  );
  return { status, stdout, stderr };
}

for (const node of ['12.22.12', '18.20.8', '20.19.6', '21.7.3', '22.11.0']) {
  test(`Node ${node} is too old, and that is the first error`, () => {
    assert.deepEqual(run(node), {
      status: 64,
      stdout: '',
      stderr: `daypass: old-node: ${JSON.stringify(process.execPath)} is Node v${node}, and daypass needs Node 20.20, 22.12 or newer
hint: install Node 24 (https://nodejs.org/en/download), and put it before this one on PATH
`,
    });
  });
}

for (const node of ['20.20.0', '22.12.0', '23.0.0', '100.0.0']) {
  test(`Node ${node} runs daypass`, () => {
    const { status, stdout, stderr } = run(node);
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(stdout, /^daypass \d/);
  });
}

for (const [name, key] of [
  ['Bun', 'bun'],
  ['Deno', 'deno'],
] as const) {
  test(`${name} in place of Node is the first error`, () => {
    const other = join(folder, `${key}.cjs`);
    // Both pretend to be a Node that is new enough.
    const versions = `{ ...process.versions, node: '26.3.0', ${key}: '1.4.5' }`;
    writeFileSync(other, `Object.defineProperty(process, 'versions', { value: ${versions} })`);
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--require', other, daypassPath, '--version'],
      { encoding: 'utf8' },
    );
    assert.deepEqual([status, stdout], [64, '']);
    assert.equal(
      stderr,
      `daypass: not-node: ${JSON.stringify(process.execPath)} is ${name} 1.4.5, and daypass needs Node 20.20, 22.12 or newer
hint: put Node before it on PATH, or start daypass with Node by its path
`,
    );
  });
}

test('the bin has no syntax that Node 12 cannot read', async () => {
  const bin = readFileSync(daypassPath, 'utf8');
  const [now, then] = await Promise.all(
    ['esnext', 'node12'].map((target) => transform(bin, { target, logLevel: 'silent' })),
  );
  assert.equal(then?.code, now?.code);
});
