import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, readdirSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertVersion1 } from './support/credentials-format.ts';
import { startKeyring } from './support/keyring.ts';
import { StsRefusal } from './support/local-sts.ts';
import { later, settableClock } from './support/other-clock.ts';
import { daypassCommand, type RunResult } from './support/sandbox.ts';
import { signInOverHttp } from './support/sign-in-over-http.mjs';
import { openStage, roleArn, type Stage, signInProgram } from './support/stage.ts';

let stage: Stage;
/** Nothing listens there: the port is privileged and has no service. */
const nowhere = 'http://127.0.0.1:2';
before(async () => {
  stage = await openStage();
});
afterEach(async () => {
  stage.sts.answer(undefined);
  for (const endpoint of ['discovery', 'token', 'revocation'] as const)
    stage.provider.answer(endpoint, undefined);
  stage.sandbox.writeConfig(stage.config());
  await stage.daypass(['logout']);
});
after(() => stage?.close());

/** Asserts that stdout is empty, that stderr has `daypass: code: …` and a hint, and that no secret leaks. */
function assertError(result: RunResult, code: number, lines: RegExp): void {
  assert.equal(result.stdout, '');
  assert.match(result.stderr, lines);
  assert.equal(result.code, code);
  assert.ok(result.stderr.split('\n').length <= 6, result.stderr);
  assert.match(result.stderr, /^[\x20-\x7e\n]+$/);
  assert.match(result.stderr, /\nhint: .+\n$/);
  stage.assertNoLeak(result);
}

/** Makes a first sign-in. */
async function signIn(): Promise<void> {
  stage.sandbox.writeConfig(stage.config({ daypass_browser: signInProgram }));
  const { code, stderr } = await stage.daypass();
  assert.equal(stderr, '');
  assert.equal(code, 0);
  stage.sandbox.writeConfig(stage.config());
}

test('daypass reports an unknown profile', async () => {
  const result = await stage.sandbox.run(['--profile', 'nobody']);
  assertError(result, 65, /^daypass: unknown-profile: there is no \[profile nobody\] in ~\/\.aws\/config\n/);
});

test('daypass reports all missing and malformed settings at once', async () => {
  stage.sandbox.writeConfig('[profile developer]\ndaypass_issuer = ftp://x\ndaypass_duration = 5\n');
  const result = await stage.daypass();
  assertError(
    result,
    65,
    /daypass_issuer \(.*:2\) .*https:\/\/[\s\S]*daypass_client_id is missing[\s\S]*daypass_role_arn is missing[\s\S]*and 1 more: daypass doctor --profile developer$/m,
  );
});

test('daypass reports an issuer that cannot be reached', async () => {
  stage.sandbox.writeConfig(stage.config({ daypass_issuer: nowhere }));
  assertError(
    await stage.daypass(),
    69,
    /^daypass: provider-unreachable: .*127\.0\.0\.1:2: the connection was refused\n/,
  );
  assert.equal(stage.launcher.launches.length, 0);
});

test('daypass rejects an issuer whose metadata has another name', async () => {
  stage.sandbox.writeConfig(stage.config({ daypass_issuer: `${stage.provider.issuer}/` }));
  assertError(
    await stage.daypass(),
    65,
    /^daypass: issuer-mismatch: the provider calls itself "http:[^"]*\d", not "http:[^"]*\d\/"\n/,
  );
  assert.equal(stage.launcher.launches.length, 0);
});

test('a denied sign-in is reported by later calls without a tab, until login', async () => {
  const running = stage.sandbox.start(['--profile', 'developer']);
  const page = await signInOverHttp(await stage.launcher.nextLink(), { decision: 'deny' });
  assert.match(page.body, /Sign-in was denied[\s\S]*daypass login --profile developer/);
  assertError(
    await running.exit,
    77,
    /^daypass: denied: .*access_denied.*\nhint: run: daypass login --profile developer\n$/,
  );
  const tabs = stage.launcher.launches.length;
  assertError(await stage.daypass(), 77, /^daypass: denied: /);
  assert.equal(stage.launcher.launches.length, tabs);
  assert.match((await stage.daypass(['status'])).stdout, /failure .* denied: /);

  const login = stage.sandbox.start(['login', '--profile', 'developer']);
  await signInOverHttp(await stage.launcher.nextLink());
  const { code, stdout } = await login.exit;
  assert.match(stdout, /igned in as ada@example\.com until /);
  assert.equal(code, 0);
});

