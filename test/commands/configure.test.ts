// Runs `daypass configure` on a terminal, as a person does, and without one, as a script does.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { clear, enter, interrupt, openConversation, up } from '../support/conversation.ts';
import { type IdentityProvider, startIdentityProvider } from '../support/identity-provider.ts';
import { openStageFor } from '../support/logging-stage.ts';
import { createSandbox, daypassFile, daypassPath, type Sandbox, testedProgram } from '../support/sandbox.ts';
import { roleArn, signInProgram } from '../support/stage.ts';

/** The last line, where keys of the environment shadow the profile. */
const shadowedByKeys =
  'warning: AWS clients use AWS_ACCESS_KEY_ID instead of daypass, unless a flag names the profile; run: unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY';

const audit = 'arn:aws:iam::210987654321:role/Audit';

let provider: IdentityProvider;
/** The command in the line: it includes Node if a bare PATH leads to another Node or to none. */
let commandLine: string;
before(async () => {
  provider = await startIdentityProvider();
  commandLine = await writtenCommand();
});
after(() => provider.stop());

async function home(t: TestContext, config?: string): Promise<Sandbox & { configFile: string }> {
  const sandbox = await createSandbox(config === undefined ? {} : { config });
  const configFile = join(sandbox.home, '.aws', 'config');
  t.after(async () => assert.deepEqual(await sandbox.remove(), []));
  return { ...sandbox, configFile };
}

const converse = (sandbox: Pick<Sandbox, 'runInTerminal'>, args: string[]) =>
  openConversation(sandbox, ['configure', ...args]);

const flags = (more: Record<string, string> = {}) =>
  Object.entries({
    issuer: provider.issuer,
    'client-id': 'daypass-test',
    'role-arn': roleArn,
    ...more,
  }).flatMap(([name, value]) => [`--${name}`, value]);

const written = (profile: string, region = 'us-east-1', more = '') =>
  `[${profile === 'default' ? profile : `profile ${profile}`}]
credential_process = ${commandLine} --profile ${profile}
region = ${region}
daypass_issuer = ${provider.issuer}
daypass_client_id = daypass-test
daypass_role_arn = ${roleArn}
${more}`;

async function writtenCommand(): Promise<string> {
  const sandbox = await createSandbox();
  try {
    await sandbox.run(['configure', ...flags()]);
    const line = /^credential_process = (.*) --profile default$/m.exec(
      readFileSync(join(sandbox.home, '.aws', 'config'), 'utf8'),
    );
    const words = line?.[1] ?? assert.fail('no credential_process line');
    assert.ok(words === daypassFile || words.endsWith(`/node ${daypassFile}`), words);
    return words;
  } finally {
    await sandbox.remove();
  }
}

test('a new user answers each question, sees the section, and signs in with it in a bare environment', async (t) => {
  const stage = await openStageFor(t);
  const { sandbox } = stage;
  const file = join(sandbox.home, '.aws', 'config');
  sandbox.writeConfig('# mine\n[profile other]\nregion = eu-west-1\n');
  const terminal = converse(sandbox, []);
  await terminal.answer('Which OIDC provider', `${up}${enter}`);
  await terminal.answer('Profile name', `developer${enter}`);
  await terminal.see(/this redirect address:/, /http:\/\/127\.0\.0\.1\/callback\s/);
  await terminal.answer('Issuer', `${stage.provider.issuer}${enter}`);
  await terminal.see(/the provider answers/);
  await terminal.answer('Client id', `${stage.provider.clientId}${enter}`);
  await terminal.answer('Role to assume', `${roleArn}${enter}`);
  await terminal.answer('Region', enter);
  await terminal.see(/\[profile developer\]/, /Write this to ~\/\.aws\/config\?/);
  assert.equal(
    readFileSync(file, 'utf8'),
    '# mine\n[profile other]\nregion = eu-west-1\n',
    'not before the yes',
  );
  terminal.type(enter);
  await terminal.answer('Sign in now', 'n');
  const { code } = await terminal.exit;
  assert.equal(code, 0);
  assert.match(terminal.terminalText(), /next: daypass login --profile developer/);
  assert.equal(
    readFileSync(file, 'utf8'),
    `# mine\n[profile other]\nregion = eu-west-1\n\n[profile developer]
credential_process = ${commandLine} --profile developer
region = eu-west-1
daypass_issuer = ${stage.provider.issuer}
daypass_client_id = ${stage.provider.clientId}
daypass_role_arn = ${roleArn}
`,
  );
  // The local stand-ins need these variables; a real provider and AWS need none.
  const env = {
    PATH: '/usr/bin:/bin',
    DAYPASS_STS_ENDPOINT: stage.sts.url,
    DAYPASS_BROWSER: signInProgram,
    DAYPASS_AUTHORIZE_PARAMS: 'prompt=consent',
  };
  const aws = ['sts', 'get-caller-identity', '--profile', 'developer', '--endpoint-url', stage.sts.url];
  const identity = await sandbox.runAws(aws, env);
  assert.equal(identity.code, 0, identity.stderr);
  assert.equal(JSON.parse(identity.stdout).Account, '123456789012');
});

