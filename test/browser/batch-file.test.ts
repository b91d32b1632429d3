// A batch file of Windows as daypass_browser, run by the real cmd.exe.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openBrowser } from '../../src/browser/open.ts';
import { DaypassError } from '../../src/errors.ts';
import { until } from '../support/until.ts';

const skip = process.platform !== 'win32' && 'only Windows has cmd.exe';

test('a batch file of Windows as daypass_browser gets the link and its arguments unchanged', {
  skip,
}, async (t) => {
  // The batch file names it, in the code page of cmd.exe: the home may have other letters.
  const folder = mkdtempSync('C:\\daypass-browser-');
  t.after(() => rmSync(folder, { recursive: true, maxRetries: 20 }));
  const [place, print] = [join(folder, 'My (browser) & 50%'), join(folder, 'print.cjs')];
  const written = join(folder, 'written');
  mkdirSync(place);
  const text = "const fs = require('fs'); const [path, ...args] = process.argv.slice(2);";
  writeFileSync(
    print,
    `${text} fs.writeFileSync(path + '.new', JSON.stringify(args)); fs.renameSync(path + '.new', path);`,
  );
  writeFileSync(join(place, 'open.cmd'), `@"${process.execPath}" "${print}" "${written}" %*\r\n`);
  const failures: DaypassError[] = [];
  const onFailure = (error: DaypassError) => failures.push(error);
  const link = 'http://127.0.0.1:8080/start?a=1&b=%20%PATH%&c="x"';
  // Without its ending, as a person would write it.
  await openBrowser([join(place, 'open'), '--app', 'a & b'], link, { umask: process.umask(), onFailure });
  await until(() => existsSync(written), 'the batch file has run');
  assert.deepEqual(JSON.parse(readFileSync(written, 'utf8')), ['--app', 'a & b', link]);
  assert.deepEqual(failures, []);
});

test('an argument that no batch file can get is an error before anything starts', { skip }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-browser-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'open.cmd'), '@exit /b 3\r\n');
  const options = { umask: process.umask(), onFailure: () => {} };
  await assert.rejects(
    openBrowser([join(folder, 'open.cmd'), 'a\nb'], 'http://127.0.0.1/', options),
    (error) => {
      assert.ok(error instanceof DaypassError);
      assert.equal(error.code, 'browser-not-started');
      assert.match(error.faults[0] ?? '', /did not start: a batch file cannot receive line breaks/);
      return true;
    },
  );
});
