// `daypass doctor` against real parts, each of which is broken in turn.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type FindingCode, findingCodes } from '../../src/doctor/finding.ts';
import { createAuthority } from '../support/certificates.ts';
import { startConnectProxy } from '../support/connect-proxy.ts';
import { StsRefusal } from '../support/local-sts.ts';
import { daypassCommand, type RunResult } from '../support/sandbox.ts';
import { openStage, type Stage, signInProgram } from '../support/stage.ts';

interface Finding {
  code: FindingCode;
  state: 'ok' | 'note' | 'warning' | 'error';
  finding: string;
  remedy?: string;
}

const line = `credential_process = ${daypassCommand} --profile developer\n`;
let stage: Stage;
before(async () => {
  stage = await openStage({ keys: { daypass_browser: signInProgram } });
});
after(() => stage?.close());

interface Change {
  /** daypass_ keys of the profile. */
  keys?: Record<string, string>;
  /** After the profile's keys. */
  more?: string;
  env?: Record<string, string>;
}

function writeConfig({ keys = {}, more = line }: Change = {}): void {
  stage.sandbox.writeConfig(stage.config(keys) + more);
}

async function examined(change: Change = {}): Promise<{ code: number | null; checks: Finding[] }> {
  writeConfig(change);
  const result = await stage.daypass(['doctor', '--json'], change.env);
  const { version, profile, checks } = JSON.parse(result.stdout);
  assert.deepEqual([version, profile, result.stderr], [1, 'developer', '']);
  stage.assertNoLeak(result);
  for (const check of checks) assert.ok(findingCodes.includes(check.code), check.code);
  return { code: result.code, checks };
}

function found(checks: readonly Finding[], code: FindingCode): Finding[] {
  return checks.filter((check) => check.code === code);
}

/** That the check says this, with a remedy, and that nothing else is an error. */
async function finds(
  change: Change,
  code: FindingCode,
  state: Finding['state'],
  finding: RegExp,
  remedy: RegExp,
) {
  const { code: exitCode, checks } = await examined(change);
  const of = found(checks, code).find((check) => check.state === state && finding.test(check.finding));
  assert.ok(of, `no ${state} ${code} that matches ${finding} in ${JSON.stringify(checks, null, 1)}`);
  assert.match(of.remedy ?? '', remedy);
  const errors = checks.filter((check) => check.state === 'error').map((check) => check.code);
  if (state === 'error') assert.ok(errors.every((error) => error === code) && exitCode, errors.join());
  else assert.deepEqual([errors, exitCode], [[], 0]);
  return exitCode;
}

test('where nothing is wrong it says so of every part, signed in or not, opens nothing and keeps nothing', async (t) => {
  const { code, checks } = await examined();
  const states = Object.fromEntries(checks.map((check) => [check.code, check.state]));
  const well = {
    settings: 'ok',
    'config-file': 'ok',
    rivals: 'ok',
    'credential-process': 'ok',
    region: 'ok',
    duration: 'ok',
    timeout: 'ok',
    'endpoint-overrides': 'ok',
    'old-sdks': 'note',
    'state-directory': 'ok',
    keychain: 'ok',
    session: 'note',
    'last-failure': 'ok',
    browser: 'ok',
    'redirect-port': 'ok',
    tls: 'ok',
    proxy: 'ok',
    'node-options': 'ok',
    provider: 'ok',
    clock: 'ok',
    pkce: 'ok',
    revocation: 'ok',
    sts: 'ok',
  };
  assert.deepEqual([code, states], [0, well]);
  const { codeExchange, authorization } = stage.provider.counts;
  assert.deepEqual([codeExchange, authorization, stage.launcher.launches.length], [0, 0, 0]);
  assert.deepEqual(await stage.keyring.accounts('daypass'), []);
  assert.ok(!existsSync(join(stage.sandbox.home, '.local', 'state', 'daypass')), 'no state directory');

  assert.equal((await stage.daypass()).code, 0);
  t.after(() => stage.daypass(['logout']));
  const signedIn = await examined();
  assert.match(
    found(signedIn.checks, 'session')[0]?.finding ?? '',
    /^\S+ is signed in, credentials: \d+ min left$/,
  );
  const accounts = await stage.keyring.accounts('daypass');
  assert.equal(accounts.length, 2);

  const { stdout, stderr } = await stage.daypass(['doctor']);
  assert.equal(stderr, '');
  assert.match(
    stdout,
    /^profile developer\n\nok {7}settings {12}role DeveloperAccess in account 123456789012/,
  );
  assert.match(stdout, /\nnothing is wrong\n$/);
  assert.deepEqual(await stage.keyring.accounts('daypass'), accounts);
});