test('configure reports an issuer that does not answer or has another name at once, and asks again', async (t) => {
  const sandbox = await home(t);
  const terminal = converse(sandbox, ['--profile', 'dev']);
  await terminal.answer('Which OIDC provider', `${up}${enter}`);
  await terminal.answer('Issuer', `https://login.example.com?x=y${enter}`);
  await terminal.see(/must be a plain https:\/\/ URL/);
  terminal.type(`${clear}http://127.0.0.1:${enter}`);
  await terminal.see(/must be a plain https:\/\/ URL/);
  // A rejected value is edited in place.
  terminal.type(`9${enter}`);
  await terminal.see(/cannot reach the provider at 127\.0\.0\.1:9/, /◆ {2}Issuer/, /http:\/\/127\.0\.0\.1:9/);
  terminal.type(`${clear}${provider.issuer}/${enter}`);
  await terminal.see(/the provider calls itself/);
  await terminal.answer(`Use ${provider.issuer}\\?`, enter);
  await terminal.see(/the provider answers/);
  await terminal.answer('Client id', interrupt);
  assert.equal((await terminal.exit).code, 130);
  // A terminal without a width has 80 columns for the single executable.
  assert.match(terminal.terminalText(), /check the network and the[\s│]+issuer/);
  assert.doesNotMatch(terminal.terminalText(), /run the command again/);
  assert.equal(readFileSync(sandbox.configFile, 'utf8'), '');
});

test('configure offers roles of other profiles, and regions of the right partition only', async (t) => {
  const sandbox = await home(
    t,
    `[profile a]\nregion = cn-north-1\n[profile b]\nregion = eu-central-1\nrole_arn = ${audit}\nsource_profile = x\n`,
  );
  const terminal = converse(sandbox, [
    '--profile',
    'dev',
    '--issuer',
    provider.issuer,
    '--client-id',
    'daypass-test',
  ]);
  await terminal.see(/Role to assume/, /Audit in 210987654321/, /another role/);
  terminal.type(enter);
  await terminal.see(/◆ {2}Region/, /eu-central-1 \(profile b\)/, /us-east-1/);
  terminal.type(`cn-north-1${enter}`);
  await terminal.answer('Region', `cn-north-1${enter}`);
  await terminal.see(/must be a region of aws/);
  terminal.type(`${clear}eu-wst-1${enter}`);
  await terminal.see(/did you mean eu-west-1/);
  terminal.type(`${clear}ap-south-1${enter}`);
  await terminal.answer('Write this', enter);
  await terminal.answer('Sign in now', 'n');
  assert.equal((await terminal.exit).code, 0);
  assert.ok(!terminal.terminalText().includes('cn-north-1 (profile'));
  const added = readFileSync(sandbox.configFile, 'utf8').split('\n\n').at(-1);
  assert.equal(added, written('dev', 'ap-south-1').replace(roleArn, audit));
});

