// What `daypass use` tells and prints for the function of the shell; test/shell/use-function.test.ts runs the functions.
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { shownWidth } from '../../src/terminal/columns.ts';
import { enter, interrupt } from '../support/conversation.ts';
import { createSandbox, type Sandbox, testedProgram } from '../support/sandbox.ts';
import { openStageOfMany } from '../support/stage-of-many.ts';

function putOnPath(sandbox: Sandbox): void {
  const bin = join(sandbox.home, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'daypass'), `#!/bin/sh\nexec ${testedProgram.words.join(' ')} "$@"\n`);
  chmodSync(join(bin, 'daypass'), 0o755);
  sandbox.env.PATH = `${bin}:${sandbox.env.PATH}`;
}

test('use prints who is signed in until when, as status does, opens no browser and renews nothing', async (t) => {
  const { sandbox, sts, keyring } = await openStageOfMany(t);
  const signedOut = await sandbox.run(['use', 'developer', '--print']);
  assert.deepEqual([signedOut.code, signedOut.stdout], [0, 'AWS_PROFILE=developer\n']);
  assert.match(signedOut.stderr, /^\S Not signed in\. Run: daypass login --profile developer\n$/);
  assert.equal((await sandbox.run(['login', 'developer'])).code, 0);
  const calls = sts.calls.length;
  for (const [profile, told] of [
    ['developer', /^✓ Signed in as ada@example\.com until .+ \(\d+ min left\)\n$/],
    // The sign-in of developer, whose role has no credentials yet.
    ['auditor', /^✓ Signed in as ada@example\.com; the next call gets credentials without a browser\n$/],
  ] as const) {
    const { code, stdout, stderr } = await sandbox.run(['use', profile, '--print']);
    assert.deepEqual([code, stdout], [0, `AWS_PROFILE=${profile}\n`]);
    assert.match(stderr, told);
    const [headline] = (await sandbox.run(['status', profile])).stdout.split('\n');
    assert.equal(stderr.replace(/\d+ min/, 'N min'), `${headline}\n`.replace(/\d+ min/, 'N min'));
  }
  assert.equal(sts.calls.length, calls);
  // A keychain that cannot be read is no reason to keep the profile of before.
  await keyring.lock();
  const locked = await sandbox.run(['use', 'other', '--print']);
  assert.deepEqual([locked.code, locked.stdout], [0, 'AWS_PROFILE=other\n']);
  await keyring.unlock();
});

test('use warns of variables with which AWS clients ignore AWS_PROFILE', async (t) => {
  const { sandbox } = await openStageOfMany(t);
  writeFileSync(join(sandbox.home, '.aws/credentials'), '[old]\naws_access_key_id = AKIA\n');
  const keys = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'x' };
  for (const [profile, env, warnings] of [
    [
      'developer',
      keys,
      ['AWS clients use AWS_ACCESS_KEY_ID instead of daypass, unless a flag names the profile'],
    ],
    [
      'old',
      keys,
      ['AWS clients use AWS_ACCESS_KEY_ID instead of this profile, unless a flag names the profile'],
    ],
    [
      'developer',
      { AWS_DEFAULT_PROFILE: 'old' },
      ['boto3 and C++ use AWS_DEFAULT_PROFILE=old even before AWS_PROFILE'],
    ],
    ['old', { AWS_DEFAULT_PROFILE: 'old', AWS_PROFILE: 'developer' }, []],
  ] as const) {
    const { code, stdout, stderr } = await sandbox.run(['use', profile, '--print'], { env });
    assert.deepEqual([code, stdout], [0, `AWS_PROFILE=${profile}\n`]);
    const [first, ...rest] = stderr.trimEnd().split('\n');
    if (profile === 'old') assert.equal(first, 'Profile old does not use daypass');
    assert.deepEqual(
      rest.map((line) => line.replace(/^warning: (.*); .*$/, '$1')),
      warnings,
    );
  }
});

test('an error of use prints no assignment, and says what to do', async (t) => {
  const { sandbox } = await openStageOfMany(t);
  for (const [words, code, told] of [
    [['develop'], 65, /unknown-profile: .*\nhint: did you mean developer\?/],
    [['default'], 65, /unknown-profile: there is no \[profile default\]/],
    [['broken'], 65, /bad-configuration: daypass_duration/],
    [
      [],
      64,
      /several profiles use daypass: developer, auditor, other, broken\nhint: .* daypass use --profile developer\n/,
    ],
    [['developer', '--clear'], 64, /usage: --clear/],
    [['developer', 'auditor'], 64, /more than one profile is named/],
  ] as const) {
    const result = await sandbox.run(['use', ...words, '--print'], { env: { AWS_PROFILE: 'auditor' } });
    assert.deepEqual([result.code, result.stdout], [code, ''], words.join(' '));
    assert.match(result.stderr, told);
  }
  const cleared = await sandbox.run(['use', '--clear', '--print']);
  assert.deepEqual([cleared.code, cleared.stdout, cleared.stderr], [0, 'AWS_PROFILE=\n', '']);
  sandbox.writeConfig('');
  assert.match((await sandbox.run(['use', '--print'])).stderr, /^daypass is not set up yet\n/);
});

