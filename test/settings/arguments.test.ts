// A person types the command of a hint into a shell, and daypass parses it again.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import {
  type CommandName,
  commandForms,
  jsonErrorPlace,
  parseArguments,
  signInFlags,
} from '../../src/settings/arguments.ts';
import { settingNames, settingOf, spellings } from '../../src/settings/setting-table.ts';

const odd = [
  'plain',
  '',
  ' ',
  'a  b',
  "it's",
  '"two" words',
  '$HOME `id` $(id)',
  '*',
  '~/x',
  '#x',
  '=ls',
  '!!',
];
const dashed = ['-x', '--x', '--', '--profile=other', 'a=b'];
/** Excludes the settings that concern one call only, which hints leave out. */
const kept = settingNames.filter((name) => spellings(name).flag && !/^(timeout|nonInteractive)$/.test(name));

function typed(shell: string[], words: string): string[] {
  const [program = '', ...args] = shell;
  const line = `set -- ${words}\nprintf '%s\\0' "$@"`;
  const env = { PATH: '/usr/bin:/bin', HOME: '/nowhere' };
  return execFileSync(program, [...args, line], { encoding: 'utf8', env, cwd: '/usr' })
    .split('\0')
    .slice(0, -1);
}

for (const shell of [
  ['/usr/bin/dash', '-c'],
  ['/usr/bin/bash', '--norc', '-c'],
  ['/usr/bin/zsh', '-f', '-c'],
]) {
  test(`${shell[0]}: every flag survives the shell and the parser, whatever its value`, () => {
    for (const value of [...odd, ...dashed]) {
      const given = new Map(kept.map((name) => [name, value]));
      const words = typed(shell, signInFlags('developer', given, { forbidden: false }));
      const { flags } = parseArguments(['login', ...words]);
      assert.deepEqual([...flags], [['profile', 'developer'], ...given], value);
    }
  });
}

test('a switch without a value, one that is off, and a profile that allows no browser', () => {
  const switches = kept.filter((name) => settingOf(name).takes === undefined);
  assert.deepEqual(switches, ['deviceCode']);
  const told = (argv: string[], forbidden = false) =>
    signInFlags('p', parseArguments(argv).flags, { forbidden });
  assert.equal(told(['--device-code', '--non-interactive']), '--profile p --device-code');
  assert.equal(
    told(['--device-code=false'], true),
    '--profile p --device-code=false --non-interactive=false',
  );
});

test('a profile or an env file whose name looks like an option', () => {
  for (const profile of ['-p', '--p']) {
    const words = typed(
      ['/bin/sh', '-c'],
      signInFlags(profile, new Map([['envFile', '--e f']]), { forbidden: false }),
    );
    const { flags } = parseArguments(['login', ...words]);
    assert.equal(flags.get('profile'), profile);
    assert.match(flags.get('envFile') ?? '', /^\/.*\/--e f$/);
  }
});

test('a word after a command is its profile, except after exec, whose words are the command', () => {
  const positional = Object.entries(commandForms).flatMap(([name, form]) =>
    'operands' in form && form.operands === 'profile' ? [name as CommandName] : [],
  );
  assert.deepEqual(positional, ['configure', 'console', 'doctor', 'env', 'login', 'logout', 'status', 'use']);
  for (const command of positional) {
    for (const argv of [
      [command, 'developer'],
      [command, '--timeout', '9', 'developer'],
      [command, 'developer', '--timeout', '9'],
    ]) {
      const { flags, operands } = parseArguments(argv);
      assert.deepEqual([flags.get('profile'), operands], ['developer', []], argv.join(' '));
    }
  }
  // A switch takes no word.
  assert.equal(parseArguments(['login', '--device-code', 'developer']).flags.get('profile'), 'developer');
  for (const argv of [
    ['exec', 'developer', '--', 'aws'],
    ['exec', '--', 'developer', '--', 'aws'],
  ]) {
    const { flags, operands } = parseArguments(argv);
    assert.deepEqual([flags.size, operands], [0, ['developer', '--', 'aws']]);
  }
});

test('every word after trust-policy is a profile, besides --profile', () => {
  const { flags, operands, options } = parseArguments([
    'trust-policy',
    'a',
    '--format',
    'cli',
    'b',
    '--any-user',
    'a',
    '--profile',
    'c',
  ]);
  assert.deepEqual([flags.get('profile'), operands], ['c', ['a', 'b', 'a']]);
  assert.equal(options.get('format'), 'cli');
  assert.throws(() => parseArguments(['trust-policy', 'a', '--formt', 'cli']), { code: 'usage' });
});

test('-h and -v mean --help and --version everywhere, but not in the command of exec', () => {
  for (const command of Object.keys(commandForms) as CommandName[]) {
    const words = command === 'credential-process' ? [] : [command];
    for (const flag of ['-h', '--help']) {
      const { help, command: found } = parseArguments([...words, flag]);
      assert.deepEqual([help, found], [true, command]);
    }
    for (const flag of ['-v', '--version'])
      assert.equal(parseArguments([...words, flag]).command, 'version', command);
  }
  for (const words of [
    ['--', 'node', '-v', '-h'],
    ['node', '-v', '-h'],
  ]) {
    const { help, command, operands } = parseArguments(['exec', '--profile', 'p', ...words]);
    assert.deepEqual([help, command, operands], [false, 'exec', ['node', '-v', '-h']]);
  }
  assert.deepEqual(parseArguments(['exec', '--', '-v']).operands, ['-v']);
});

test('--json in front of the command of exec is for daypass, and behind it for the command', () => {
  assert.ok(parseArguments(['exec', '--json', '--', 'x', '--json']).switches.has('json'));
  assert.ok(!parseArguments(['exec', '--', 'x', '--json']).switches.has('json'));
  assert.ok(!parseArguments(['exec', 'x', '--json']).switches.has('json'));
});

test('the place of an error as JSON, also if the arguments are wrong', () => {
  for (const [argv, place] of [
    [['login', '--froce', '--json'], 'stdout'],
    [['exec', '--json', '--froce', '--', 'x'], 'stderr'],
    [['exec', '--froce', '--', 'x', '--json'], undefined],
    [['env', '--json'], undefined],
    [['--json'], undefined],
    [['constructor', '--json'], undefined],
    [[], undefined],
  ] as const) {
    assert.equal(jsonErrorPlace(argv), place, argv.join(' '));
  }
  for (const [argv, place] of [
    [['login', '--json'], 'stdout'],
    [['login'], undefined],
    [['exec', '--json', 'x'], 'stderr'],
    [['exec', 'x', '--json'], undefined],
    // Its JSON is two documents to pass on.
    [['trust-policy', '--json'], undefined],
  ] as const)
    assert.equal(jsonErrorPlace(argv, parseArguments(argv)), place, argv.join(' '));
});