test('configure offers the sign-in of another profile as the source of this one', async (t) => {
  const first = `${written('dev', 'eu-west-1')}`;
  const sandbox = await home(t, first);
  const terminal = converse(sandbox, ['--profile', 'audit', '--role-arn', audit]);
  await terminal.see(/◆ {2}Sign-in/, /the one of dev/, /another provider or client/);
  terminal.type(enter);
  await terminal.answer('Region', enter);
  await terminal.answer('Write this', enter);
  await terminal.answer('Sign in now', 'n');
  assert.equal((await terminal.exit).code, 0);
  assert.equal(
    readFileSync(sandbox.configFile, 'utf8'),
    `${first}\n[profile audit]
credential_process = ${commandLine} --profile audit
region = eu-west-1
daypass_role_arn = ${audit}
daypass_source_profile = dev
`,
  );
});

test('an existing profile gives the answers for Enter, and "no" writes nothing', async (t) => {
  const first = `${written('dev', 'eu-west-1')}output = json\n`;
  const sandbox = await home(t, first);
  const terminal = converse(sandbox, ['--profile', 'dev', '--duration', '7200']);
  for (const question of ['Issuer', 'Client id', 'Role to assume', 'Region'])
    await terminal.answer(question, enter);
  await terminal.see(/daypass_duration = 7200/, /Write this/);
  terminal.type('n');
  assert.equal((await terminal.exit).code, 0);
  assert.match(terminal.terminalText(), /nothing was written/);
  assert.equal(readFileSync(sandbox.configFile, 'utf8'), first);
});

test('configure refuses an invalid flag before any question', async (t) => {
  const sandbox = await home(t);
  const terminal = converse(sandbox, ['--role-arn', 'arn:aws:s3:::x', '--duration', '1']);
  const { code, terminal: shown } = await terminal.exit;
  assert.equal(code, 65);
  assert.match(shown, /--role-arn must look like.*\r\n.*--duration must be 900 to 43200/);
  assert.doesNotMatch(shown, /Which OIDC/);
});

for (const [when, question] of [
  ['the first question', 'Which OIDC provider'],
  ['a choice', 'Region'],
  ['the last question', 'Write this'],
] as const) {
  test(`^C at ${when} leaves the file unchanged and exits with 130`, async (t) => {
    const config = '[profile b]\nregion = eu-central-1\n';
    const sandbox = await home(t, config);
    const { mtimeMs, ino } = statSync(sandbox.configFile);
    const given = when === 'the first question' ? [] : ['--profile', 'dev', ...flags()];
    const terminal = converse(sandbox, given);
    if (when === 'the last question') await terminal.answer('Region', enter);
    await terminal.answer(question, interrupt);
    assert.equal((await terminal.exit).code, 130);
    assert.equal(readFileSync(sandbox.configFile, 'utf8'), config);
    assert.deepEqual(
      [statSync(sandbox.configFile).mtimeMs, statSync(sandbox.configFile).ino],
      [mtimeMs, ino],
    );
    assert.deepEqual(readdirSync(join(sandbox.home, '.aws')), ['config']);
  });
}

for (const [key, keys] of [
  ['^D', '\x04'],
  ['Escape', '\x1b'],
] as const) {
  test(`${key} exits with 130 like ^C and shows the cursor again`, async (t) => {
    const sandbox = await home(t);
    const terminal = converse(sandbox, []);
    await terminal.answer('Which OIDC provider', keys);
    const { code, terminal: shown } = await terminal.exit;
    assert.equal(code, 130);
    assert.match(shown, /nothing was written/);
    assert.ok(shown.lastIndexOf('\x1b[?25h') > shown.lastIndexOf('\x1b[?25l'));
    assert.equal(readFileSync(sandbox.configFile, 'utf8'), '');
  });
}

