// Runs the files of `test:portable` with Windows' Node, which removes their types by itself.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { after, before } from 'node:test';
import { nameOf, portableOnWindows } from '../kinds.ts';
import { step } from './record.ts';
import { lacking, node, openWindows, repository, type Windows } from './windows.ts';

/** Files that do not run here, by their text. */
const unable: readonly [use: RegExp, reason: string][] = [
  [/cpuUsage/, 'it measures the sources by the CPU time of Linux'],
];

const env = {
  // esbuild's program beside tsx is that of Linux.
  ESBUILD_BINARY_PATH: 'C:\\Program Files\\esbuild\\esbuild.exe',
  // Also for what a test starts.
  NODE_OPTIONS: `--require ${lacking.replaceAll('\\', '/')}`,
};

let windows: Windows;
before(async () => {
  windows = await openWindows();
});
after(() => windows?.close());

step('portable files', async (t) => {
  const files = portableOnWindows();
  const waiting: string[] = [];
  const failed: string[] = [];
  for (const file of files) {
    const text = readFileSync(file, 'utf8');
    const reason = unable.find(([use]) => use.test(text))?.[1];
    if (reason === undefined) waiting.push(nameOf(file));
    else t.diagnostic(`not ${nameOf(file)}: ${reason}`);
  }
  const work = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const file = `${repository}\\test\\${name.replaceAll('/', '\\')}`;
      await t.test(name, async () => {
        const words = [node, '--test-reporter=spec', file];
        const { code, stdout, stderr } = await windows.run(words, { cwd: repository, env });
        if (code !== 0) failed.push(name);
        assert.equal(code, 0, `${stdout}${stderr}`);
      });
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  assert.deepEqual(failed, []);
});
