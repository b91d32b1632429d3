// Runs bash, zsh and fish with the scripts that `daypass completion` prints.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createSandbox, type Sandbox, testedProgram } from '../support/sandbox.ts';

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
    ['daypass', testedProgram.words.join(' ')],
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
    see: run.waitForTerminal,
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
function askFish(sandbox: Sandbox, line: string): [word: string, text: string][] {
  const script = 'daypass completion fish | source; complete -C $argv[1]';
  const args = ['--no-config', '-c', script, line];
  const { stdout, stderr, status } = spawnSync('/usr/bin/fish', args, {
    env: sandbox.env,
    cwd: sandbox.home,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((offered) => {
      const [word = '', text = ''] = offered.split('\t');
      return [word.trim(), text];
    });
}

const rows: [line: string, offered: string[]][] = [
  ['daypass log', ['login', 'logout']],
  ['daypass login --profile ', names],
  ['daypass --profile dev', ['developer']],
  ['daypass login --profile=dev', ['--profile=developer']],
  ['daypass login --profile team:au', ['team:audit@eu']],
  ['daypass login ', names],
  ['daypass env team:au', ['team:audit@eu']],
  ['daypass trust-policy dev', ['developer']],
  ['daypass trust-policy --any-user auditor ', names],
  ['daypass trust-policy auditor dev', ['developer']],
  ['daypass trust-policy --format t', ['terraform']],
  ['daypass login auditor dev', []],
  ['daypass use ', names],
  ['daypass use --cle', ['--clear']],
  ['daypass settings dev', []],
  ['daypass login --fo', ['--force']],
  ['daypass env --format p', ['powershell']],
  ['daypass completion p', ['powershell']],
  ['daypass env --format=p', ['--format=powershell']],
  ['daypass --store ', ['file', 'keychain']],
  ['daypass completion z', ['zsh']],
  ['daypass status --veri', ['--verify']],
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
    const twice = hostile.map((name) => quoted(`${name}\t${name}`)).join(' ');
    press(`daypass() { printf '%s\\n' ${twice}; }\rdaypass login --profile \t\t\x15`);
    await complete('daypass log');
    assert.ok(!existsSync(join(sandbox.home, 'ran')), 'a profile name was run');
  });
}

test('zsh loads the script from a folder of fpath, and the first completion works', async (t) => {
  const sandbox = await shellSandbox();
  const { words = [], prepare = '', key = '' } = shells.zsh ?? {};
  const load =
    'mkdir f; daypass completion zsh >f/_daypass; fpath=(~/f $fpath); autoload -Uz compinit; compinit -u';
  const fromFile = prepare.replace('eval "$(daypass completion zsh)"', load);
  const opened = await openShell(sandbox, { words, prepare: fromFile, key });
  t.after(async () => {
    await opened.close();
    await sandbox.remove();
  });
  for (const [line, offered] of rows.slice(0, 3)) {
    const found = await opened.complete(line);
    assert.deepEqual(found.slice(line.split(' ').length - 2).sort(), [...offered].sort(), line);
  }
});

test('fish completes the same', async (t) => {
  const sandbox = await shellSandbox();
  t.after(() => sandbox.remove());
  for (const [line, offered] of rows)
    assert.deepEqual(
      askFish(sandbox, line)
        .map(([word]) => word)
        .sort(),
      [...offered].sort(),
      line,
    );
  assert.ok(!existsSync(join(sandbox.home, 'ran')), 'a profile name was run');
});

/** What a shell shows beside each word, for commands, options, values and profiles. */
const described: [line: string, word: string, text: string][] = [
  ['daypass lo', 'login', 'sign in now; print who, which role and until when'],
  ['daypass configure --y', '--yes', "ask nothing, and replace another tool's line"],
  ['daypass logout --', '--idp', 'also open the sign-out page of the provider'],
  ['daypass login --st', '--store', 'where the session is stored'],
  ['daypass env --format ', 'bash', 'also for sh, dash and zsh'],
  ['daypass --store ', 'file', 'files that only you can read'],
  ['daypass login --profile ', 'developer', 'A in 1234-5678-9012'],
  ['daypass status ', 'team:audit@eu', 'B in 1234-5678-9012'],
];

test('fish shows what each word means', async (t) => {
  const sandbox = await shellSandbox();
  t.after(() => sandbox.remove());
  for (const [line, word, text] of described)
    assert.equal(new Map(askFish(sandbox, line)).get(word), text, line);
  // Every command and option has a text.
  for (const line of ['daypass ', 'daypass --', 'daypass login --', 'daypass console --']) {
    for (const [word, text] of askFish(sandbox, line)) assert.ok(text, `${line}: ${word}`);
  }
});

test('zsh shows what each word means', async (t) => {
  const sandbox = await shellSandbox();
  const opened = await openShell(sandbox, shells.zsh ?? assert.fail());
  t.after(async () => {
    await opened.close();
    await sandbox.remove();
  });
  opened.press('zstyle ":completion:*" menu no; bindkey "^T" list-choices\r');
  for (const [line, word, text] of described) {
    const escaped = (part: string) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    opened.press(`${line}\x14`);
    await opened.see(new RegExp(`${escaped(line)}[\\s\\S]*${escaped(word)} +-- ${escaped(text)}`));
    opened.press('\x15');
  }
});

test('the completion lists only valid names of profiles that use daypass', async (t) => {
  const sandbox = await shellSandbox();
  t.after(() => sandbox.remove());
  const { stdout } = await sandbox.run(['completion', 'profiles']);
  assert.deepEqual(stdout, 'developer\tA in 1234-5678-9012\nauditor\nteam:audit@eu\tB in 1234-5678-9012\n');
});

test('an unknown shell is a usage error that lists the supported shells', async (t) => {
  const sandbox = await shellSandbox();
  t.after(() => sandbox.remove());
  const { code, stderr } = await sandbox.run(['completion', 'tcsh']);
  assert.equal(code, 64);
  assert.match(stderr, /completion supports bash, zsh, fish, powershell\n/);
  assert.equal((await sandbox.run(['completion'])).code, 64);
});