test('^C during the request to the provider exits with 130 at once', async (t) => {
  const stalled = await startIdentityProvider();
  t.after(() => stalled.stop());
  const sandbox = await home(t);
  const release = stalled.hold('discovery');
  t.after(release);
  const terminal = converse(sandbox, ['--profile', 'dev', ...flags({ issuer: stalled.issuer })]);
  await terminal.see(/asking/);
  terminal.type(interrupt);
  assert.equal((await terminal.exit).code, 130);
  assert.equal(readFileSync(sandbox.configFile, 'utf8'), '');
});

test('without a terminal flags give every setting, and a second run changes nothing', async (t) => {
  const { run, configFile, home: folder } = await home(t);
  const { code, stdout, stderr } = await run([
    'configure',
    '--profile',
    'dev',
    ...flags({ region: 'eu-west-1' }),
  ]);
  assert.deepEqual([code, stderr], [0, '']);
  assert.equal(readFileSync(configFile, 'utf8'), written('dev', 'eu-west-1'));
  assert.equal(statSync(configFile).mode & 0o777, 0o600);
  const entries = written('dev', 'eu-west-1').trimEnd().split('\n').slice(1);
  assert.equal(
    stdout,
    `✓ wrote [profile dev] in ~/.aws/config\n${entries.map((line) => `  ${line}\n`).join('')}note: AWS IAM accepts only https issuers, not ${provider.issuer} (to avoid this: have the provider use an issuer like https://login.example.com, on port 443, without the port)\nnext: daypass login --profile dev\n`,
  );
  const again = await run(['configure', '--profile', 'dev', ...flags()]);
  assert.equal(again.code, 0);
  assert.match(again.stdout, /^✓ \[profile dev\] in ~\/\.aws\/config has these settings already\n/);
  assert.equal(readFileSync(configFile, 'utf8'), written('dev', 'eu-west-1'));
  assert.deepEqual(readdirSync(join(folder, '.aws')), ['config']);
});

test('without a terminal one error lists all missing and invalid settings', async (t) => {
  const { run, configFile } = await home(t);
  const none = await run(['configure']);
  assert.equal(none.code, 65);
  for (const flag of ['--issuer', '--client-id', '--role-arn'])
    assert.match(none.stderr, new RegExp(`: ${flag} is missing: add ${flag} \\S+\n`));
  assert.match(
    none.stderr,
    /\nhint: run: daypass configure --profile default --issuer https:\S+ --client-id \S+ --role-arn arn:\S+\n$/,
  );
  const env = { DAYPASS_ISSUER: provider.issuer };
  const some = await run(['configure', '--client-id', 'daypass-test'], { env });
  assert.match(
    some.stderr,
    /--role-arn is missing.*\nhint: run: daypass configure --profile default --client-id daypass-test --role-arn arn:\S+\n$/,
  );
  const odd = await run(['configure', ...flags({ region: 'cn-north-1', duration: '1' })]);
  assert.equal(odd.code, 65);
  assert.match(odd.stderr, /--duration must be 900 to 43200/);
  assert.match(odd.stderr, /--region is cn-north-1, which is not a region of aws/);
  const gone = await run(['configure', ...flags({ issuer: 'http://127.0.0.1:9' })]);
  assert.equal(gone.code, 69);
  assert.match(gone.stderr, /cannot reach the provider/);
  assert.equal(readFileSync(configFile, 'utf8'), '');
});

test('configure --yes asks nothing on a terminal', async (t) => {
  const sandbox = await home(t);
  const terminal = converse(sandbox, ['--yes', '--profile', 'dev', ...flags()]);
  assert.equal((await terminal.exit).code, 0);
  assert.equal(readFileSync(sandbox.configFile, 'utf8'), written('dev'));
});

