import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { createSandbox, daypassPath } from '../support/sandbox.ts';

test('a caller without file descriptors for a renewal says so', async () => {
  const config = `[profile developer]
daypass_issuer = http://127.0.0.1:2
daypass_client_id = daypass-test
daypass_role_arn = arn:aws:iam::123456789012:role/DeveloperAccess
daypass_store = file
daypass_browser = /bin/true
`;
  const { env, home, remove } = await createSandbox({ config });
  const heard = new Set<string>();
  try {
    // How many a start takes differs with Node; in between, the lock can be opened and the pipe cannot.
    for (let limit = 18; limit < 32; limit++) {
      const line = `ulimit -n ${limit}; exec "$@"`;
      const child = spawn(
        '/bin/sh',
        ['-c', line, 'sh', process.execPath, daypassPath, '--profile', 'developer'],
        {
          cwd: home,
          env,
          detached: true,
          stdio: ['ignore', 'ignore', 'pipe'],
        },
      );
      const ended = new Promise((resolve) => child.on('close', resolve));
      heard.add((await text(child.stderr as Readable)).split('\n', 1)[0] ?? '');
      await ended;
      rmSync(join(home, '.local'), { recursive: true, force: true });
    }
    assert.ok(heard.has('daypass: io: no process can be started for the renewal'), [...heard].join('\n'));
    assert.doesNotMatch([...heard].join('\n'), /internal/);
  } finally {
    await remove({ graceMs: 12_000 });
  }
});
