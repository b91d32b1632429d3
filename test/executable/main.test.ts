// The single executable, on a PATH without Node.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, lstatSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { buildExecutable } from '../support/executable.ts';
import { openStageFor } from '../support/logging-stage.ts';
import { signInProgram } from '../support/stage.ts';
import { tellStories } from '../support/stories.ts';

const program = buildExecutable();

tellStories(program, 'artifacts/executable');

test('the notices of its parts are beside it', () => {
  const text = readFileSync(join(dirname(program.words[0] ?? ''), 'THIRD-PARTY.txt'), 'utf8');
  assert.match(text, /\nBun \d+\.\d+\.\d+, MIT\n/);
  assert.match(text, /\nopenid-client \d/);
});

test('Bun does not start in a working directory that was removed, and says so', () => {
  const script = 'cd "$(mktemp -d)" && rmdir "$PWD" && exec "$0" --version';
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', script, program.words[0]], {
    encoding: 'utf8',
  });
  assert.deepEqual([status, stdout], [1, '']);
  assert.match(stderr, /^error: The current working directory was deleted/);
});

test('unpacked files belong to the user only, and are repaired before use', async (t) => {
  const stage = await openStageFor(t, { program, keys: { daypass_browser: signInProgram } });
  const first = await stage.daypass();
  assert.equal(first.code, 0, first.stderr);
  const state = join(stage.sandbox.home, '.local/state/daypass');
  const [name = '', ...others] = readdirSync(state).filter((entry) => entry.startsWith('program-'));
  assert.deepEqual(others, []);
  assert.match(name, /^program-[0-9a-f]{64}$/);
  const folder = join(state, name);
  const binding = join(folder, 'keytar.node');
  const right = readFileSync(binding);
  assert.equal(lstatSync(folder).mode & 0o777, 0o700);
  const isRight = () => {
    const stats = lstatSync(binding);
    return stats.isFile() && (stats.mode & 0o7777) === 0o600 && readFileSync(binding).equals(right);
  };
  assert.ok(isRight());
  const elsewhere = join(stage.sandbox.home, 'elsewhere');
  writeFileSync(elsewhere, right);
  const wrongs: Record<string, () => void> = {
    'others may write it': () => chmodSync(binding, 0o666),
    'one byte differs': () => {
      const changed = Buffer.from(right);
      changed.writeUInt8(changed.readUInt8(changed.length - 1) ^ 1, changed.length - 1);
      writeFileSync(binding, changed);
    },
    'it is cut short': () => writeFileSync(binding, right.subarray(0, 1000)),
    'it is a link': () => {
      rmSync(binding);
      symlinkSync(elsewhere, binding);
    },
    'it is not there': () => rmSync(binding),
    'its folder is not there': () => rmSync(folder, { recursive: true }),
    'others may look into its folder': () => chmodSync(folder, 0o755),
  };
  for (const [what, spoil] of Object.entries(wrongs)) {
    spoil();
    // Two at the same time: neither may use a file that the other has not finished.
    const both = await Promise.all([stage.daypass(), stage.daypass()]);
    for (const { code, stdout, stderr } of both)
      assert.deepEqual([code, stdout, stderr], [0, first.stdout, ''], what);
    assert.ok(isRight(), what);
    assert.equal(lstatSync(folder).mode & 0o777, 0o700, what);
    assert.deepEqual(readdirSync(folder), ['keytar.node'], what);
  }
  chmodSync(folder, 0o777);
  const refused = await stage.daypass();
  assert.equal(refused.code, 78);
  assert.match(refused.stderr, /unsafe-directory: .*\nhint: run: chmod 700 /);
  chmodSync(folder, 0o700);
  // A user who can exchange a folder above could exchange the binding, which is code.
  for (const above of [stage.sandbox.home, join(stage.sandbox.home, '.local')]) {
    const { mode } = lstatSync(above);
    chmodSync(above, 0o777);
    const { code, stderr } = await stage.daypass();
    assert.equal(code, 78);
    assert.match(stderr, /unsafe-directory: .* is writable by other users.*\nhint: set XDG_STATE_HOME/);
    chmodSync(above, mode & 0o777);
  }
  assert.equal((await stage.daypass()).code, 0);
});
