// daypass starts from a working directory of another user.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { daypassFile } from './support/sandbox.ts';
import { openStage, signInProgram } from './support/stage.ts';

test('daypass works in a working directory that this user must not read', {
  skip: process.getuid?.() !== 0 && 'only root can become another user',
}, async (t) => {
  const { sandbox, provider, config, close } = await openStage({
    keys: { daypass_browser: signInProgram, daypass_store: 'file' },
  });
  t.after(close);
  const user = { uid: 64_123, gid: 64_123 };
  const folder = join(sandbox.home, '..');
  chmodSync(folder, 0o755);
  sandbox.writeConfig(config());
  execFileSync('chown', ['-R', `${user.uid}:${user.gid}`, sandbox.home]);
  const closed = join(folder, 'closed');
  mkdirSync(closed);
  const run = (...args: string[]) =>
    sandbox.runProgram([
      'sh',
      '-c',
      'cd "$0" && exec setpriv --reuid 64123 --regid 64123 --clear-groups "$@"',
      closed,
      daypassFile,
      ...args,
    ]);
  chmodSync(closed, 0o700);
  chownSync(closed, 0, 0);
  const miss = await run('--profile', 'developer');
  assert.deepEqual([miss.code, miss.stderr], [0, '']);
  assert.deepEqual(await run('--profile', 'developer'), miss);
  const out = await run('logout', '--profile', 'developer');
  assert.deepEqual([out.code, out.stderr], [0, '']);
  // On the way daypass goes to its state directory, and cannot come back.
  const command = await run('exec', '--profile', 'developer', '--', '/bin/pwd', '-P');
  assert.deepEqual([command.code, command.stdout], [0, '/\n'], command.stderr);
  assert.equal(provider.counts.codeExchange, 2);
});
