// Runs bash, zsh and fish with the function that `daypass completion` prints. PowerShell cannot be installed here: for
// it, the tests check the words of the script alone.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { bashCompletion } from '../../src/shell/bash-completion.ts';
import { fishCompletion } from '../../src/shell/fish-completion.ts';
import { powershellCompletion } from '../../src/shell/powershell-completion.ts';
import { useFunctions } from '../../src/shell/use-function.ts';
import { zshCompletion } from '../../src/shell/zsh-completion.ts';
import { createSandbox, type Sandbox, testedProgram } from '../support/sandbox.ts';

const config = `[profile developer]
daypass_issuer = http://127.0.0.1:9
daypass_client_id = x
daypass_store = file
daypass_role_arn = arn:aws:iam::123456789012:role/A
[profile team:audit@eu]
daypass_source_profile = developer
daypass_role_arn = arn:aws:iam::210987654321:role/B
`;

/** Prints its words and its stdin, and ends with 7. */
const printsWords = `printf '<%s>' "$@"; [ "$1" = exec ] && cat; exit 7`;

interface Shell {
  words: readonly string[];
  /** Loads the script. */
  load: string;
  /** What a command line needs around it in this shell. */
  code: string;
}

/** `options` are in force when the script is loaded. */
const posix = (name: string, words: readonly string[], options = ''): [string, Shell] => {
  const family = name.split(' ')[0];
  // Without it, the script would load zsh's completion system, which takes longer than all the rest.
  const ready = family === 'zsh' ? 'compdef() { :; }\n' : '';
  return [name, { words, load: `${ready}${options}\neval "$(daypass completion ${family})"`, code: '$?' }];
};

const bash = ['/usr/bin/bash', '--norc', '--noprofile'];
const zsh = ['/usr/bin/zsh', '-f'];

/** The shells, also with options that change what a script means. */
const shells = new Map<string, Shell>([
  posix('bash', [...bash, '-c']),
  posix('bash in POSIX mode', [...bash, '--posix', '-c']),
  posix('bash with odd options', [...bash, '-c'], 'set -uCf; IFS=aPu=; shopt -s nullglob failglob'),
  posix('zsh', [...zsh, '-c']),
  posix('zsh with odd options', [...zsh, '-c'], 'setopt ksh_arrays sh_word_split no_unset; IFS=aPu='),
  posix('zsh as sh', [...zsh, '-c'], 'emulate sh'),
  posix('zsh as ksh', [...zsh, '-c'], 'emulate ksh'),
  [
    'fish',
    {
      words: ['/usr/bin/fish', '--no-config', '-c'],
      load: 'daypass completion fish | source',
      code: '$status',
    },
  ],
]);

const isDaypass = `exec ${testedProgram.words.join(' ')} "$@"`;

/** The scripts as daypass prints them: a test of its own compares the two. */
const scripts = {
  bash: bashCompletion() + useFunctions.bash,
  zsh: zshCompletion() + useFunctions.zsh,
  fish: fishCompletion() + useFunctions.fish,
  powershell: powershellCompletion() + useFunctions.powershell,
};

/** Puts a program on the PATH that prints these scripts, and does the rest by `script`. */
async function openHome(t: TestContext, script = isDaypass): Promise<Sandbox> {
  const sandbox = await createSandbox({ config });
  t.after(() => sandbox.remove());
  const bin = join(sandbox.home, 'bin');
  mkdirSync(bin);
  for (const [name, text] of Object.entries(scripts)) writeFileSync(join(bin, `script.${name}`), text);
  const printsScript = '[ "$1" = completion ] && exec cat "$(dirname "$0")/script.$2"';
  writeFileSync(join(bin, 'daypass'), `#!/bin/sh\n${printsScript}\n${script}\n`);
  chmodSync(join(bin, 'daypass'), 0o755);
  sandbox.env.PATH = `${bin}:${sandbox.env.PATH}`;
  return sandbox;
}

async function runIn(sandbox: Sandbox, { words, load }: Shell, script: string, stdin?: string) {
  return await sandbox.runProgram([...words, `${load}\n${script}`], {
    ...(stdin === undefined ? {} : { stdin }),
    timeoutMs: 60_000,
  });
}

