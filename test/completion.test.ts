// What bash, zsh and fish themselves complete with what `daypass completion` prints.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createSandbox, npmProgram, type Sandbox } from './support/sandbox.ts';

const config = `[profile developer]
daypass_role_arn = arn:aws:iam::123456789012:role/A
[profile auditor]
credential_process = /usr/local/bin/daypass --profile auditor
[profile other]
region = eu-west-1
`;

/** A sandbox with `daypass` on its PATH. */
async function shellSandbox(): Promise<Sandbox> {
  const sandbox = await createSandbox({ config });
  const bin = join(sandbox.home, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'daypass'), `#!/bin/sh\nexec ${npmProgram.words.join(' ')} "$@"\n`);
  chmodSync(join(bin, 'daypass'), 0o755);
  sandbox.env.PATH = `${bin}:${sandbox.env.PATH}`;
  return sandbox;
}

function shell(sandbox: Sandbox, program: string, args: string[]): string[] {
  const { stdout, stderr, status } = spawnSync(program, args, { env: sandbox.env, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stdout
    .split('\n')
    .map((line) => line.split('\t')[0]?.trim() ?? '')
    .filter(Boolean)
    .sort();
}

/** What each shell offers for a line of which the last word is typed so far. */
const complete: Record<string, (sandbox: Sandbox, words: string[]) => string[]> = {
  bash: (sandbox, words) =>
    shell(sandbox, '/usr/bin/bash', [
      '--norc',
      '-c',
      `eval "$(daypass completion bash)"
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
_daypass; printf '%s\\n' "\${COMPREPLY[@]}"`,
    ]),
  fish: (sandbox, words) =>
    shell(sandbox, '/usr/bin/fish', [
      '--no-config',
      '-c',
      `daypass completion fish | source; complete -C '${words.join(' ')}'`,
    ]),
};

const rows: [words: string[], offered: string[]][] = [
  [
    ['daypass', 'log'],
    ['login', 'logout'],
  ],
  [
    ['daypass', 'login', '--profile', ''],
    ['auditor', 'developer'],
  ],
  [['daypass', '--profile', 'dev'], ['developer']],
  [['daypass', 'login', '--fo'], ['--force']],
  [['daypass', 'env', '--format', 'p'], ['powershell']],
  [
    ['daypass', '--store', ''],
    ['file', 'keychain'],
  ],
  [['daypass', 'completion', 'z'], ['zsh']],
  [['daypass', 'status', '--ver'], ['--verify']],
  [['daypass', 'status', '--fo'], []],
];

for (const [name, ask] of Object.entries(complete)) {
  test(`${name} completes commands, options, values and profiles`, async (t) => {
    const sandbox = await shellSandbox();
    t.after(() => sandbox.remove());
    for (const [words, offered] of rows) assert.deepEqual(ask(sandbox, words), offered, words.join(' '));
  });
}

test('zsh takes the script, and completes with it', async (t) => {
  const sandbox = await shellSandbox();
  t.after(() => sandbox.remove());
  // zsh completes only at its line editor, so it is given a terminal of its own and a Tab.
  const script = `zmodload zsh/zpty
zpty shell 'zsh -f -i'
zpty -w shell 'PS1="ready> "; eval "$(daypass completion zsh)"; echo loa""ded'
until [[ $out == *loaded* ]]; do zpty -r shell line && out+=$line; done
zpty -w -n shell $'daypass login --profile dev\\t'
until [[ $out == *'--profile developer'* ]]; do zpty -r -m shell chunk '*?' && out+=$chunk; done
zpty -d shell; print -r -- found`;
  assert.deepEqual(shell(sandbox, '/usr/bin/zsh', ['-f', '-c', script]), ['found']);
});

test('another word is a usage error that names the shells', async (t) => {
  const sandbox = await shellSandbox();
  t.after(() => sandbox.remove());
  const { code, stderr } = await sandbox.run(['completion', 'tcsh']);
  assert.equal(code, 64);
  assert.match(stderr, /completion is for bash, zsh, fish/);
  assert.equal((await sandbox.run(['completion'])).code, 64);
});
