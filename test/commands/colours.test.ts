// Colours and signs of the commands, as a real terminal, a pipe and the variables about colours get them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { shownWidth } from '../../src/terminal/columns.ts';
import { createSandbox, type Sandbox, testedProgram } from '../support/sandbox.ts';
import { openStageOfMany } from '../support/stage-of-many.ts';

const hasColours = (text: string) => text.includes('\x1b[');
const withoutColours = stripVTControlCharacters;

/** Returns the lines on a terminal of this width. */
async function onTerminal(
  sandbox: Sandbox,
  args: readonly string[],
  { columns = 80, env = {} }: { columns?: number; env?: Record<string, string> } = {},
): Promise<string> {
  const size = `/usr/bin/stty cols ${columns} rows 40 && exec "$@"`;
  const words = ['sh', '-c', size, 'sh', ...testedProgram.words, ...args];
  const run = sandbox.runProgramInTerminal(words, { wholly: true, env: { NO_COLOR: '', ...env } });
  return (await run.exit).terminal.replaceAll('\r', '');
}

test('status and doctor have colours on a terminal alone, and no line is longer than the terminal', async (t) => {
  const stage = await openStageOfMany(t);
  assert.equal((await stage.daypass()).code, 0);
  const { sandbox } = stage;
  sandbox.env.AWS_ACCESS_KEY_ID = 'AKIAIOSFODNN7EXAMPLE';
  sandbox.env.AWS_SECRET_ACCESS_KEY = 'x';
  for (const args of [
    ['status'],
    ['status', '--profile', 'developer'],
    ['doctor', '--profile', 'developer'],
  ]) {
    for (const columns of [80, 60]) {
      const shown = await onTerminal(sandbox, args, { columns });
      assert.ok(hasColours(shown));
      const plain = await onTerminal(sandbox, args, { columns, env: { NO_COLOR: '1' } });
      // The seconds that are left are others.
      const timeless = (text: string) => text.replaceAll(/\d+ min/g, 'N min');
      assert.equal(timeless(withoutColours(shown)), timeless(plain), 'the columns are the same');
      for (const line of plain.split('\n'))
        if (!/run: |Next: /.test(line)) assert.ok(shownWidth(line) <= columns, line);
    }
    assert.ok(!hasColours(await onTerminal(sandbox, args, { env: { TERM: 'dumb' } })));
    assert.ok(!hasColours((await sandbox.run([...args])).stdout));
    assert.ok(hasColours((await sandbox.run([...args], { env: { FORCE_COLOR: '1' } })).stdout));
    const json = await sandbox.run([...args, '--json'], { env: { FORCE_COLOR: '1' } });
    assert.ok(!hasColours(json.stdout));
    assert.ok(!hasColours(await onTerminal(sandbox, [...args, '--json'])));
  }
  const [list, one, doctor] = await Promise.all([
    onTerminal(sandbox, ['status']),
    onTerminal(sandbox, ['status', '--profile', 'developer']),
    onTerminal(sandbox, ['doctor', '--profile', 'developer']),
  ]);
  const green = '\x1b[32m✓\x1b[39m';
  assert.ok(one.startsWith(`${green} Signed in as ada@example.com until `), one);
  assert.ok(one.includes('\n\x1b[33mwarning:\x1b[39m AWS clients use AWS_ACCESS_KEY_ID'), one);
  assert.ok(list.includes(`\n${green} developer  `), list);
  assert.ok(list.includes('\n\x1b[33m!\x1b[39m other  '), list);
  assert.ok(list.includes('\n\x1b[31m✗\x1b[39m broken: bad-configuration: '), list);
  assert.ok(doctor.includes('\n\x1b[33m!\x1b[39m \x1b[1mshadowed by\x1b[22m '), doctor);
  assert.match(doctor, /\nNext: unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY\n$/);

  // Credentials are for programs, and so is what daypass writes for them.
  const env = { FORCE_COLOR: '1' };
  const hit = await sandbox.run(['--profile', 'developer'], { env });
  assert.deepEqual([hit.code, hit.stderr], [0, '']);
  assert.ok(!hasColours(hit.stdout));
  assert.ok(!hasColours(await onTerminal(sandbox, ['--profile', 'developer'])));
  const failed = await sandbox.run(['--profile', 'broken'], { env });
  assert.match(failed.stderr, /^daypass: bad-configuration: /);
  assert.ok(!hasColours(failed.stderr));
});

test('an error of a command has colours where stderr is a terminal, and is the same text elsewhere', async (t) => {
  const sandbox = await createSandbox({ config: '[profile dev]\nregion = eu-west-1\n' });
  t.after(() => sandbox.remove());
  const args = ['login', '--profile', 'nobody'];
  const { stderr } = await sandbox.run(args);
  assert.match(stderr, /^daypass: unknown-profile: .*\nhint: /);
  const shown = await onTerminal(sandbox, args);
  assert.ok(shown.startsWith('\x1b[31mdaypass: unknown-profile:\x1b[39m '), shown);
  assert.ok(shown.includes('\n\x1b[1mhint:\x1b[22m '), shown);
  assert.equal(withoutColours(shown), stderr);
  for (const env of [{ NO_COLOR: '1' }, { TERM: 'dumb' }])
    assert.equal(await onTerminal(sandbox, args, { env }), stderr);
  const call = await onTerminal(sandbox, ['--profile', 'nobody']);
  assert.match(call, /^daypass: unknown-profile: /);
});

test('configure has colours on a terminal, and none with NO_COLOR or on a dumb one', async (t) => {
  const sandbox = await createSandbox();
  t.after(() => sandbox.remove());
  const first = async (...words: string[]) => {
    const command = ['env', ...words, ...testedProgram.words, 'configure'];
    const run = sandbox.runProgramInTerminal(command, { wholly: true });
    await run.waitForTerminal(/Which OIDC provider[\s\S]*another provider/, 60_000);
    run.type('\x03');
    return (await run.exit).terminal;
  };
  const cyan = '\x1b[36m';
  assert.ok((await first('-u', 'NO_COLOR')).includes(cyan));
  assert.ok(!(await first('NO_COLOR=1')).includes(cyan));
  assert.ok(!(await first('-u', 'NO_COLOR', 'TERM=dumb')).includes(cyan));
});
