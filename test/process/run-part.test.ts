// The reader runs with any file in the place of its V8 code cache.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));

test('a code cache that V8 cannot use is ignored', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-code-cache-'));
  t.after(() => rmSync(folder, { recursive: true }));
  cpSync(dist, folder, { recursive: true });
  const [name = '', ...others] = readdirSync(folder).filter((file) => file.endsWith('.cache'));
  assert.deepEqual(others, []);
  assert.equal(name, `reader-${process.version}-${process.platform}-${process.arch}.cache`);
  const cache = join(folder, name);
  const right = readFileSync(cache);
  const changed = (at: number) => {
    const bytes = Buffer.from(right);
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    return bytes;
  };
  const answer = () => {
    const program = [join(folder, 'daypass.cjs'), '--profile', 'none'];
    const env = { ...process.env, HOME: folder, AWS_CONFIG_FILE: join(folder, 'config') };
    const { status, stdout, stderr } = spawnSync(process.execPath, program, { env, encoding: 'utf8' });
    return { status, stdout, stderr };
  };
  const expected = answer();
  assert.equal(expected.status, 65);
  assert.match(expected.stderr, /^daypass: unknown-profile: /);
  for (const [what, bytes] of Object.entries({
    empty: Buffer.alloc(0),
    'a part of its header': right.subarray(0, 6),
    'cut short': right.subarray(0, right.length - 1000),
    'of another kind': changed(0),
    "another V8's": changed(4),
    "another source's": changed(8),
    "other flags'": changed(12),
    'not one at all': Buffer.from('#!/bin/sh\n'.repeat(1000)),
  })) {
    writeFileSync(cache, bytes);
    assert.deepEqual(answer(), expected, what);
  }
  rmSync(cache);
  assert.deepEqual(answer(), expected, 'none');
});