test('a profile without a refresh token, and what failed last', async (t) => {
  const keys = { daypass_authorize_params: '', daypass_scopes: 'openid' };
  writeConfig({ keys });
  assert.equal((await stage.daypass()).code, 0);
  t.after(() => stage.daypass(['logout', '--all']));
  await finds({ keys }, 'refresh-token', 'warning', /issued no refresh token/, /offline_access/);

  stage.sts.answer(() => {
    throw new StsRefusal('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity', 403);
  });
  t.after(() => stage.sts.answer(undefined));
  const failing = { ...keys, daypass_duration: '7200' };
  writeConfig({ keys: failing });
  const { code } = await stage.daypass();
  assert.equal(code, 77);
  await finds({ keys: failing }, 'last-failure', 'warning', / trust-policy: /, /daypass trust-policy/);
});

const wrongSettings: [string, Record<string, string>, RegExp][] = [
  ['no role', { daypass_role_arn: '' }, /role_arn/],
  ['an issuer by http', { daypass_issuer: 'http://login.example.com' }, /https/],
  ['a duration in words', { daypass_duration: 'long' }, /daypass_duration/],
];
for (const [name, keys, fault] of wrongSettings) {
  test(`wrong settings: ${name}; what needs none is examined all the same`, async () => {
    const { code, checks } = await examined({ keys });
    assert.equal(code, 65);
    const [settings] = found(checks, 'settings');
    assert.equal(settings?.state, 'error');
    assert.match(settings?.finding ?? '', fault);
    assert.equal(found(checks, 'credential-process')[0]?.state, 'ok');
    assert.deepEqual(found(checks, 'provider'), []);
  });
}

test('more faults than an error shows: doctor shows them all', async () => {
  const keys = {
    daypass_role_arn: 'x',
    daypass_issuer: 'y',
    daypass_duration: 'z',
    daypass_store: 'w',
    daypass_timeout: 'v',
  };
  writeConfig({ keys });
  const { stderr } = await stage.daypass();
  assert.match(stderr, /and 2 more: daypass doctor --profile developer/);
  const { checks } = await examined({ keys });
  assert.equal(found(checks, 'settings').length, 5);
});

const lines: [string, string, Finding['state'], RegExp][] = [
  ['none', '', 'warning', /has no credential_process/],
  ['a name', 'credential_process = daypass --profile developer\n', 'error', /absolute path, not daypass/],
  ['~', 'credential_process = ~/bin/daypass --profile developer\n', 'error', /read differently/],
  ['quotes', `credential_process = "${process.execPath}" --profile developer\n`, 'error', /read differently/],
  ['empty', 'credential_process =\n', 'error', /is empty, and the AWS CLI fails/],
  ['no profile', `credential_process = ${daypassCommand}\n`, 'warning', /names no profile: AWS_PROFILE/],
  ['a flag that is none', `credential_process = ${daypassCommand} --no-browser\n`, 'error', /unknown option/],
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
  ['nothing there', 'credential_process = /nowhere/daypass --profile developer\n', 'error', /ENOENT/],
  [
    'another program',
    'credential_process = /bin/echo --profile developer\n',
    'error',
    /does not run daypass/,
  ],
];
for (const [name, more, state, finding] of lines) {
  test(`the credential_process line: ${name}`, async () => {
    const remedy = /daypass configure --profile developer|end it with --profile developer/;
    const code = await finds({ more }, 'credential-process', state, finding, remedy);
    assert.equal(code, state === 'error' ? 65 : 0);
  });
}

test('the credential_process line: the profile by --profile=P is as good', async () => {
  const { code, checks } = await examined({
    more: `credential_process = ${daypassCommand} --profile=developer\n`,
  });
  assert.deepEqual([code, found(checks, 'credential-process')[0]?.state], [0, 'ok']);
});

