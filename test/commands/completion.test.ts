// Runs bash, zsh and fish with the scripts that `daypass completion` prints.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createSandbox, npmProgram, type Sandbox } from '../support/sandbox.ts';

const names = ['developer', 'auditor', 'team:audit@eu'];
/** Names that a shell must not run: each would leave a file. */
const hostile = ['$(touch ran)', "$(touch$IFS''ran)", '`touch ran`', 'dev;touch ran', "dev'$(touch ran)'"];
const config = `[profile developer]
daypass_role_arn = arn:aws:iam::123456789012:role/A
[profile auditor]
credential_process = /usr/local/bin/daypass --profile auditor
[profile team:audit@eu]
daypass_role_arn = arn:aws:iam::123456789012:role/B
[profile other]
region = eu-west-1
${hostile.map((name) => `[profile ${name}]\ndaypass_role_arn = arn:aws:iam::123456789012:role/A\n`).join('')}`;

/** Creates a sandbox with `daypass` on its PATH, and two files in the directory where the shell is. */
async function shellSandbox(): Promise<Sandbox> {
  const sandbox = await createSandbox({ config });
  const bin = join(sandbox.home, 'bin');
  mkdirSync(bin);
  for (const [name, command] of [
    ['daypass', npmProgram.words.join(' ')],
    ['qqq-command', 'true'],
  ] as const) {
    writeFileSync(join(bin, name), `#!/bin/sh\nexec ${command} "$@"\n`);
    chmodSync(join(bin, name), 0o755);
  }
  writeFileSync(join(sandbox.home, 'qqq-file'), '#!/bin/sh\n');
  chmodSync(join(sandbox.home, 'qqq-file'), 0o755);
  sandbox.env.PATH = `${bin}:${sandbox.env.PATH}`;
  return sandbox;
}

interface Shell {
  words: string[];
  /** Binds a key that inserts all completions. */
  prepare: string;
  key: string;
}

const shells: Record<string, Shell> = {
  bash: {
    words: ['/usr/bin/bash', '--norc', '--noprofile', '-i'],
    prepare: `bind 'set bell-style none'; eval "$(daypass completion bash)"`,
    key: '\x1b*',
  },
  zsh: {
    words: ['/usr/bin/zsh', '-f', '-i'],
    prepare: `eval "$(daypass completion zsh)"; zle -C all-matches complete-word _generic; bindkey '^Y' all-matches; zstyle ':completion:all-matches::::' completer _all_matches _complete; zstyle ':completion:all-matches:*' insert true`,
    key: '\x19',
  },
};

/**
 * Starts a shell at its line editor; `complete` returns the words of a line after all completions of its last
 * word are inserted.
 */
async function openShell(sandbox: Sandbox, { words, prepare, key }: Shell) {
  const run = sandbox.runProgramInTerminal(words, { wholly: true });
  run.type(`PS1='> '; ${prepare}; echo loa""ded\r`);
  await run.waitForTerminal(/loaded/);
  let lines = 0;
  return {
    press: run.type,
    async complete(line: string): Promise<string[]> {
      lines += 1;
      run.type(`${line}${key}\x01printf '<%s>' \x05; echo ":""${lines}:"\r`);
      const [, found = ''] = await run.waitForTerminal(new RegExp(`<daypass>(.*):${lines}:`));
      return found.slice(1, -1).split('><');
    },
    async close() {
      run.hangUp();
      await run.exit;
    },
  };
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** fish prints its completions. */
function askFish(sandbox: Sandbox, line: string): string[] {
  const script = 'daypass completion fish | source; complete -C $argv[1]';
  const args = ['--no-config', '-c', script, line];
  const { stdout, stderr, status } = spawnSync('/usr/bin/fish', args, {
    env: sandbox.env,
    cwd: sandbox.home,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  const offered = stdout.split('\n').map((line) => line.split('\t')[0]?.trim() ?? '');
  return offered.filter(Boolean);
}

const rows: [line: string, offered: string[]][] = [
  ['daypass log', ['login', 'logout']],
  ['daypass login --profile ', names],
  ['daypass --profile dev', ['developer']],
  ['daypass login --profile=dev', ['--profile=developer']],
  ['daypass login --profile team:au', ['team:audit@eu']],
  ['daypass login --fo', ['--force']],
  ['daypass env --format p', ['powershell']],
  ['daypass env --format=p', ['--format=powershell']],
  ['daypass --store ', ['file', 'keychain']],
  ['daypass completion z', ['zsh']],
  ['daypass status --ver', ['--verify']],
  ['daypass status --fo', []],
  ['daypass --log ./qqq', ['./qqq-file']],
  ['daypass exec --profile developer -- ./qqq', ['./qqq-file']],
  ['daypass exec --profile developer -- qqq-c', ['qqq-command']],
  ['daypass exec -- cat --profile qqq-f', ['qqq-file']],
];

for (const [name, shell] of Object.entries(shells)) {
  test(`${name} completes commands, options, values, profiles, and the command of exec, and runs none of them`, async (t) => {
    const sandbox = await shellSandbox();
    let opened: Awaited<ReturnType<typeof openShell>> | undefined;
    t.after(async () => {
      await opened?.close();
      await sandbox.remove();
    });
    opened = await openShell(sandbox, shell);
    const { press, complete } = opened;
    for (const [line, offered] of rows) {
      const typed = line.split(' ').slice(1);
      const last = typed.pop() ?? '';
      const found = await complete(line);
      assert.deepEqual(found.splice(0, typed.length), typed, line);
      assert.deepEqual(found.sort(), offered.length > 0 ? [...offered].sort() : [last], line);
    }
    // Even if daypass printed such names, the shell must not run them.
    press(`daypass() { printf '%s\\n' ${hostile.map(quoted).join(' ')}; }\rdaypass login --profile \t\t\x15`);
    await complete('daypass log');
    assert.ok(!existsSync(join(sandbox.home, 'ran')), 'a profile name was run');
  });
}

test('fish completes the same', async (t) => {
  const sandbox = await shellSandbox();
  t.after(() => sandbox.remove());
  for (const [line, offered] of rows)
    assert.deepEqual(askFish(sandbox, line).sort(), [...offered].sort(), line);
  assert.ok(!existsSync(join(sandbox.home, 'ran')), 'a profile name was run');
});

test('the completion lists only valid names of profiles that use daypass', async (t) => {
  const sandbox = await shellSandbox();
  t.after(() => sandbox.remove());
  const { stdout } = await sandbox.run(['completion', 'profiles']);
  assert.deepEqual(stdout.trimEnd().split('\n'), names);
});

test('an unknown shell is a usage error that lists the supported shells', async (t) => {
  const sandbox = await shellSandbox();
  t.after(() => sandbox.remove());
  const { code, stderr } = await sandbox.run(['completion', 'tcsh']);
  assert.equal(code, 64);
  assert.match(stderr, /completion supports bash, zsh, fish/);
  assert.equal((await sandbox.run(['completion'])).code, 64);
});