test('a sign-in stays open after --timeout, and the next call joins it without another tab', async () => {
  const tabs = stage.launcher.launches.length;
  const patient = stage.sandbox.start(['--profile', 'developer', '--timeout', '8']);
  const link = await stage.launcher.nextLink();
  assertError(
    await patient.exit,
    75,
    /^daypass: sign-in-open: .*\nhint: if the browser shows an error of the provider, check .*; else finish it there, then run the command again\n$/,
  );
  const running = stage.sandbox.start(['--profile', 'developer']);
  await signInOverHttp(link);
  const { code, stdout } = await running.exit;
  assert.equal(code, 0);
  assertVersion1(stdout);
  assert.equal(stage.launcher.launches.length, tabs + 1);
});

test('a sign-in times out after five minutes', async () => {
  const clock = settableClock(join(stage.sandbox.home, '..', 'clock'), { timers: true });
  const running = stage.sandbox.start(['--profile', 'developer', '--timeout', '3600'], { env: clock.env });
  const link = await stage.launcher.nextLink();
  clock.set('+301s');
  await fetch(new URL('/', link)).catch(() => {});
  assertError(
    await running.exit,
    77,
    /^daypass: sign-in-timeout: the sign-in was not completed within 5 minutes\nhint: run: daypass login/,
  );
});

test('daypass names role and token if the trust policy rejects the token', async () => {
  stage.sandbox.writeConfig(
    stage.config({ daypass_role_arn: `${roleArn}Other`, daypass_browser: signInProgram }),
  );
  const result = await stage.daypass();
  assertError(
    result,
    77,
    /^daypass: trust-policy: AWS does not let this sign-in assume .*Other: .*\n.* iss=http:.* aud=daypass-test sub=ada\nhint: .*daypass trust-policy --profile .*\n$/,
  );
  // The sign-in itself succeeded, so another role of it needs no browser.
  stage.sandbox.writeConfig(stage.config({ daypass_browser: '/nonexistent' }));
  assertVersion1((await stage.daypass()).stdout);
});

test('daypass reports that STS cannot be reached', async () => {
  stage.sandbox.writeConfig(stage.config({ daypass_sts_endpoint: nowhere, daypass_browser: signInProgram }));
  assertError(
    await stage.daypass(),
    69,
    /^daypass: sts-unreachable: cannot reach STS at http:\/\/127\.0\.0\.1:2: the connection was refused\n/,
  );
});

test('daypass removes escape sequences and line breaks from the text of STS', async () => {
  stage.sts.answer(() => {
    throw new StsRefusal('InvalidIdentityToken', 'bad \u001b[31m\u0007 token\nhint: run: rm -rf /');
  });
  stage.sandbox.writeConfig(stage.config({ daypass_browser: signInProgram }));
  const { code, stderr } = await stage.daypass();
  assert.equal(code, 69);
  assert.equal(stderr.match(/\n/g)?.length, 2);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the text must not contain these characters
  assert.doesNotMatch(stderr, /[\x00-\x09\x0b-\x1f]/);
});

for (const [what, body] of [
  ['an empty answer', ''],
  ['a page', '<html><body>Welcome to the hotel</body></html>'],
] as const) {
  test(`daypass rejects ${what} from STS as credentials`, async () => {
    stage.sts.answer((_parameters, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end(body);
    });
    stage.sandbox.writeConfig(stage.config({ daypass_browser: signInProgram }));
    assertError(await stage.daypass(), 69, /^daypass: sts-failed: /);
  });
}

test('a missing browser program ends the call if there is no terminal for the link', async () => {
  stage.sandbox.writeConfig(stage.config({ daypass_browser: '/nonexistent/browser' }));
  const result = await stage.daypass();
  assertError(
    result,
    65,
    /^daypass: browser-not-started: .*"\/nonexistent\/browser".*no such program\nhint: /,
  );
  // This error has no cool-down, so the corrected setting works at once.
  await signIn();
});

test('the terminal shows a working link if the browser program is missing', async () => {
  stage.sandbox.writeConfig(stage.config({ daypass_browser: '/nonexistent/browser' }));
  const terminal = stage.sandbox.runInTerminal(['--profile', 'developer']);
  const [link] = await terminal.waitForTerminal(/http:\/\/127\.0\.0\.1:\d+\/start\/[\w-]+/);
  await terminal.waitForTerminal(/did not start: there is no such program/);
  await signInOverHttp(link);
  const { code, stdout, stderr } = await terminal.exit;
  assert.equal(stderr, '');
  assert.equal(code, 0);
  assertVersion1(stdout);
});

test('daypass reports a fixed port that another program uses', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  stage.sandbox.writeConfig(stage.config({ daypass_redirect_port: String(port) }));
  const tabs = stage.launcher.launches.length;
  const result = await stage.daypass();
  other.close();
  assertError(
    result,
    75,
    new RegExp(`^daypass: port-busy: cannot listen on port ${port} of 127\\.0\\.0\\.1`),
  );
  assert.equal(stage.launcher.launches.length, tabs);
});