test('the line of the default profile names it too, for AWS_PROFILE would decide', async () => {
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

test('a line that works and stands in the credentials file alone: a warning that names C++ and CRT', async (t) => {
  const credentials = join(stage.sandbox.home, '.aws', 'credentials');
  t.after(() => writeFileSync(credentials, ''));
  writeFileSync(credentials, `[developer]\n${line}`);
  const told = /in ~\/\.aws\/credentials alone, where C\+\+ and CRT do not look/;
  assert.equal(await finds({ more: '' }, 'credential-process', 'warning', told, /~\/\.aws\/config/), 0);
  writeFileSync(credentials, '[developer]\ncredential_process = /bin/echo --profile developer\n');
  await finds({ more: '' }, 'credential-process', 'error', /does not run daypass/, /./);
  await finds({}, 'rivals', 'error', /^credential_process \(line 2 of ~\/\.aws\/credentials\)/, /./);
});

const spellings: [what: string, text: (config: string) => string, finding: RegExp][] = [
  [
    'indented keys',
    (config) => config.replaceAll(/\n(?=\w)/g, '\n  '),
    /line 2: region, credential_process: indented, and Ruby sees no key/,
  ],
  [
    'a name in quotes',
    (config) => config.replace('profile developer', 'profile "developer"'),
    /line 1: \[profile "developer"\] is another name .* than \[profile developer\]/,
  ],
  ['brackets', (config) => `${config}x = [y]\n`, /line \d+: x must be without \[ and \]/],
];
for (const [what, text, finding] of spellings) {
  test(`what not every AWS client reads: ${what}`, async () => {
    stage.sandbox.writeConfig(text(stage.config() + line));
    const { code, stdout } = await stage.daypass(['doctor', '--json']);
    const [check] = found(JSON.parse(stdout).checks, 'config-file');
    assert.deepEqual([code, check?.state], [0, 'warning']);
    assert.match(check?.finding ?? '', finding);
  });
}

test('a launcher that needs more than a bare PATH is told with what it says', async () => {
  const bin = join(stage.sandbox.home, 'bin');
  mkdirSync(bin, { recursive: true });
  const launcher = join(bin, 'daypass');
  writeFileSync(launcher, '#!/usr/bin/env no-such-node\n');
  chmodSync(launcher, 0o755);
  await finds(
    { more: `credential_process = ${launcher} --profile developer\n` },
    'credential-process',
    'error',
    /where PATH is \/usr\/bin:\/bin: .*no-such-node.*No such file/,
    /daypass configure --profile developer/,
  );
});

test('what wins over daypass: keys in a file are an error, in the environment a warning', async (t) => {
  const more = `${line}aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n`;
  const remedy = /remove aws_access_key_id, aws_secret_access_key from \[profile developer\]/;
  assert.equal(await finds({ more }, 'rivals', 'error', /JavaScript, Go, Ruby/, remedy), 65);
  const credentials = join(stage.sandbox.home, '.aws', 'credentials');
  writeFileSync(
    credentials,
    '[developer]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n',
  );
  t.after(() => rmSync(credentials));
  await finds({}, 'rivals', 'error', /AWS CLI and boto3/, /from \[developer\] in ~\/\.aws\/credentials/);
  rmSync(credentials);
  const env = { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'x' };
  await finds({ env }, 'rivals', 'warning', /in the environment/, /^unset AWS_ACCESS_KEY_ID /);
  const another = { AWS_DEFAULT_PROFILE: 'other' };
  await finds(
    { env: another },
    'rivals',
    'warning',
    /^AWS_DEFAULT_PROFILE=other/,
    /^unset AWS_DEFAULT_PROFILE$/,
  );
  writeFileSync(credentials, '');
});

const refusedFiles: [what: string, more: string, finding: RegExp][] = [
  ['another profile twice', '[profile other]\n[profile other]\n', /a second \[profile other\]/],
  ['an sso-session twice', '[sso-session x]\n[sso-session x]\n', /a second \[sso-session x\]/],
  ['a key twice in one', '[sso-session x]\na = b\na = c\n', /a second a in \[sso-session x\]/],
  ['a section without its ]', '[sso-session x]\n[profile broken\n', /\[profile broken lacks its \]/],
  ['a line without = in another section', '[services s]\nnonsense\n', /not a "key = value"/],
];
for (const [what, more, finding] of refusedFiles) {
  test(`a config file that the AWS CLI refuses is an error, and a hit reads it: ${what}`, async (t) => {
    const told = new RegExp(
      `^line \\d+: ${finding.source} \\(~/\\.aws/config\\): the AWS CLI and boto3 refuse the whole file$`,
    );
    const code = await finds(
      { more: line + more },
      'config-file',
      'error',
      told,
      /correct it in ~\/\.aws\/config/,
    );
    assert.equal(code, 65);
    const { stderr } = await stage.sandbox.runAws(['configure', 'list-profiles']);
    assert.match(stderr, /Unable to parse config file/);
    t.after(() => stage.daypass(['logout']));
    assert.equal((await stage.daypass()).code, 0);
  });
}

test('the credentials file is looked at as well, and what others than the AWS CLI stumble over is a warning', async (t) => {
  const credentials = join(stage.sandbox.home, '.aws', 'credentials');
  writeFileSync(credentials, 'x = y\n[other]\n');
  t.after(() => rmSync(credentials));
  const told = /^line 1: stands before the first \[section\] \(~\/\.aws\/credentials\)/;
  await finds({}, 'config-file', 'error', told, /correct it in ~\/\.aws\/credentials/);
  rmSync(credentials);
  const more = `${line}[profile other]\nregion: eu-west-1\n`;
  await finds({ more }, 'config-file', 'warning', /not a "key = value"/, /correct it in ~\/\.aws\/config/);
  writeFileSync(credentials, '');
});

test('a client secret that others may read', async () => {
  writeConfig({ keys: { daypass_client_secret: 'abc' } });
  chmodSync(join(stage.sandbox.home, '.aws', 'config'), 0o644);
  const { stdout } = await stage.daypass(['doctor']);
  assert.match(
    stdout,
    /warning {2}config-file +others may read ~\/\.aws\/config, and it has a client secret\n +-> run: chmod 600 ~/,
  );
});

test('clients that are led elsewhere, short sessions', async () => {
  const env = { AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:1' };
  await finds({ env }, 'endpoint-overrides', 'note', /AWS_ENDPOINT_URL_STS/, /daypass_sts_endpoint/);
  const more = `${line}endpoint_url = http://127.0.0.1:1\nservices = s\n`;
  const both = /endpoint_url \(line \d+ of ~\/\.aws\/config\), services \(line /;
  await finds({ more }, 'endpoint-overrides', 'note', both, /daypass_sts_endpoint/);
  const keys = { daypass_duration: '900' };
  await finds({ keys }, 'duration', 'warning', /900 s/, /daypass_duration = 3600/);
  const { checks } = await examined({ env: { AWS_SDK_LOAD_CONFIG: '1' } });
  assert.equal(found(checks, 'old-sdks')[0]?.state, 'ok');
});

test('a call that waits longer than Go does, and AWS clients without a region', async () => {
  await finds(
    { keys: { daypass_timeout: '120' } },
    'timeout',
    'warning',
    /120 s .*Terraform/,
    /daypass_timeout = 55/,
  );
  const { checks } = await examined({ keys: { daypass_timeout: '58' } });
  assert.equal(found(checks, 'timeout')[0]?.state, 'ok');
  stage.sandbox.writeConfig((stage.config() + line).replace(/^region.*\n/m, ''));
  for (const [env, state] of [
    [{}, 'note'],
    [{ AWS_REGION: 'eu-west-1' }, 'ok'],
  ] as const) {
    const { stdout } = await stage.daypass(['doctor', '--json'], env);
    assert.equal(found(JSON.parse(stdout).checks, 'region')[0]?.state, state);
  }
});

test('no keychain, a locked one, and files instead of one', async () => {
  const env = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere/bus' };
  assert.equal(await finds({ env }, 'keychain', 'error', /no secret service/, /daypass_store = file/), 75);
  await stage.keyring.lock();
  try {
    assert.equal(await finds({}, 'keychain', 'error', /locked/, /unlock/), 75);
  } finally {
    await stage.keyring.unlock();
  }
  const { code, checks } = await examined({ keys: { daypass_store: 'file' } });
  assert.equal(code, 0);
  assert.match(found(checks, 'keychain')[0]?.finding ?? '', /kept in files/);
});

test('a state directory of which others can take files', async (t) => {
  const state = join(stage.sandbox.home, '.local', 'state', 'daypass');
  t.after(() => chmodSync(state, 0o700));
  chmodSync(state, 0o777);
  writeConfig();
  const { code, checks } = await examined();
  assert.equal(code, 78);
  assert.match(found(checks, 'state-directory')[0]?.remedy ?? '', /chmod|remove/);
});

test('a state directory that cannot be made, and one that did not have to stay', async () => {
  const env = { XDG_STATE_HOME: '/proc' };
  const finding = /cannot create \/proc\/daypass/;
  assert.equal(await finds({ env }, 'state-directory', 'error', finding, /XDG_STATE_HOME/), 74);
  const { checks } = await examined({ env: { XDG_STATE_HOME: join(stage.sandbox.home, 'a', 'b') } });
  assert.equal(found(checks, 'state-directory')[0]?.state, 'ok');
  assert.ok(!existsSync(join(stage.sandbox.home, 'a')));
});

test('every finding is in the log, by code and state', async () => {
  const path = join(stage.sandbox.home, 'doctor.log');
  const { checks } = await examined({ keys: { daypass_log: path } });
  const lines = readFileSync(path, 'utf8').split('\n');
  const noted = lines.flatMap(
    (text) => / found code=(\S+) state=(\S+)$/.exec(text)?.slice(1).join(' ') ?? [],
  );
  assert.deepEqual(
    noted,
    checks.map(({ code, state }) => `${code} ${state}`),
  );
  assert.equal(found(checks, 'log')[0]?.state, 'ok');
});

test('a log that cannot be written', async () => {
  const keys = { daypass_log: '/proc/daypass.log' };
  await finds({ keys }, 'log', 'warning', /cannot be written \(\w+\), so nothing is logged/, /daypass_log/);
});

test('the log, where others may read it', async () => {
  const log = join(stage.sandbox.home, 'shared.log');
  writeFileSync(log, '');
  chmodSync(log, 0o644);
  await finds({ keys: { daypass_log: '~/shared.log' } }, 'log', 'warning', /others may read/, /chmod 600/);
});

const browsers: [string, Change, Finding['state'], RegExp][] = [
  ['a program that is not there', { keys: { daypass_browser: '/nowhere/firefox' } }, 'error', /no program/],
  ['a link that is printed', { keys: { daypass_browser: 'none' } }, 'note', /link is printed/],
  ['no browser allowed', { keys: { daypass_non_interactive: 'true' } }, 'note', /none may be opened/],
  ['a desktop', { keys: { daypass_browser: '' }, env: { DISPLAY: ':7' } }, 'ok', /desktop/],
  ['CI', { keys: { daypass_browser: '' }, env: { CI: 'true', DISPLAY: ':7' } }, 'note', /CI is set/],
  ['SSH', { keys: { daypass_browser: '' }, env: { SSH_TTY: '/dev/pts/0' } }, 'note', /remote shell/],
  ['neither desktop nor terminal', { keys: { daypass_browser: '' } }, 'warning', /neither/],
];
for (const [name, change, state, finding] of browsers) {
  test(`how a person could sign in: ${name}`, async () => {
    const { code, checks } = await examined(change);
    const [browser] = found(checks, 'browser');
    assert.equal(browser?.state, state);
    assert.match(browser?.finding ?? '', finding);
    assert.equal(code, state === 'error' ? 65 : 0);
  });
}

test('a redirect port that something else holds', async (t) => {
  const holder = createServer().listen(0, '127.0.0.1');
  t.after(() => holder.close());
  await new Promise((resolve) => holder.once('listening', resolve));
  const { port } = holder.address() as AddressInfo;
  const keys = { daypass_redirect_port: String(port) };
  const code = await finds({ keys }, 'redirect-port', 'error', new RegExp(`${port}`), /./);
  assert.equal(code, 75);
});

/** Answers as this says until the test ends. */
async function answering(
  t: { after(action: () => void): void },
  handler: Parameters<typeof createServer>[1],
): Promise<string> {
  const server: Server = createServer({}, handler).listen(0, '127.0.0.1');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  await new Promise((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('provider and STS that cannot be reached, or are something else', async (t) => {
  const dead = 'http://127.0.0.1:9';
  assert.equal(await finds({ keys: { daypass_issuer: dead } }, 'provider', 'error', /cannot reach/, /./), 69);
  assert.equal(
    await finds({ keys: { daypass_sts_endpoint: dead } }, 'sts', 'error', /cannot reach/, /./),
    69,
  );
  const portal = await answering(t, (_request, response) =>
    response.end('<html>Welcome to the hotel</html>'),
  );
  await finds({ keys: { daypass_issuer: portal } }, 'provider', 'error', /did not answer with JSON/, /./);
});

test('what a provider lacks', async (t) => {
  const metadata: Record<string, unknown> = {};
  const issuer = await answering(t, (_request, response) => response.end(JSON.stringify(metadata)));
  Object.assign(metadata, {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
  });
  const keys = { daypass_issuer: issuer };
  const { code, checks } = await examined({ keys });
  assert.equal(code, 0);
  assert.equal(found(checks, 'pkce')[0]?.state, 'note');
  assert.equal(found(checks, 'revocation')[0]?.state, 'note');
  const device = { ...keys, daypass_device_code: 'true' };
  assert.equal(
    await finds({ keys: device }, 'device-code', 'error', /no device-code/, /daypass_device_code = false/),
    65,
  );
});

test('a wrong clock', async (t) => {
  for (const [minutes, state, code] of [
    [2, 'warning', 0],
    [-20, 'error', 65],
  ] as const) {
    const issuer = await answering(t, (_request, response) => {
      response.setHeader('date', new Date(Date.now() + minutes * 60_000).toUTCString());
      response.writeHead(400).end();
    });
    const checked = await finds(
      { keys: { daypass_sts_endpoint: issuer } },
      'clock',
      state,
      /clock is \d+ s (behind|ahead of) that of AWS/,
      /NTP/,
    );
    assert.equal(checked, code);
  }
});

test('what is set for every connection', async (t) => {
  const authority = createAuthority();
  const proxy = await startConnectProxy({});
  t.after(async () => {
    authority.remove();
    await proxy.stop();
  });
  const unsafe = await examined({ env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } });
  assert.equal(unsafe.code, 78);
  assert.equal(found(unsafe.checks, 'tls')[0]?.state, 'error');
  assert.match(found(unsafe.checks, 'tls')[0]?.remedy ?? '', /unset it, .* AWS_CA_BUNDLE/);
  assert.deepEqual(found(unsafe.checks, 'provider'), []);

  const env = { AWS_CA_BUNDLE: authority.file, NODE_EXTRA_CA_CERTS: authority.file };
  const { checks } = await examined({ env });
  assert.equal(found(checks, 'ca-bundle')[0]?.state, 'ok');
  assert.match(found(checks, 'extra-ca')[0]?.remedy ?? '', /AWS_CA_BUNDLE/);
  const nowhere = { AWS_CA_BUNDLE: '/nowhere/ca.pem' };
  assert.equal(await finds({ env: nowhere }, 'ca-bundle', 'error', /\/nowhere\/ca\.pem/, /./), 65);

  const more = `${line}ca_bundle = /company/ca.pem\n`;
  await finds({ more }, 'ca-bundle', 'note', /^ca_bundle \(line \d+ of/, /AWS_CA_BUNDLE=\/company\/ca\.pem/);

  const proxied = { HTTPS_PROXY: `http://ada:secret-of-ada@127.0.0.1:${proxy.port}` };
  const { checks: through } = await examined({ env: proxied });
  assert.match(found(through, 'proxy')[0]?.finding ?? '', /HTTPS_PROXY is set: .* reached without it/);
  assert.doesNotMatch(JSON.stringify(through), /secret-of-ada/);
  const outside = { daypass_issuer: 'https://login.example.test' };
  const { checks: away } = await examined({ env: proxied, keys: outside });
  assert.match(found(away, 'proxy')[0]?.finding ?? '', /reached through 127\.0\.0\.1:\d+$/);
  assert.doesNotMatch(JSON.stringify(away), /secret-of-ada/);
  assert.deepEqual(proxy.asked, ['login.example.test:443']);
});

test('the worst decides: safety before settings before keychain before network', async () => {
  const dead = { daypass_issuer: 'http://127.0.0.1:9' };
  const noKeychain = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere/bus' };
  const rival = `${line}aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n`;
  const codes: (number | null)[] = [];
  for (const change of [
    { keys: dead },
    { keys: dead, env: noKeychain },
    { keys: dead, env: noKeychain, more: rival },
    { keys: dead, env: { ...noKeychain, NODE_TLS_REJECT_UNAUTHORIZED: '0' }, more: rival },
  ])
    codes.push((await examined(change)).code);
  assert.deepEqual(codes, [69, 75, 65, 78]);
});

test('no config file at all', async () => {
  rmSync(join(stage.sandbox.home, '.aws', 'config'));
  const { code, stdout }: RunResult = await stage.sandbox.run(['doctor']);
  assert.equal(code, 65);
  assert.match(stdout, /^profile default\n\nerror {4}settings/);
  assert.match(stdout, /daypass configure/);
});
