// A console of Windows reads bytes in the code page of the machine. The terminal here does so too.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startTerminal } from '../support/terminal-run.ts';

// runProgramInTerminal: the file needs Debian's /usr/bin/script.
const text = 'Jörg €, 山 …';
const preload = join(import.meta.dirname, '..', 'support', 'code-page.cjs');
const module = new URL('../../src/terminal/terminal.ts', import.meta.url).href;

/** Runs statements that write to the terminal. Returns the text on it, and the text on stdout and stderr. */
async function shownBy(t: TestContext, statements: string, { platform = 'win32', wholly = true } = {}) {
  const root = mkdtempSync(join(tmpdir(), 'daypass-console-'));
  t.after(() => rmSync(root, { recursive: true }));
  const program = `
    import { writeOut, writeStderr, writeTerminal } from ${JSON.stringify(module)};
    Object.defineProperty(process, 'platform', { value: '${platform}' });
    const text = ${JSON.stringify(text)};
    ${statements}
    process.exit(0);`;
  const words = ['--require', preload, '--import', 'tsx', '--input-type=module', '-e', program];
  const terminal = startTerminal([process.execPath, ...words], {
    folder: join(root, 'terminal'),
    cwd: join(import.meta.dirname, '..', '..'),
    env: { PATH: process.env.PATH ?? '', HOME: root },
    wholly,
  });
  const ended = await terminal.exit;
  assert.equal(ended.code, 0, ended.terminal + ended.stderr);
  return ended;
}

for (const statement of ['writeOut(text);', 'writeStderr(text);', 'writeTerminal(text);']) {
  test(`on Windows ${statement} shows each letter on a console, before the process ends`, async (t) => {
    const { terminal } = await shownBy(t, statement);
    assert.ok(terminal.includes(text), terminal);
  });
}

test('on Windows several writes keep their order, and the descriptors stay open', async (t) => {
  const statements =
    'for (const n of [1, 2, 3]) { writeOut(text + n); writeOut(" a" + n + " "); writeTerminal(text); }';
  const { terminal } = await shownBy(t, statements);
  assert.equal(terminal, [1, 2, 3].map((n) => `${text}${n} a${n} ${text}`).join(''));
});

test('on Windows a file gets UTF-8', async (t) => {
  const { stdout, stderr } = await shownBy(t, 'writeOut(text); writeStderr(text);', { wholly: false });
  assert.equal(stdout, text);
  assert.equal(stderr, text);
});

test('the terminal of this test shows other letters if bytes are written to it', async (t) => {
  const { terminal } = await shownBy(t, 'writeOut(text);', { platform: 'linux' });
  assert.equal(terminal, Buffer.from(text).toString('latin1'));
});
