// Each installed shell reads every character that a token can contain; for others, their documented rules decide.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseEnv } from 'node:util';
import { isAwsCredentials } from '../../src/aws/process-credentials.ts';
import { shellFormats } from '../../src/shell/shell-formats.ts';

/** Every character that the check of credentials accepts. */
const token = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index))
  .filter((character) => !/["\\]/.test(character))
  .join('');
const ordinary = 'IQoJb3JpZ2luX2VjEAAaCXVzLWVhc3QtMSJHMEUCIQD/+x7==';

test('the token has every character that credentials can contain', () => {
  const others = { accessKeyId: 'A'.repeat(20), secretAccessKey: token, expiration: '2030-01-01T00:00:00Z' };
  assert.ok(isAwsCredentials({ ...others, sessionToken: token }));
  for (let code = 0; code < 256; code++) {
    const character = String.fromCharCode(code);
    const fits = isAwsCredentials({ ...others, sessionToken: `${token}${character}` });
    assert.equal(fits, token.includes(character), `character ${code}`);
  }
});

function valueIn(shell: string[], line: string): string {
  const home = mkdtempSync(join(tmpdir(), 'daypass-shell-'));
  try {
    const [program = '', ...args] = shell;
    return execFileSync(program, [...args, `${line}\nprintenv TOKEN`], {
      encoding: 'utf8',
      env: { PATH: '/usr/bin:/bin', HOME: home, XDG_CONFIG_HOME: home, LANG: 'C.UTF-8' },
    }).slice(0, -1);
  } finally {
    rmSync(home, { recursive: true });
  }
}

const shells: [string[], keyof typeof shellFormats][] = [
  [['/usr/bin/bash', '--norc', '-c'], 'bash'],
  [['/usr/bin/dash', '-c'], 'bash'],
  [['/usr/bin/zsh', '-f', '-c'], 'bash'],
  [['/usr/bin/fish', '--no-config', '-c'], 'fish'],
];
for (const [shell, format] of shells) {
  test(`${shell[0]} reads the token unchanged`, () => {
    for (const value of [token, ordinary, "''", '\\', "\\'$HOME`id`"])
      assert.equal(valueIn(shell, shellFormats[format]('TOKEN', value)), value);
  });
}

test('PowerShell: within single quotes only a doubled quote has a meaning', () => {
  const line = shellFormats.powershell('TOKEN', token);
  const match = /^\$Env:TOKEN = '((?:[^']|'')*)'$/.exec(line);
  assert.equal(match?.[1]?.replaceAll("''", "'"), token);
});

test('cmd gets values without ambiguous characters, and otherwise an error', () => {
  assert.equal(shellFormats.cmd('TOKEN', ordinary), `set "TOKEN=${ordinary}"`);
  assert.throws(() => shellFormats.cmd('TOKEN', token), /cmd has no quoting for/);
});

test('dotenv: no quotes where possible, for Docker, and a parser reads the value back', () => {
  assert.equal(shellFormats.dotenv('TOKEN', ordinary), `TOKEN=${ordinary}`);
  for (const value of [token.replaceAll("'", ''), 'a#b c', 'it"s']) {
    assert.equal(parseEnv(shellFormats.dotenv('TOKEN', value)).TOKEN, value);
  }
  assert.equal(shellFormats.dotenv('TOKEN', "it's $5"), 'TOKEN="it\'s \\$5"');
});
