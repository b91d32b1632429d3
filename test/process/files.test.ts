// Files that cannot be replaced or removed at first, as on Windows while another program has them open.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { failingFiles, faultsInUse } from '../support/failing-files.ts';

// The file needs /usr/bin/g++.
const root = mkdtempSync(join(tmpdir(), 'daypass-files-'));
after(() => rmSync(root, { recursive: true }));
const source = join(import.meta.dirname, '..', '..', 'src');

// What each call replaces or removes at `path`, in a folder of its own.
const calls: Readonly<Record<string, (path: string) => string>> = {
  replaceFile: (path) => `replaceFile(${path}, 'new')`,
  removeFile: (path) => `removeFile(${path})`,
  removeFolder: (path) => `removeFolder(${path})`,
};

for (const platform of ['win32', 'linux']) {
  for (const fault of faultsInUse) {
    for (const [name, callOn] of Object.entries(calls)) {
      test(`on ${platform} ${name} ${platform === 'win32' ? 'outlasts' : 'reports'} three times ${fault}`, () => {
        const folder = mkdtempSync(join(root, 'call-'));
        const path = join(folder, 'x');
        if (name === 'removeFolder') mkdirSync(path);
        else writeFileSync(path, 'old');
        const program = `
          import { ${name} } from ${JSON.stringify(join(source, 'process', 'files.ts'))};
          Object.defineProperty(process, 'platform', { value: '${platform}' });
          ${callOn(JSON.stringify(path))};`;
        const env = { ...process.env, FAILING_TIMES: '3' } as Record<string, string>;
        const { status, stderr } = spawnSync(
          process.execPath,
          ['--import', 'tsx', '--input-type=module', '-e', program],
          { env: failingFiles(path, fault, env), encoding: 'utf8' },
        );
        const isDone = name === 'replaceFile' ? readFileSync(path, 'utf8') === 'new' : !existsSync(path);
        assert.equal(isDone, platform === 'win32', stderr);
        assert.equal(status, platform === 'win32' ? 0 : 1, stderr);
        assert.deepEqual(
          readdirSync(folder),
          name === 'replaceFile' || !isDone ? ['x'] : [],
          'nothing is left over',
        );
      });
    }
  }
}