for (const [name, shell] of shells) {
  const { code } = shell;

  test(`${name}: daypass use sets and exports AWS_PROFILE, --clear unsets it, and an error changes nothing`, async (t) => {
    const sandbox = await openHome(t);
    const lines = [
      'daypass use team:audit@eu',
      `echo code ${code}`,
      'printenv AWS_PROFILE',
      'daypass use develope',
      `echo code ${code}`,
      'printenv AWS_PROFILE',
      'daypass use --profile developer',
      'printenv AWS_PROFILE',
      'daypass use --clear',
      `echo code ${code}`,
      'printenv AWS_PROFILE',
      `echo code ${code}`,
      'daypass use --help',
    ];
    const { stdout, stderr } = await runIn(sandbox, shell, lines.join('\n'));
    const expected =
      'code 0\nteam:audit@eu\ncode 65\nteam:audit@eu\ndeveloper\ncode 0\ncode 1\ndaypass use [PROFILE]';
    assert.equal(stdout.slice(0, expected.length), expected, stderr);
    assert.match(stdout, /--clear +remove AWS_PROFILE from the shell\n[^\n]*\n$/);
    assert.match(stderr, /Not signed in\. Run: daypass login --profile team:audit@eu\n/);
    assert.match(stderr, /did you mean developer\?/);
  });

  test(`${name}: the function passes all other words, stdin and the exit code`, async (t) => {
    const sandbox = await openHome(t, printsWords);
    const odd = ["'a  b'", "''", "'*'", "'$(touch ran)'", '--', '-x:y', "'c,d'", '007', "'use'"];
    const { stdout } = await runIn(
      sandbox,
      shell,
      `daypass exec ${odd.join(' ')}\necho code ${code}\ndaypass\necho code ${code}`,
      'from stdin',
    );
    assert.equal(
      stdout,
      '<exec><a  b><><*><$(touch ran)><--><-x:y><c,d><007><use>from stdincode 7\n<>code 7\n',
    );
    assert.ok(!existsSync(join(sandbox.home, 'ran')));
  });

  test(`${name}: the function assigns the answer, and never runs it`, async (t) => {
    const hostile = `$(touch ran)\`touch ran\`;touch ran'"\\ ü`;
    const sandbox = await openHome(t, `printf '%s\\n' 'AWS_PROFILE=${hostile.replaceAll("'", `'\\''`)}'`);
    const assigned = await runIn(sandbox, shell, 'daypass use x\nprintenv AWS_PROFILE');
    assert.deepEqual([assigned.stdout, assigned.stderr], [`${hostile}\n`, '']);
    assert.ok(!existsSync(join(sandbox.home, 'ran')), 'a name was run');
  });
}

test('daypass prints no name with a special character, whether from the file or the command line', async (t) => {
  const sandbox = await createSandbox({ config });
  t.after(() => sandbox.remove());
  const names = ['$(touch ran)', '`touch ran`', 'a;touch ran', 'a"b', "a'b", 'ü', 'two words', ''];
  sandbox.writeConfig(config + names.map((each) => `[profile "${each}"]\nregion = eu-west-1\n`).join(''));
  for (const each of [...names, 'developer\ndeveloper']) {
    const { code, stdout } = await sandbox.run(['use', each, '--print']);
    assert.deepEqual([code, stdout], [64, ''], each);
  }
});

for (const [name, stop] of [
  ['bash', 'set -e'],
  ['zsh', 'setopt err_exit'],
] as const) {
  test(`${name}: where an error ends a script, a failed daypass use ends it too`, async (t) => {
    const sandbox = await openHome(t);
    const shell = shells.get(name) ?? assert.fail();
    const script = `${stop}\ndaypass use developer\ndaypass use nowhere || echo caught\ndaypass use nowhere\necho on`;
    const { code, stdout } = await runIn(sandbox, shell, script);
    assert.deepEqual([code, stdout], [65, 'caught\n']);
  });

  test(`${name}: an alias of the same name does not break the script, and goes through the function`, async (t) => {
    const sandbox = await openHome(t);
    const { words, load } = shells.get(name) ?? assert.fail();
    const aliases = name === 'bash' ? 'shopt -s expand_aliases\n' : '';
    const shell = {
      words,
      load: `${aliases}alias daypass='daypass use' command=false\n${load.replace('(daypass', '(\\daypass')}`,
      code: '',
    };
    // An eval, since a shell expands aliases when it reads a line.
    const { stdout, stderr } = await runIn(sandbox, shell, `eval 'daypass developer'\nprintenv AWS_PROFILE`);
    assert.equal(stdout, 'developer\n', stderr);
  });
}

test('fish: a universal AWS_PROFILE stays for other shells, and --clear says so', async (t) => {
  const sandbox = await openHome(t);
  const shell = { words: ['/usr/bin/fish', '-c'], load: 'daypass completion fish | source', code: '' };
  const script = 'set -Ux AWS_PROFILE all\ndaypass use developer\nprintenv AWS_PROFILE\ndaypass use --clear';
  const { stdout, stderr } = await runIn(
    sandbox,
    shell,
    `${script}\necho code $status\nprintenv AWS_PROFILE`,
  );
  assert.equal(stdout, 'developer\ncode 0\nall\n');
  assert.match(stderr, /AWS_PROFILE is also a universal variable, run: set -eU AWS_PROFILE\n$/);
});

test('a variable that was inherited is replaced, and in a subshell it stays as it was outside', async (t) => {
  const sandbox = await openHome(t);
  sandbox.env.AWS_PROFILE = 'developer';
  for (const name of ['bash', 'zsh']) {
    const shell = shells.get(name) ?? assert.fail();
    const script = '(daypass use team:audit@eu; printenv AWS_PROFILE)\nprintenv AWS_PROFILE';
    assert.equal((await runIn(sandbox, shell, script)).stdout, 'team:audit@eu\ndeveloper\n', name);
  }
});

test('daypass prints these scripts, and with --no-function all but the function', async (t) => {
  const sandbox = await createSandbox();
  t.after(() => sandbox.remove());
  for (const [shell, whole] of Object.entries(scripts)) {
    assert.equal((await sandbox.run(['completion', shell])).stdout, whole);
    const { stdout } = await sandbox.run(['completion', shell, '--no-function']);
    assert.doesNotMatch(stdout, /function daypass\b/);
    assert.ok(whole.startsWith(stdout));
  }
});

test('the script for PowerShell is ASCII, has no syntax that 5.1 lacks, and its quotes and braces are in pairs', () => {
  const script = scripts.powershell;
  assert.match(script, /^[\n\x20-\x7e]+$/);
  // Without texts and comments.
  const code = script.replace(/'(?:[^']|'')*'|"(?:[^"`]|`.)*"|#.*$/gm, '');
  assert.doesNotMatch(code, /\?\?|\?\.|&&|\|\|/);
  for (const [open, close] of ['{}', '()', '[]']) {
    const count = (sign = '') => code.split(sign).length - 1;
    assert.equal(count(open), count(close), `${open}${close}`);
  }
});
