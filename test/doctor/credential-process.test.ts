// The credential_process line as `daypass doctor` runs it.
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { examined, type Finding, finds, found, line, stage } from '../support/doctor-stage.ts';
import { daypassCommand } from '../support/sandbox.ts';

const lines: [string, string, Finding['state'], RegExp][] = [
  ['none', '', 'warning', /has no credential_process/],
  ['a name', 'credential_process = daypass --profile developer\n', 'error', /absolute path, not daypass/],
  ['~', 'credential_process = ~/bin/daypass --profile developer\n', 'error', /read differently/],
  ['quotes', `credential_process = "${process.execPath}" --profile developer\n`, 'error', /read differently/],
  ['empty', 'credential_process =\n', 'error', /is empty, and the AWS CLI fails/],
  [
    'no profile',
    `credential_process = ${daypassCommand}\n`,
    'warning',
    /names no profile: daypass would use that of AWS_PROFILE/,
  ],
  ['an unknown flag', `credential_process = ${daypassCommand} --no-browser\n`, 'error', /unknown option/],
  [
    'a command',
    `credential_process = ${daypassCommand} login --profile developer\n`,
    'error',
    /runs daypass login/,
  ],
  [
    'another profile',
    `credential_process = ${daypassCommand} --profile other\n`,
    'warning',
    /names profile other/,
  ],
  ['a missing program', 'credential_process = /nowhere/daypass --profile developer\n', 'error', /ENOENT/],
  [
    'another program',
    'credential_process = /bin/echo --profile developer\n',
    'error',
    /does not run daypass/,
  ],
];
for (const [name, more, state, finding] of lines) {
  test(`the credential_process line: ${name}`, async () => {
    const remedy = /daypass configure --profile developer|end the line with --profile developer/;
    const code = await finds({ more }, 'credential-process', state, finding, remedy);
    assert.equal(code, state === 'error' ? 65 : 0);
  });
}

test('the credential_process line may name the profile as --profile=P', async () => {
  const { code, checks } = await examined({
    more: `credential_process = ${daypassCommand} --profile=developer\n`,
  });
  assert.deepEqual([code, found(checks, 'credential-process')[0]?.state], [0, 'ok']);
});

test('the line of the default profile must name it too, because AWS_PROFILE would decide otherwise', async () => {
  const config = stage.config().replace('[profile developer]', '[default]');
  for (const [end, state] of [
    ['', 'warning'],
    [' --profile default', 'ok'],
  ]) {
    stage.sandbox.writeConfig(`${config}credential_process = ${daypassCommand}${end}\n`);
    const { stdout } = await stage.sandbox.run(['doctor', '--json']);
    assert.equal(found(JSON.parse(stdout).checks, 'credential-process')[0]?.state, state);
  }
});

test('a working line in the credentials file only is a warning that names C++ and CRT', async (t) => {
  const credentials = join(stage.sandbox.home, '.aws', 'credentials');
  t.after(() => writeFileSync(credentials, ''));
  writeFileSync(credentials, `[developer]\n${line}`);
  const told = /only in ~\/\.aws\/credentials, which C\+\+ and CRT do not search/;
  assert.equal(await finds({ more: '' }, 'credential-process', 'warning', told, /~\/\.aws\/config/), 0);
  writeFileSync(credentials, '[developer]\ncredential_process = /bin/echo --profile developer\n');
  await finds({ more: '' }, 'credential-process', 'error', /does not run daypass/, /./);
  await finds({}, 'rivals', 'error', /^credential_process \(~\/\.aws\/credentials:2\)/, /./);
});

test('a launcher that fails with a minimal PATH is an error that quotes its output', async () => {
  const bin = join(stage.sandbox.home, 'bin');
  mkdirSync(bin, { recursive: true });
  const launcher = join(bin, 'daypass');
  writeFileSync(launcher, '#!/usr/bin/env no-such-node\n');
  chmodSync(launcher, 0o755);
  await finds(
    { more: `credential_process = ${launcher} --profile developer\n` },
    'credential-process',
    'error',
    /if PATH is \/usr\/bin:\/bin: .*no-such-node.*No such file/,
    /daypass configure --profile developer/,
  );
});