test('configure writes the file of AWS_CONFIG_FILE and keeps a link to it, its mode and other lines', async (t) => {
  const { run, home: folder } = await home(t);
  const target = join(folder, 'dotfiles', 'aws');
  mkdirSync(join(folder, 'dotfiles'));
  writeFileSync(target, '# größer\r\n[default]\r\noutput = json');
  chmodSync(target, 0o640);
  const link = join(folder, 'config-link');
  symlinkSync(target, link);
  const { code, stdout } = await run(['configure', '--profile', 'dev', ...flags()], {
    env: { AWS_CONFIG_FILE: link },
  });
  assert.equal(code, 0);
  assert.match(stdout, /in ~\/config-link\n/);
  assert.ok(lstatSync(link).isSymbolicLink());
  assert.equal(statSync(target).mode & 0o777, 0o640);
  assert.equal(
    readFileSync(target, 'utf8'),
    `# größer\r\n[default]\r\noutput = json\r\n\r\n${written('dev').replaceAll('\n', '\r\n')}`,
  );
  assert.equal(readFileSync(join(folder, '.aws', 'config'), 'utf8'), '');
});

test('a full disk leaves the file unchanged and no other file beside it', async (t) => {
  const config = `[profile other]\nregion = eu-west-1\n${'# more\n'.repeat(1000)}`;
  const { runProgram, configFile } = await home(t, config);
  // In blocks of 512 bytes: the first write is a short one, the next fails.
  const full = ['sh', '-c', 'ulimit -f 4; exec "$@"', 'sh', ...testedProgram.words];
  const { code, stdout, stderr } = await runProgram([...full, 'configure', ...flags()]);
  assert.deepEqual([code, stdout], [74, '']);
  assert.match(stderr, /^daypass: io: cannot write .*config: EFBIG\nhint: free space on that disk .*\n$/);
  assert.equal(readFileSync(configFile, 'utf8'), config);
  assert.deepEqual(readdirSync(join(configFile, '..')), ['config']);
});

test('a link to a missing file stays a link, and its target is created for its owner only', async (t) => {
  const { run, configFile, home: folder } = await home(t);
  rmSync(configFile);
  symlinkSync('dot/link', configFile);
  const refused = await run(['configure', '--profile', 'dev', ...flags()]);
  assert.deepEqual([refused.code, refused.stdout], [74, '']);
  assert.match(
    refused.stderr,
    /\.aws\/config is a link to .*\.aws\/dot\/link, whose folder does not exist\nhint: create that folder/,
  );
  mkdirSync(join(folder, '.aws', 'dot'));
  symlinkSync('aws-config', join(folder, '.aws', 'dot', 'link'));
  const { code, stderr } = await run(['configure', '--profile', 'dev', ...flags()]);
  assert.equal(code, 0, stderr);
  for (const link of [configFile, join(folder, '.aws', 'dot', 'link')])
    assert.ok(lstatSync(link).isSymbolicLink());
  const target = join(folder, '.aws', 'dot', 'aws-config');
  assert.equal(readFileSync(target, 'utf8'), written('dev'));
  assert.equal(statSync(target).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(join(folder, '.aws')).sort(), ['config', 'dot']);
  assert.deepEqual(readdirSync(join(folder, '.aws', 'dot')).sort(), ['aws-config', 'link']);
});

test('configure refuses all values that make an AWS client misread other lines, before it asks the provider', async (t) => {
  const sandbox = await home(t);
  const more = { 'client-id': 'a\'b\\n"c#d;e', log: '/tmp/[x].log', browser: '"/opt/my #1 browser"' };
  const unused = 'http://127.0.0.1:9';
  const { code, stderr } = await sandbox.run(['configure', ...flags({ ...more, issuer: unused })]);
  assert.equal(code, 65);
  assert.match(stderr, /daypass_client_id must close its quotes.*\n.*daypass_log must not contain \[ and \]/);
  assert.doesNotMatch(stderr, /daypass_browser|reach/);
  const terminal = converse(sandbox, ['--profile', 'dev', '--issuer', provider.issuer]);
  await terminal.answer('Client id', `a"b${enter}`);
  await terminal.see(/must close its quotes/);
  terminal.type(interrupt);
  await terminal.exit;
  assert.equal(readFileSync(sandbox.configFile, 'utf8'), '');
});

test('configure creates a missing .aws and its file for the owner only', async (t) => {
  const { run, home: folder, configFile } = await home(t);
  renameSync(join(folder, '.aws'), join(folder, 'elsewhere'));
  assert.equal((await run(['configure', ...flags()])).code, 0);
  assert.equal(readFileSync(configFile, 'utf8'), written('default'));
  assert.equal(statSync(join(folder, '.aws')).mode & 0o777, 0o700);
});

