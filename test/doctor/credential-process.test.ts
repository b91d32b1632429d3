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
  [
    '~',
    'credential_process = ~/bin/daypass --profile developer\n',
    'error',
    /^credential_process must begin/,
  ],
  [
    'Node alone',
    `credential_process = "${process.execPath}" --profile developer\n`,
    'error',
    /not run daypass/,
  ],
  [
    'an open quote',
    'credential_process = "/opt/daypass --profile developer\n',
    'error',
    /open quotation mark/,
  ],
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

/** Lines that at least one kind of clients runs; TOOLS is a folder with a blank in HOME. */
const working: [line: string, clients: RegExp | undefined][] = [
  ["'TOOLS/daypass'", /: restic and mc$/],
  ['"TOOLS/daypass"', /: the Go SDKs of Debian 12, also in rclone, restic and mc$/],
  ['TOOLS_/daypass', /: restic and mc$/],
  ["/usr/bin/env 'TOOLS/daypass'", /: restic and mc$/],
  ['/bin/sh -c \'exec "TOOLS/daypass" "$@"\' sh', /: restic and mc$/],
  [`${process.execPath} 'TOOLS/script/daypass'`, /: restic and mc$/],
  ['~/bin/daypass', /^for the AWS CLI and boto3, credential_process must begin with an absolute path/],
  ['$HOME/bin/daypass', /^for the AWS CLI and boto3, credential_process must begin with an absolute path/],
  ['A=1 HOME/bin/daypass', /^for the AWS CLI and boto3, credential_process does not run daypass, but A=1$/],
  ['HOME/a(b)/daypass', /^for the SDKs for JavaScript.*read differently, such as \($/],
  ["'HOME/a #b/daypass'", /: restic and mc, the SDKs for JavaScript, Go, Java/],
  ['HOME/müller/daypass', /: Ruby and Java without a UTF-8 locale$/],
  ['HOME/a@b+c,d=e/daypass', undefined],
];
test('doctor calls no line an error that some AWS clients run, and names the others', async (t) => {
  const { home } = stage.sandbox;
  const folders = ['My Tools', 'bin', 'a(b)', 'a #b', 'müller', 'a@b+c,d=e'].map((name) => join(home, name));
  for (const folder of folders) {
    mkdirSync(folder);
    const script = `#!/bin/sh\nexec ${daypassCommand} "$@"\n`;
    writeFileSync(join(folder, 'daypass'), script, { mode: 0o755 });
    t.after(() => rmSync(folder, { recursive: true }));
  }
  mkdirSync(join(home, 'My Tools', 'script'));
  symlinkSync(daypassPath, join(home, 'My Tools', 'script', 'daypass'));
  for (const [form, clients] of working) {
    const line = form
      .replace('TOOLS_', join(home, 'My\\ Tools'))
      .replace('TOOLS', join(home, 'My Tools'))
      .replace(/(?<!\$)HOME/, home);
    const { code, checks } = await examined({ more: `credential_process = ${line} --profile developer\n` });
    const found_ = found(checks, 'credential-process');
    assert.deepEqual([code, found_.length], [0, 1], `${line}: ${JSON.stringify(found_)}`);
    assert.equal(found_[0]?.state, clients ? 'warning' : 'ok', line);
    assert.match(found_[0]?.finding ?? '', clients ?? /^AWS clients run /, line);
    if (clients) assert.match(found_[0]?.remedy ?? '', /daypass configure --profile developer/);
  }
});

test('a line that needs the PATH of this call is a warning', async (t) => {
  const bin = join(stage.sandbox.home, 'path');
  mkdirSync(bin);
  t.after(() => rmSync(bin, { recursive: true }));
  writeFileSync(join(bin, 'daypass'), `#!/usr/bin/env node-of-mine\nrequire('${daypassPath}');\n`, {
    mode: 0o755,
  });
  symlinkSync(process.execPath, join(bin, 'node-of-mine'));
  for (const [command, finding] of [
    [join(bin, 'daypass'), /runs only with your PATH: .*node-of-mine/],
    ['daypass', /must begin with an absolute path, not daypass/],
  ] as const) {
    const env = { PATH: `${bin}:/usr/bin:/bin` };
    const more = `credential_process = ${command} --profile developer\n`;
    const code = await finds({ more, env }, 'credential-process', 'warning', finding, /daypass configure/);
    assert.equal(code, 0);
  }
});

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
  ['a helper in quotes', 'helper', "'NAME' daypass"],
  ['a helper behind sh -c', 'helper', '/bin/sh -c "NAME" sh'],
  ['a helper before daypass in one shell', 'helper', `/bin/sh -c "NAME; ${daypassPath}" sh`],
  ['a helper in a substitution', 'helper', '"$(NAME)/daypass"'],
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
      assert.match(stdout, /credential_process (does not run daypass, but|must begin with an absolute path)/);
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
