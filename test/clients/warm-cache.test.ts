// The keychain has a session: case C1 of docs/threats.md.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertWell, openClientStage, record } from './client-stage.ts';
import { lacks } from './installed.ts';

test('C1 every client gets the credentials of the keychain, with an empty stderr', async (t) => {
  const stage = await openClientStage(t);
  const { AccessKeyId, SessionToken } = JSON.parse((await stage.daypass()).stdout);
  for (const client of stage.clients) {
    await t.test(client.name, async () => {
      const requests = client.asks ? 3 : 1;
      const run = await stage.run(client, { requests });
      assertWell(run, client.asks ? requests : 0);
      // This client makes no request and prints the key.
      if (client.name === 'CRT') assert.deepEqual(run.answers, Array(3).fill(`ok ${AccessKeyId}`));
      assert.deepEqual([run.tabs, run.sts], [0, 0]);
      record(`C1 a session in the keychain${client.asks ? `, ${requests} requests` : ''}`, client.name, run, {
        expected: client.starts(requests, 3600),
      });
    });
  }
  const stored = lacks('rclone') && lacks('restic') ? [] : [SessionToken];
  assert.deepEqual([...stage.storage.tokens], stored);
});

test('C1 daypass does not read stdin or wait for it', async (t) => {
  const stage = await openClientStage(t);
  assert.equal((await stage.daypass()).code, 0);
  const endless = join(stage.sandbox.home, 'endless');
  execFileSync('mkfifo', [endless]);
  const stdins = { closed: '<&-', 'a pipe that never ends': `<>'${endless}'` };
  for (const [what, redirection] of Object.entries(stdins)) {
    for (const client of stage.clients) {
      await t.test(`${client.name}, ${what}`, async () => {
        const words = ['/bin/sh', '-c', `exec "$@" ${redirection}`, 'sh', ...client.words];
        const run = await stage.run({ ...client, words: words.map((word) => renamed(word, what)) });
        assertWell(run, client.asks ? 1 : 0);
        record(`C1 stdin is ${what}`, client.name, run, { expected: client.starts(1, 3600) });
      });
    }
  }
});

/** Gives restic a new repository, because it creates one only once. */
function renamed(word: string, name: string): string {
  return word.replace(/\/backups$/, `/backups-${name.length}`);
}