const rivals: [what: string, config: string, credentials: string, text: RegExp][] = [
  [
    'role_arn',
    `[profile dev]\nrole_arn = ${audit}\nsource_profile = x\n`,
    '',
    /role_arn, source_profile \(~\/\.aws\/config:2\): used instead of daypass by AWS CLI.*\n[\s\S]*hint: remove role_arn/,
  ],
  [
    'an SSO profile',
    '[profile dev]\nsso_session = corp\n',
    '',
    /sso_session \(~\/\.aws\/config:2\).*AWS CLI.*Go/,
  ],
  [
    'static keys in the credentials file',
    '',
    '[dev]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = s3cr3t\n',
    /aws_access_key_id, aws_secret_access_key \(~\/\.aws\/credentials:2\).*\n[\s\S]*from \[dev\] in ~\/\.aws\/credentials/,
  ],
  [
    'our section twice',
    '[profile dev]\na = b\n[profile dev]\n',
    '',
    /~\/\.aws\/config:3: a second \[profile dev\]/,
  ],
  ['a byte order mark', '\ufeff[profile dev]\n', '', /byte order mark/],
  ['NUL bytes', '[profile dev]\n# \0\n', '', /~\/\.aws\/config:2: a NUL byte.*\nhint: .*nothing was written/],
];
for (const [what, config, credentials, text] of rivals) {
  test(`${what}: the error names clients, key and line, and neither file changes`, async (t) => {
    const { run, configFile, home: folder } = await home(t, config);
    const file = join(folder, '.aws', 'credentials');
    if (credentials) writeFileSync(file, credentials, { mode: 0o600 });
    const { code, stdout, stderr } = await run(['configure', '--profile', 'dev', ...flags()]);
    assert.deepEqual([code, stdout], [65, '']);
    assert.match(stderr, text);
    assert.doesNotMatch(stderr, /s3cr3t|AKIAEXAMPLE/);
    assert.equal(readFileSync(configFile, 'utf8'), config);
    if (credentials) assert.equal(readFileSync(file, 'utf8'), credentials);
  });
}

