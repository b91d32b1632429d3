// How BROWSER is read, compared with the script xdg-open that the library `open` brings.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openBrowser } from '../../src/browser/open.ts';
import { openerOf } from '../../src/browser/opener.ts';
import { until } from '../support/until.ts';

const link = 'http://127.0.0.1:9/start/a%20b?x=%25s&y=1';
const onLinux = { skip: process.platform !== 'linux' };

/** The commands that BROWSER stands for where there is no desktop. */
function commandsOf(BROWSER: string): string[][] {
  const opener = openerOf(undefined, { BROWSER });
  if (opener === undefined || opener === 'desktop') return [];
  return opener.commands.map((commandFor) => [...commandFor(link)]);
}

const ignored = [
  ...['', ':', ' ', 'none', 'true', '/bin/true', 'false', 'echo', ':::none: :'],
  ...[
    'w3m',
    'lynx',
    'links',
    'links2',
    'elinks',
    'www-browser',
    '/usr/bin/www-browser',
    'lynx -accept_all_cookies',
  ],
  ...['w3m %s', 'xdg-open', 'sensible-browser', 'lynx:w3m:none', './browser.sh', 'bin/browser.sh %s'],
];
for (const value of ignored) {
  test(`BROWSER=${JSON.stringify(value)} opens no tab`, onLinux, () => {
    assert.deepEqual(commandsOf(value), []);
  });
}

test('BROWSER counts only where there is neither a desktop nor a setting', onLinux, () => {
  const BROWSER = '/x/helper';
  assert.equal(openerOf(undefined, { BROWSER, DISPLAY: ':0' }), 'desktop');
  assert.equal(openerOf(undefined, { BROWSER, WAYLAND_DISPLAY: 'wayland-0' }), 'desktop');
  assert.equal(openerOf('none', { BROWSER }), undefined);
  const program = openerOf(['firefox', '-P', 'work'], { BROWSER, DISPLAY: ':0' });
  assert.ok(program && program !== 'desktop');
  assert.deepEqual(
    program.commands.map((commandFor) => commandFor(link)),
    [['firefox', '-P', 'work', link]],
  );
});

test('daypass ignores every text browser of a list, and keeps the order of the rest', onLinux, () => {
  assert.deepEqual(commandsOf('w3m:/x/one:none:two --new %s:lynx'), [
    ['/x/one', link],
    ['two', '--new', link],
  ]);
});

/** Values in which PROGRAM stands for a program that reports its arguments, and FAILS for one that fails. */
const lists = [
  ...[
    'PROGRAM',
    'PROGRAM --new-tab',
    'PROGRAM %s',
    'PROGRAM --url=%s -x',
    '  PROGRAM   a  b ',
    'PROGRAM %s --tail',
  ],
  ...[
    'PROGRAM 50%% %s',
    'PROGRAM 50%%',
    'PROGRAM "a b" $HOME `id` ;id',
    ':PROGRAM:',
    '::PROGRAM %s::',
    'PROGRAM\ta',
  ],
  ...['FAILS:PROGRAM one', 'FAILS %s:/nowhere/browser:PROGRAM two', 'PROGRAM first:PROGRAM second'],
  ...['xdg-open:PROGRAM', 'PROGRAM:xdg-open', 'PROGRAM %%s', 'PROGRAM %s%%'],
];
for (const list of lists) {
  test(`BROWSER="${list}" runs what xdg-open runs`, onLinux, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'daypass-browser-'));
    const { env } = process;
    t.after(() => {
      process.env = env;
      rmSync(folder, { recursive: true });
    });
    const script = (name: string, ...lines: string[]) => {
      writeFileSync(join(folder, name), `#!/bin/sh\n${lines.join('\n')}\n`, { mode: 0o755 });
      return join(folder, name);
    };
    // Of the variables that a test can choose, XDG_… passes to a browser.
    const report =
      'for word; do printf "%s\\n" "$word"; done > "$XDG_OUT.part"; mv "$XDG_OUT.part" "$XDG_OUT"';
    const [program, fails] = [script('program', report), script('fails', 'exit 3')];
    const BROWSER = list.replaceAll('PROGRAM', program).replaceAll('FAILS', fails);
    const surroundings = (out: string) => ({
      ...{ PATH: env.PATH ?? '', HOME: folder, BROWSER },
      XDG_OUT: join(folder, out),
    });
    const xdgOpen = join(import.meta.dirname, '../../node_modules/open/xdg-open');
    const options = { env: surroundings('expected'), cwd: folder, encoding: 'utf8' } as const;
    const { status, stderr } = spawnSync('/bin/sh', [xdgOpen, link], options);
    assert.equal(status, 0, stderr);
    process.env = surroundings('found');
    await openBrowser(undefined, link, { umask: 0o022, onFailure: (error) => assert.fail(error) });
    const read = (file: string) => {
      try {
        return readFileSync(join(folder, file), 'utf8');
      } catch {
        return undefined;
      }
    };
    await until(() => read('found') !== undefined, 'the program runs');
    assert.equal(read('found'), read('expected'));
  });
}

test('BROWSER whose programs all fail is an error that names the last one', onLinux, async (t) => {
  const { env } = process;
  t.after(() => {
    process.env = env;
  });
  process.env = { PATH: env.PATH, BROWSER: '/nowhere/one:/nowhere/two' };
  await assert.rejects(openBrowser(undefined, link, { umask: 0o022, onFailure: assert.fail }), {
    code: 'browser-not-started',
    message: 'the browser program "/nowhere/two" in BROWSER did not start: there is no such program',
  });
  process.env = { PATH: env.PATH, BROWSER: '/nowhere/one:/bin/sh -c false' };
  const late: Error[] = [];
  await openBrowser(undefined, link, { umask: 0o022, onFailure: (error) => void late.push(error) });
  await until(() => late.length === 1, 'the program fails');
  assert.equal(
    late[0]?.message,
    'the browser program "/bin/sh" in BROWSER did not start: it ended with exit code 1',
  );
});
