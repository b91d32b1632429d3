// The spinner leaves the terminal as it found it, however the process ends.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { createSandbox } from '../support/sandbox.ts';

const onPosix = { skip: process.platform === 'win32' };
const source = pathToFileURL(join(import.meta.dirname, '../../src/terminal/spinner.ts')).href;
const tsx = import.meta.resolve('tsx');

/** Runs a program on a terminal that prints its pid, starts a spinner, and then does this. */
async function spin(t: TestContext, action: string, before: string[] = []) {
  const sandbox = await createSandbox();
  t.after(() => sandbox.remove());
  const program = `import { canAnimate, startSpinner } from '${source}';
    process.stdout.write(\`pid \${process.pid} \${canAnimate(process.env)}\\n\`);
    const spinner = startSpinner('waiting');
    ${action}`;
  const words = [...before, process.execPath, '--import', tsx, '--input-type=module', '-e', program];
  return sandbox.runProgramInTerminal(words, { wholly: true });
}

/** Erases to the end of the line. */
const erase = '\x1b[K';

/** Returns the lines that a terminal shows after this output. */
function screen(output: string): string[] {
  return output.split('\n').map((line) => {
    let shown = '';
    let at = 0;
    for (const part of line
      .split(/(\r)/)
      .flatMap((text) => text.split(erase).flatMap((rest, index) => (index > 0 ? [erase, rest] : [rest])))) {
      if (part === '\r') at = 0;
      else if (part === erase) shown = shown.slice(0, at);
      else {
        shown = shown.slice(0, at) + part + shown.slice(at + part.length);
        at += part.length;
      }
    }
    return shown;
  });
}

const endings: Readonly<Record<string, { action: string; code: number }>> = {
  success: { action: "spinner.stop(); console.log('done')", code: 0 },
  'an exit without a stop': { action: 'setTimeout(() => process.exit(3), 300)', code: 3 },
  'an exception': { action: "setTimeout(() => { throw new Error('x') }, 300)", code: 1 },
};
for (const [name, { action, code }] of Object.entries(endings)) {
  test(`after ${name} no line of the spinner stays`, onPosix, async (t) => {
    const run = await spin(t, action);
    const ended = await run.exit;
    assert.equal(ended.code, code);
    assert.match(ended.terminal, /⠋ waiting 0:00/);
    assert.ok(!screen(ended.terminal).some((line) => line.includes('waiting')), ended.terminal);
  });
}

for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) {
  test(`${signal} clears the line, and its action follows`, onPosix, async (t) => {
    const handler = signal === 'SIGINT' ? "process.once('SIGINT', () => process.exit(130));" : '';
    const run = await spin(t, `${handler} process.stdin.resume();`);
    await run.waitForTerminal(/⠙ waiting/, 30_000);
    const [, pid] = await run.waitForTerminal(/pid (\d+) true/);
    if (signal === 'SIGINT') run.type('\x03');
    else process.kill(Number(pid), signal);
    const { code, terminal } = await run.exit;
    assert.equal(code, { SIGTERM: 143, SIGHUP: 129, SIGINT: 130 }[signal]);
    assert.ok(!screen(terminal).some((line) => line.includes('waiting')), terminal);
  });
}

test('a text that comes meanwhile stands above the spinner, in a line of its own', onPosix, async (t) => {
  const run = await spin(t, "spinner.clear(); console.log('a remark'); process.stdin.resume();");
  await run.waitForTerminal(/a remark[\s\S]*waiting 0:0/, 30_000);
  assert.deepEqual(screen(run.terminalText().split('true')[1] ?? '').slice(1, 2), ['a remark']);
  const [, pid] = await run.waitForTerminal(/pid (\d+)/);
  process.kill(Number(pid), 'SIGTERM');
  assert.deepEqual(screen((await run.exit).terminal).slice(1), ['a remark', '']);
});

test('a resize to less room than the line stops the drawing', onPosix, async (t) => {
  const action = `process.stdout.columns = 20; await new Promise((done) => setTimeout(done, 200));
    const { writeOut } = await import('${source.replace('spinner', 'terminal')}'); writeOut('narrow'); process.exit(0)`;
  const { terminal } = await (await spin(t, action)).exit;
  assert.equal(screen(terminal).at(-1), 'narrow');
});

test('a dumb terminal and a pipe cannot animate', onPosix, async (t) => {
  const dumb = await spin(t, 'spinner.stop()', ['/usr/bin/env', 'TERM=dumb']);
  assert.match((await dumb.exit).terminal, /^pid \d+ false\r/);
  const sandbox = await createSandbox();
  t.after(() => sandbox.remove());
  const program = `import { canAnimate } from '${source}'; console.log(String(canAnimate({})))`;
  const words = [process.execPath, '--import', tsx, '--input-type=module', '-e', program];
  assert.equal((await sandbox.runProgram(words)).stdout, 'false\n');
});