test('configure replaces the credential_process of another tool only if a person sees it or with --yes', async (t) => {
  const config = `[profile dev]\ncredential_process = "/opt/other tool" --a\n`;
  const sandbox = await home(t, config);
  const refused = await sandbox.run(['configure', '--profile', 'dev', ...flags()]);
  assert.deepEqual([refused.code, refused.stdout], [65, '']);
  assert.match(
    refused.stderr,
    /dev has the credential_process of another tool \(~\/\.aws\/config:2\): "\/opt\/other tool" --a\nhint: add --yes/,
  );
  const terminal = converse(sandbox, ['--profile', 'dev', ...flags({ region: 'us-east-1' })]);
  await terminal.see(/this replaces the credential_process of another tool/, /other tool" --a/, /Write this/);
  terminal.type('n');
  assert.equal((await terminal.exit).code, 0);
  assert.equal(readFileSync(sandbox.configFile, 'utf8'), config);

  assert.equal((await sandbox.run(['configure', '--yes', '--profile', 'dev', ...flags()])).code, 0);
  assert.equal(readFileSync(sandbox.configFile, 'utf8'), written('dev'));
  const ours = 'credential_process = /home/ada/.local/bin/daypass --profile dev\n';
  sandbox.writeConfig(`[profile dev]\n${ours}`);
  const again = await sandbox.run(['configure', '--profile', 'dev', ...flags()]);
  assert.deepEqual([again.code, again.stderr], [0, '']);
  assert.doesNotMatch(again.stdout, /another tool/);
});

test('configure asks again for a profile name whose other keys would win', async (t) => {
  const sandbox = await home(t, `[default]\nrole_arn = ${audit}\n`);
  const terminal = converse(sandbox, flags({ region: 'eu-west-1' }));
  await terminal.answer('Profile name', enter);
  await terminal.see(/role_arn \(~\/\.aws\/config:2/);
  terminal.type(`dev${enter}`);
  await terminal.answer('Write this', enter);
  await terminal.answer('Sign in now', 'n');
  assert.equal((await terminal.exit).code, 0);
  assert.equal(
    readFileSync(sandbox.configFile, 'utf8'),
    `[default]\nrole_arn = ${audit}\n\n${written('dev', 'eu-west-1')}`,
  );
});

test('configure ends with a warning of environment keys that shadow the profile, after the faults of other profiles', async (t) => {
  const { run } = await home(t, '[profile a]\nx = 1\n[profile a]\ny = 2\n[sso-session s]\n[sso-session s]\n');
  const env = { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 's3cr3t' };
  const { code, stdout } = await run(['configure', '--profile', 'dev', ...flags()], { env });
  assert.equal(code, 0);
  assert.equal(stdout.trimEnd().split('\n').at(-1), shadowedByKeys);
  assert.equal(stdout.match(/AWS_ACCESS_KEY_ID instead/g)?.length, 1);
  for (const fault of ['3: a second [profile a]', '6: a second [sso-session s]'])
    assert.ok(stdout.includes(`note: ~/.aws/config:${fault}: the AWS CLI and boto3 refuse the whole file`));
  assert.doesNotMatch(stdout, /s3cr3t|AKIAEXAMPLE/);
});

test('on a terminal the warning of shadowing keys stands at the end too, and with --print on stderr', async (t) => {
  const sandbox = await home(t);
  const env = { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 's3cr3t' };
  const args = ['configure', '--profile', 'dev', ...flags({ region: 'eu-west-1' })];
  const terminal = openConversation(sandbox, args, env);
  await terminal.answer('Write this', enter);
  await terminal.answer('Sign in now', 'n');
  const { code, terminal: shown } = await terminal.exit;
  assert.equal(code, 0);
  const lines = shown.replaceAll('\r', '').trimEnd().split('\n');
  assert.deepEqual(lines.slice(-3), [
    'warning: AWS clients use AWS_ACCESS_KEY_ID instead of daypass, unless a flag',
    'names the profile',
    '  run: unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY',
  ]);
  assert.equal(shown.match(/warning:/g)?.length, 1);
  const printed = await sandbox.run([...args, '--print'], { env });
  assert.equal(printed.stderr.trimEnd().split('\n').at(-1), shadowedByKeys);
  assert.doesNotMatch(printed.stdout, /warning/);
});

for (const [minutes, off] of [
  [10, '10 min behind'],
  [-10, '10 min ahead of'],
  [4, undefined],
] as const) {
  test(`configure ends with ${off ? 'a warning' : 'no warning'} if the provider's clock is ${minutes} min ahead`, async (t) => {
    const { issuer } = provider;
    // In front of the provider, so that its metadata, and the issuer in it, stay the same.
    const front = createServer(async (request, response) => {
      const metadata = await fetch(`${issuer}${request.url}`).then((answer) => answer.text());
      response.setHeader('date', new Date(Date.now() + minutes * 60_000).toUTCString());
      response.end(metadata.replaceAll(`"issuer":"${issuer}"`, `"issuer":"${address}"`));
    }).listen(0, '127.0.0.1');
    t.after(() => front.close());
    await once(front, 'listening');
    const address = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
    const { run } = await home(t);
    const { code, stdout, stderr } = await run(['configure', ...flags({ issuer: address })]);
    assert.deepEqual([code, stderr], [0, '']);
    const last = stdout.trimEnd().split('\n').at(-1) ?? '';
    if (!off) return assert.equal(last, 'next: daypass login --profile default');
    const warning = `warning: this machine's clock is ${off} the provider's, and AWS rejects requests if it is wrong; `;
    assert.ok(last.startsWith(warning), last);
    assert.match(last, /timedatectl|NTP|sntp/);
    // One line, whatever else shadows the profile.
    const env = { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 's3cr3t' };
    const both = (await run(['configure', ...flags({ issuer: address })], { env })).stdout;
    assert.equal(both.match(/^warning:/gm)?.length, 1);
    assert.match(
      both,
      /\(and 1 more, see daypass doctor --profile default\); run: unset AWS_ACCESS_KEY_ID [^\n]*\n$/,
    );
  });
}

test('configure writes only a client secret that a person typed, and shows none', async (t) => {
  const {
    run,
    configFile,
    home: folder,
  } = await home(t, '[profile old]\ndaypass_client_secret = hush-old\n');
  const envFile = join(folder, 'company.env');
  writeFileSync(
    envFile,
    `DAYPASS_ISSUER=${provider.issuer}\nDAYPASS_CLIENT_ID=daypass-test\nDAYPASS_CLIENT_SECRET=hush-file\n`,
  );
  const env = { DAYPASS_CLIENT_SECRET: 'hush-env' };
  const args = ['--env-file', envFile, '--role-arn', roleArn];
  const added = await run(['configure', '--profile', 'dev', ...args], { env });
  const changed = await run(['configure', '--profile', 'old', ...args], { env });
  assert.deepEqual([added.code, changed.code], [0, 0], added.stderr + changed.stderr);
  assert.match(changed.stdout, /daypass_client_secret = \(not shown\)/);
  assert.doesNotMatch(added.stdout + changed.stdout, /hush/);
  const text = readFileSync(configFile, 'utf8');
  assert.ok(text.endsWith(`\n${written('dev')}`), text);
  assert.deepEqual(text.match(/hush-\w+/g), ['hush-old']);
});

test('eight runs at once write eight complete profiles', async (t) => {
  const { run, configFile } = await home(t, '# mine\n');
  const names = Array.from({ length: 8 }, (_, index) => `p${index}`);
  const runs = await Promise.all(
    names.map((name) => run(['configure', '--profile', name, ...flags()], { timeoutMs: 120_000 })),
  );
  for (const { code, stderr } of runs) assert.equal(code, 0, stderr);
  const text = readFileSync(configFile, 'utf8');
  for (const name of names) assert.ok(text.includes(written(name)), name);
  assert.equal(text.length, '# mine\n'.length + names.length * `\n${written('p0')}`.length);
});

test('the line contains the link that a person calls, the launcher, and Node if a bare PATH leads to another', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-own-line-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const name of ['bin', 'node-1.2.3', 'my tools']) mkdirSync(join(folder, name));
  const node = join(folder, 'node-1.2.3', 'node');
  copyFileSync(process.execPath, node);
  const [link, nodeLink, odd] = ['bin/daypass', 'bin/node', 'my tools/daypass'].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  for (const path of [link, odd]) symlinkSync(daypassPath, path);
  symlinkSync(node, nodeLink);
  const lineBy = async (words: [string, ...string[]], path: string) => {
    const sandbox = await createSandbox({ program: { words, path } });
    try {
      const { code, stderr } = await sandbox.run(['configure', ...flags()]);
      const config = readFileSync(join(sandbox.home, '.aws', 'config'), 'utf8');
      return { code, stderr, line: /^credential_process = (.*) --profile default$/m.exec(config)?.[1] };
    } finally {
      await sandbox.remove();
    }
  };
  const bare = '/usr/bin:/bin';
  assert.equal((await lineBy([process.execPath, link], bare)).line, commandLine.replace(daypassPath, link));
  // An upgrade moves the Node behind a link, so only the link is permanent.
  assert.equal((await lineBy([node, link], `${join(folder, 'bin')}:${bare}`)).line, `${nodeLink} ${link}`);
  assert.equal((await lineBy([node, link], bare)).line, `${node} ${link}`);
  const launcher = join(import.meta.dirname, '../../launcher/daypass');
  assert.equal((await lineBy([launcher], `${join(folder, 'bin')}:${bare}`)).line, launcher);
  const quoted = await lineBy([process.execPath, odd], bare);
  assert.equal(quoted.line, commandLine.replace(daypassPath, `'${odd}'`));
});
