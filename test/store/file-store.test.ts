import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ensurePrivateFolder } from '../../src/state/directory.ts';
import { FileStore } from '../../src/store/file-store.ts';

/** Starts a process that runs this code with the `store` of the folder. */
function start(folder: string, work: string): ChildProcess {
  const program = `
    import { FileStore } from ${JSON.stringify(new URL('../../src/store/file-store.ts', import.meta.url).href)};
    const store = new FileStore(${JSON.stringify(folder)});
    ${work}
  `;
  return spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

test('a delete also removes the files of a killed writer, and no other record', async () => {
  const state = mkdtempSync(join(tmpdir(), 'daypass-file-store-'));
  const folder = ensurePrivateFolder(state, 'sign-in');
  try {
    const store = new FileStore(folder);
    await store.write('ab', 'other');
    const leftovers = () => readdirSync(folder).filter((name) => name.startsWith('a.secret.'));
    while (leftovers().length === 0) {
      // The test kills it during a write.
      const child = start(folder, "console.log('writing'); for (;;) await store.write('a', 'secret');");
      const exit = once(child, 'exit');
      await once(child.stdout as NonNullable<typeof child.stdout>, 'data');
      child.kill('SIGKILL');
      await exit;
    }
    await store.delete('a');
    assert.deepEqual(readdirSync(folder), ['ab.secret']);
    assert.equal(await store.read('ab'), 'other');
    await store.delete('a');
  } finally {
    rmSync(state, { recursive: true });
  }
});

test('processes that check the store at the same time do not disturb each other, and leave nothing', async () => {
  const state = mkdtempSync(join(tmpdir(), 'daypass-file-store-'));
  const folder = ensurePrivateFolder(state, 'sign-in');
  const work = 'for (let round = 0; round < 200; round++) await store.check();';
  try {
    const children = [1, 2, 3].map(() => start(folder, work));
    const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0]));
    assert.deepEqual(codes, [0, 0, 0]);
    assert.deepEqual(readdirSync(folder), []);
  } finally {
    rmSync(state, { recursive: true });
  }
});
