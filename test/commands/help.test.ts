import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CommandForm, type CommandName, commandForms } from '../../src/settings/arguments.ts';
import { createSandbox } from '../support/sandbox.ts';

const commands = Object.keys(commandForms) as CommandName[];

test('the help of every command fits a screen, and needs neither settings nor HOME', async (t) => {
  const sandbox = await createSandbox();
  t.after(() => sandbox.remove());
  for (const command of commands) {
    const words = command === 'credential-process' ? [] : [command];
    const { code, stdout, stderr } = await sandbox.run([...words, '--help'], { env: { HOME: 'nowhere' } });
    assert.deepEqual([code, stderr], [0, ''], command);
    const lines = stdout.trimEnd().split('\n');
    assert.ok(lines.length <= 24, `${command}: ${lines.length} lines`);
    for (const line of lines) assert.ok(line.length <= 80, `${command}: ${line}`);
    assert.equal((await sandbox.run(['help', ...words])).stdout, stdout);
  }
});

test('daypass --help names every command, and the help of a command its options', async (t) => {
  const sandbox = await createSandbox();
  t.after(() => sandbox.remove());
  const all = (await sandbox.run(['--help'])).stdout;
  for (const command of commands) {
    if (command === 'credential-process') continue;
    assert.match(all, new RegExp(`daypass (--)?${command}\\b`));
    const { stdout } = await sandbox.run([command, '--help']);
    const { switches = [], options = [] }: CommandForm = commandForms[command];
    for (const own of [...switches, ...options]) assert.match(stdout, new RegExp(`--${own}\\b`));
  }
});
