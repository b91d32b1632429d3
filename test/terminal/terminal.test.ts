// Output that no reader takes.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { DaypassError } from '../../src/errors.ts';
import { formatError } from '../../src/terminal/terminal.ts';
import { createSandbox, testedProgram } from '../support/sandbox.ts';
import { startTerminal } from '../support/terminal-run.ts';

for (const command of [['--help'], ['--version']]) {
  test(`${command}: a full disk behind stdout is an error`, async () => {
    const { env, home, remove } = await createSandbox();
    const full = openSync('/dev/full', 'w');
    try {
      const [file, ...args] = testedProgram.words;
      const child = spawn(file, [...args, ...command], {
        cwd: home,
        env,
        stdio: ['ignore', full, 'pipe'],
      });
      const ended = new Promise((resolve) => child.on('close', resolve));
      assert.match(
        await text(child.stderr as Readable),
        /^daypass: io: cannot write to stdout: ENOSPC\nhint: .+\n$/,
      );
      assert.equal(await ended, 74);
    } finally {
      closeSync(full);
      await remove();
    }
  });
}

test('a terminal stopped with ^S does not block daypass', async (t) => {
  const { env, home, remove } = await createSandbox();
  // The shell waits for a line that is typed after ^S, so the terminal is stopped before daypass begins.
  const line = 'read -r line; exec "$@"';
  const terminal = startTerminal(['/bin/sh', '-c', line, 'sh', ...testedProgram.words, '--profile', 'x'], {
    folder: join(home, '..', 'terminal'),
    cwd: home,
    env,
  });
  const deadline = setTimeout(() => terminal.hangUp(), 60_000);
  t.after(async () => {
    clearTimeout(deadline);
    await remove();
  });
  terminal.type('\x13go\n');
  const { code, stderr, terminal: shown } = await terminal.exit;
  assert.equal(code, 65);
  assert.match(stderr, /^daypass: unknown-profile: /);
  assert.doesNotMatch(shown, /unknown-profile/);
});

test('an error and its hint are shorter than 2 KB for any content, and a hint of 900 bytes is complete', () => {
  for (const filler of ['x', 'é', '山', '😀', '\u202e']) {
    const long = filler.repeat(3000);
    const told = formatError(
      new DaypassError('keychain-unresponsive', [long, long, long, long], {
        hint: long,
        allBy: 'daypass doctor --profile developer',
      }),
    );
    assert.ok(Buffer.byteLength(told) < 2048, `${Buffer.byteLength(told)} bytes`);
    assert.equal(told.match(/\n/g)?.length, 5);
  }
  const hint = 'x'.repeat(900);
  assert.ok(formatError(new DaypassError('io', 'no', { hint })).endsWith(`hint: ${hint}\n`));
});