test('without the function, use prints the line to add to the start file of the shell at hand', async (t) => {
  const sandbox = await createSandbox();
  t.after(() => sandbox.remove());
  putOnPath(sandbox);
  for (const [words, login, told] of [
    [
      ['/usr/bin/bash', '--norc'],
      '/usr/bin/fish',
      '~/.bashrc, and run it here: eval "$(daypass completion bash)"',
    ],
    [['/usr/bin/zsh', '-f'], '/bin/bash', '~/.zshrc, and run it here: eval "$(daypass completion zsh)"'],
    [
      ['/usr/bin/fish', '--no-config'],
      '/bin/bash',
      '~/.config/fish/config.fish, and run it here: daypass completion fish | source',
    ],
    [['/usr/bin/python3'], '/bin/zsh', '~/.zshrc, and run it here: eval "$(daypass completion zsh)"'],
    [['/usr/bin/dash'], '/bin/bash', 'run: daypass completion --help'],
    [
      ['/usr/bin/python3'],
      '/usr/bin/pwsh',
      '$PROFILE, and run it here: daypass completion powershell | Out-String | Invoke-Expression',
    ],
  ] as const) {
    const [program] = words;
    const script = program.endsWith('python3')
      ? 'import subprocess, sys; sys.exit(subprocess.call(["daypass", "use", "developer"]))'
      : program.endsWith('fish')
        ? 'daypass use developer; exit $status'
        : 'daypass use developer; exit $?';
    const { code, stdout, stderr } = await sandbox.runProgram([...words, '-c', script], {
      env: { SHELL: login },
    });
    assert.deepEqual([code, stdout], [64, ''], program);
    assert.match(stderr, /^daypass: usage: a program cannot set AWS_PROFILE in its shell/);
    assert.ok(stderr.includes(told), stderr);
  }
});

const shells: [words: readonly string[], load: string, code: string][] = [
  [['/usr/bin/bash', '--norc', '--noprofile', '-i'], 'eval "$(daypass completion bash)"', '$?'],
  [['/usr/bin/zsh', '-f', '-i'], 'eval "$(daypass completion zsh)"', '$?'],
  [['/usr/bin/fish', '--no-config', '-i'], 'daypass completion fish | source', '$status'],
];
for (const [words, load, code] of shells) {
  test(`${words[0]}: without a profile use shows a list that fits 60 columns, and ^C changes nothing`, async (t) => {
    const { sandbox } = await openStageOfMany(t);
    putOnPath(sandbox);
    const shell = sandbox.runProgramInTerminal(words, { wholly: true, env: { AWS_PROFILE: 'before' } });
    const show = (label: string) => `echo ${label},${code},$AWS_PROFILE,${label}`;
    shell.type(`stty cols 60; ${load}; ${show('load""ed')}\r`);
    await shell.waitForTerminal(/loaded,0,before,loaded/);
    shell.type(`daypass use; ${show('can""celled')}\r`);
    await shell.waitForTerminal(/[◆▲] {2}Profile/);
    shell.type(interrupt);
    await shell.waitForTerminal(/cancelled,130,before,cancelled/);
    const before = shell.terminalText().length;
    shell.type(`daypass use; ${show('cho""sen')}\r`);
    await shell.waitForTerminal(new RegExp(`^[\\s\\S]{${before}}[\\s\\S]*[◆▲] {2}Profile[\\s\\S]*auditor`));
    shell.type('Aud');
    await shell.waitForTerminal(/1 match/);
    shell.type(enter);
    await shell.waitForTerminal(/chosen,0,auditor,chosen/);
    const wide = stripVTControlCharacters(shell.terminalText())
      .split(/[\r\n]+/)
      .filter((line) => /[│┌└◆◇]/.test(line) && shownWidth(line) > 60);
    assert.deepEqual(wide, []);
    assert.match(shell.terminalText(), /Not signed in\.[\s\S]*daypass login --profile auditor/);
    shell.hangUp();
    await shell.exit;
  });
}