test('daypass ends at once with the next step in CI and without terminal or desktop', async () => {
  const config = stage.config().replace(/^daypass_browser.*\n/m, '');
  stage.sandbox.writeConfig(config);
  for (const [env, hint] of [
    [{}, 'run: daypass login --profile developer'],
    // login would fail there too.
    [{ CI: 'true', DISPLAY: ':99' }, 'in a CI job, .* unset CI, then run the command again'],
  ] as const) {
    assertError(
      await stage.daypass([], env),
      2,
      new RegExp(`^daypass: sign-in-needed: .*\\nhint: ${hint}\\n$`),
    );
  }
});

test('valid credentials are printed while provider and STS fail', async () => {
  await signIn();
  const before = await stage.daypass();
  for (const endpoint of ['discovery', 'token'] as const) {
    stage.provider.answer(endpoint, (_request, response) => response.writeHead(503).end());
  }
  stage.sts.answer((_parameters, response) => {
    response.writeHead(503).end();
  });
  for (const offset of ['+50m', '+58m30s']) {
    const result = await stage.daypass([], later(offset));
    assert.equal(result.stderr, '');
    assert.equal(result.code, 0);
    assert.equal(result.stdout, before.stdout);
  }
});

test('the session survives a refresh that fails for a while', async () => {
  await signIn();
  const env = later('+3h');
  stage.provider.answer('token', (_request, response) => response.writeHead(503).end());
  assertError(await stage.daypass([], env), 69, /^daypass: provider-failed: /);
  stage.provider.answer('token', undefined);
  const result = await stage.daypass([], env);
  assert.equal(result.stderr, '');
  assertVersion1(result.stdout);
  assert.equal(stage.provider.counts.reuse, 0);
});

test('credentials of a session that cannot be saved are printed and reported as unsaved', async () => {
  const keyring = await startKeyring();
  const release = stage.sts.hold();
  const calls = stage.sts.calls.length;
  const run = stage.sandbox.runInTerminal(['--profile', 'developer'], { env: keyring.env });
  const page = signInOverHttp(await stage.launcher.nextLink());
  while (stage.sts.calls.length === calls) await sleep(20);
  await keyring.lock();
  release();
  const { body } = await page;
  assert.match(body, /<h1><bdi>Signed in, but not saved<\/bdi><\/h1>/);
  assert.match(body, /waiting command has its credentials, but the session could not be saved/);
  const { code, stdout, stderr, terminal } = await run.exit;
  assert.equal(stderr, '');
  assert.equal(code, 0);
  assertVersion1(stdout);
  assert.match(terminal, /daypass: the session could not be saved: the keychain is locked/);
  await keyring.stop();
});

test('logout deletes the local session while the provider is down and reports the missing revocation', async () => {
  await signIn();
  stage.provider.answer('discovery', (_request, response) => response.writeHead(503).end());
  const result = await stage.daypass(['logout']);
  assert.equal(result.code, 69);
  assert.match(result.stderr, /^daypass: revocation-unconfirmed: .*\nhint: /);
  assert.match(result.stdout, /its session is deleted from this machine/);
  assert.deepEqual(await stage.keyring.accounts('daypass'), []);
});

test('daypass refuses a sign-in of another person without login --force', async () => {
  await signIn();
  const env = later('+3h');
  // The provider has revoked the refresh token, so the browser is needed again.
  await stage.provider.accepts(stage.provider.latestRefreshToken() ?? '');
  stage.sandbox.writeConfig(stage.config({ daypass_browser: `${signInProgram} --login eve` }));
  assertError(
    await stage.daypass([], env),
    78,
    /^daypass: identity-changed: this session belongs to ada@example\.com/,
  );
  const forced = await stage.daypass(['login', '--force']);
  assert.match(forced.stdout, /^✓ Signed in as eve@example\.com until /m);
});

test('a browser setting that starts daypass ends in an error, not in a chain of processes', async () => {
  const { sandbox } = stage;
  const script = `${sandbox.home}/loop.sh`;
  writeFileSync(
    script,
    '#!/bin/sh\nexec /usr/bin/aws configure export-credentials --profile developer --format process\n',
  );
  chmodSync(script, 0o755);
  sandbox.writeConfig(
    `${stage.config({ daypass_browser: script, daypass_timeout: '5', daypass_log: '~/loop.log' })}credential_process = ${daypassCommand} --profile developer\n`,
  );
  const { code, stderr } = await sandbox.runAws(['sts', 'get-caller-identity', '--profile', 'developer']);
  assert.equal(code, 255);
  assert.match(stderr, /daypass: (sign-in-open|browser-not-started): /);
  const log = String(sandbox.files()['loop.log']);
  assert.equal(log.match(/ renewal-started /g)?.length, 1);
  assert.ok((log.match(/ called /g)?.length ?? 0) <= 3, log);
});

