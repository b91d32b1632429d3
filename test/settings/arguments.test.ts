// A person types the command of a hint into a shell, and daypass parses it again.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { parseArguments, signInFlags } from '../../src/settings/arguments.ts';
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
