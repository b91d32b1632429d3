// The credential_process line as `daypass doctor` runs it.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { findSecrets } from '../support/canary.ts';
import { examined, type Finding, finds, found, line, stage } from '../support/doctor-stage.ts';
import { daypassCommand, daypassPath } from '../support/sandbox.ts';

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
    /does not run daypass, but \/bin\/echo$/,
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

/** Other tools as credential_process, in ~/bin: NAME is replaced by the path of the helper. */
const foreign: [what: string, name: string, line: string][] = [
  ['a helper', 'helper', 'NAME'],
  ['a helper that is given the word daypass', 'helper', 'NAME daypass'],
  ['a helper behind env', 'helper', '/usr/bin/env NAME'],
  ['a helper behind a shell', 'helper.sh', '/bin/sh NAME'],
  ['a helper whose name begins with daypass', 'daypass-old', 'NAME'],
  ['a helper in a folder of our name', 'daypass/helper', 'NAME'],
];
for (const [what, name, foreignLine] of foreign) {
  test(`E03 doctor does not start another credential_process: ${what}`, async () => {
    const bin = join(stage.sandbox.home, 'foreign');
    const helper = join(bin, name);
    mkdirSync(dirname(helper), { recursive: true });
    const started = join(bin, 'started');
    writeFileSync(helper, `#!/bin/sh\ntouch '${started}'\necho '{"SecretAccessKey":"foreign-secret"}'\n`, {
      mode: 0o755,
    });
    const config = `${stage.config()}credential_process = ${foreignLine.replace('NAME', helper)} --profile developer\n`;
    stage.sandbox.writeConfig(config);
    for (const args of [['doctor'], ['doctor', '--json']]) {
      const { stdout, stderr, code } = await stage.daypass(args);
      assert.equal(code, 65);
      assert.match(stdout, /credential_process does not run daypass, but /);
      assert.deepEqual(findSecrets({ stdout, stderr }, ['foreign-secret']), []);
    }
    assert.equal(existsSync(started), false);
    rmSync(bin, { recursive: true });
  });
}

test('E03 doctor quotes neither the stdout of a program named daypass, nor a line with a secret', async () => {
  const bin = join(stage.sandbox.home, 'foreign');
  mkdirSync(bin, { recursive: true });
  const program = join(bin, 'daypass');
  writeFileSync(program, '#!/bin/sh\necho \'{"SecretAccessKey":"foreign-secret"}\'\n', { mode: 0o755 });
  const secret = /foreign-secret/;
  for (const command of [program, `/opt/helper --password "foreign-secret"`]) {
    const { checks } = await examined({ more: `credential_process = ${command} --profile developer\n` });
    const [finding] = found(checks, 'credential-process');
    assert.equal(finding?.state, 'error');
    assert.doesNotMatch(JSON.stringify(checks), secret);
  }
  rmSync(bin, { recursive: true });
});

test('the line may name daypass by a link, behind node or behind env', async () => {
  const bin = join(stage.sandbox.home, 'links');
  mkdirSync(bin, { recursive: true });
  symlinkSync(daypassPath, join(bin, 'sign-in'));
  symlinkSync(process.execPath, join(bin, 'node'));
  for (const command of [`${join(bin, 'node')} ${join(bin, 'sign-in')}`, `/usr/bin/env ${daypassCommand}`]) {
    const { checks } = await examined({ more: `credential_process = ${command} --profile developer\n` });
    assert.equal(found(checks, 'credential-process')[0]?.state, 'ok', command);
  }
  rmSync(bin, { recursive: true });
});

test('a launcher of another name is daypass if doctor runs by it', async () => {
  const launcher = join(stage.sandbox.home, 'sign-in');
  writeFileSync(launcher, `#!/bin/sh\nexport DAYPASS_LAUNCHER=$0\nexec ${daypassCommand} "$@"\n`, {
    mode: 0o755,
  });
  stage.sandbox.writeConfig(`${stage.config()}credential_process = ${launcher} --profile developer\n`);
  const { stdout } = await stage.sandbox.runProgram([launcher, 'doctor', '--json', '--profile', 'developer']);
  assert.equal(found(JSON.parse(stdout).checks, 'credential-process')[0]?.state, 'ok');
  rmSync(launcher);
});