test('daypass reads settings from the environment and a named file, and nothing from the working directory', async () => {
  const { sandbox } = stage;
  const values = {
    DAYPASS_ISSUER: stage.provider.issuer,
    DAYPASS_CLIENT_ID: stage.provider.clientId,
    DAYPASS_ROLE_ARN: roleArn,
    DAYPASS_STS_ENDPOINT: stage.sts.url,
    DAYPASS_AUTHORIZE_PARAMS: 'prompt=consent',
    DAYPASS_BROWSER: signInProgram,
  };
  sandbox.writeConfig('');
  const text = Object.entries(values)
    .map(([name, value]) => `${name}='${value}'\n`)
    .join('');
  writeFileSync(`${sandbox.home}/.env`, text);
  assert.equal((await sandbox.run([])).code, 65);
  assertVersion1((await sandbox.run(['--env-file', '.env'])).stdout);
  assertVersion1((await sandbox.run([], { env: values })).stdout);
});

test('an attacker who opens the link before the person gets no session, and both pages say so', async () => {
  const caller = stage.sandbox.start(['--profile', 'developer']);
  const link = await stage.launcher.nextLink();
  const release = stage.provider.hold('token');
  const exchanges = stage.provider.counts.codeExchange;
  const sessions = stage.sts.calls.length;
  const stranger = signInOverHttp(link, { login: 'mallory' });
  while (stage.provider.counts.codeExchange === exchanges) await sleep(10);
  const person = await signInOverHttp(link);
  release();
  assertError(await caller.exit, 78, /^daypass: start-link-reused: /);
  for (const { body } of [person, await stranger]) assert.match(body, /opened in two browsers/);
  assert.equal(stage.sts.calls.length, sessions);
  assert.equal(await stage.provider.accepts(stage.provider.latestRefreshToken() ?? ''), false);
});

test('a refresh with an error unknown to OAuth opens the browser and keeps the token', async () => {
  await signIn();
  const { reuse } = stage.provider.counts;
  const refused = (_request: IncomingMessage, response: ServerResponse) => {
    stage.provider.answer('token', undefined);
    response.writeHead(400).end();
  };
  stage.provider.answer('token', refused);
  assertError(await stage.daypass(['--non-interactive'], later('+3h')), 69, /^daypass: provider-failed: /);
  stage.provider.answer('token', refused);
  stage.sandbox.writeConfig(stage.config({ daypass_browser: signInProgram }));
  const { code, stderr } = await stage.daypass([], later('+3h'));
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  assert.equal(stage.provider.counts.reuse, reuse);
});

test('daypass refreshes once if STS rejects a stored ID token', async () => {
  stage.sts.sessionSeconds = 900;
  await signIn();
  stage.sts.sessionSeconds = undefined;
  const [calls, refreshes] = [stage.sts.calls.length, stage.provider.counts.refresh];
  stage.sts.answer(() => {
    stage.sts.answer(undefined);
    throw new StsRefusal('ExpiredTokenException', 'Token expired');
  });
  const { code, stderr } = await stage.daypass([], later('+14m50s'));
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  assert.equal(stage.sts.calls.length - calls, 2);
  assert.equal(stage.provider.counts.refresh - refreshes, 1);
});

test("endpoint switches of the [default] profile, which are others' business, change nothing", async () => {
  const switches = '[default]\nuse_fips_endpoint = true\nuse_dualstack_endpoint = true\n';
  stage.sandbox.writeConfig(stage.config({ daypass_browser: signInProgram }) + switches);
  const { code, stderr } = await stage.daypass();
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
});

test('daypass sends a pushed authorization request to a provider that requires it', async () => {
  const pushing = await openStage({ keys: { daypass_browser: signInProgram }, pushedRequests: true });
  const { code, stderr } = await pushing.daypass();
  pushing.assertNoLeak();
  await pushing.close();
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
});

test('status prints stored texts of the provider without control characters', async () => {
  await signIn();
  const folder = join(stage.sandbox.home, '.local/state/daypass');
  const error = { code: 'identity-changed', faults: ['is \x1b]8;;x\x07eve\u202e'], hint: '\x1b[2J' };
  const outcome = JSON.stringify({ version: 1, failure: { error, at: 1 } });
  for (const key of readdirSync(folder)) writeFileSync(join(folder, key, 'outcome.json'), outcome);
  const { stdout } = await stage.daypass(['status']);
  assert.match(stdout, /identity-changed: is /);
  assert.doesNotMatch(stdout, /[^\P{C}\n]/u);
});
