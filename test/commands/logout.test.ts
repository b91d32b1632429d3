import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openStageFor } from '../support/logging-stage.ts';
import { shownAt } from '../support/shown-at.ts';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';
import { signInProgram } from '../support/stage.ts';
import { openStageOfMany } from '../support/stage-of-many.ts';
import { until } from '../support/until.ts';

test('logout --all ends every sign-in, of any profile or flags', async (t) => {
  const stage = await openStageOfMany(t);
  assert.equal((await stage.daypass()).code, 0);
  assert.equal((await stage.sandbox.run(['--profile', 'auditor'])).code, 0);
  assert.equal((await stage.daypass(['--scopes', 'openid email offline_access'])).code, 0);
  assert.equal((await stage.daypass(['--store', 'file'])).code, 0);
  const tokens = stage.provider.counts.codeExchange;
  assert.equal(tokens, 3);
  const { stdout, stderr, code } = await stage.sandbox.run(['logout', '--all']);
  assert.deepEqual([code, stderr], [0, '']);
  assert.equal(stdout.match(/^signed out of http:\/\/127\.0\.0\.1:\d+ \(developer/gm)?.length, 3);
  assert.equal(stage.provider.counts.revocation, 3);
  assert.deepEqual(await stage.keyring.accounts('daypass'), []);
  const state = join(stage.sandbox.home, '.local/state/daypass');
  const files = readdirSync(state, { recursive: true, encoding: 'utf8' });
  assert.deepEqual(
    files.filter((name) => /secret|sign-in\.json|outcome/.test(name)),
    [],
  );
  assert.equal((await stage.sandbox.run(['logout', '--all'])).stdout, 'there are no sign-ins to end\n');
});

test('logout --all goes on if one provider fails, and reports it', async (t) => {
  const stage = await openStageOfMany(t);
  assert.equal((await stage.daypass()).code, 0);
  assert.equal((await stage.sandbox.run(['--profile', 'other'])).code, 0);
  stage.provider.answer('revocation', (_request, response) => void response.writeHead(503).end());
  const { stdout, stderr, code } = await stage.sandbox.run(['logout', '--all']);
  assert.equal(code, 69);
  assert.equal(stdout.match(/^signed out of /gm)?.length, 2);
  assert.equal(stderr.match(/revocation-unconfirmed/g)?.length, 2);
  assert.deepEqual(await stage.keyring.accounts('daypass'), []);
  const both = await stage.daypass(['logout', '--all']);
  assert.equal(both.code, 64);
});

test('logout --all refuses a folder that others can write to, and ends the other sign-ins', {
  skip: process.platform === 'win32' && 'folders on Windows have no mode',
}, async (t) => {
  const stage = await openStageOfMany(t);
  assert.equal((await stage.daypass()).code, 0);
  const state = join(stage.sandbox.home, '.local/state/daypass');
  const unsafe = join(state, 'f'.repeat(32));
  mkdirSync(unsafe);
  chmodSync(unsafe, 0o777);
  const { stdout, stderr, code } = await stage.sandbox.run(['logout', '--all']);
  assert.equal(code, 78);
  assert.match(stdout, /^signed out of .*\(developer\)\n/);
  assert.match(stderr, new RegExp(`^daypass: unsafe-directory: ${unsafe} is writable by other users\n`));
  assert.deepEqual(await stage.keyring.accounts('daypass'), []);
});

test('logout --idp opens the sign-out page of the provider, without a token in its address', async (t) => {
  const stage = await openStageFor(t);
  assert.equal((await stage.daypass([], { DAYPASS_BROWSER: signInProgram })).code, 0);
  const { stdout, code } = await stage.daypass(['logout', '--idp']);
  assert.equal(code, 0);
  await until(() => stage.launcher.launches.length === 1, 'the page was opened');
  const page = `${stage.provider.issuer}/session/end?client_id=${stage.provider.clientId}`;
  assert.match(stdout, new RegExp(`^sign out at the provider: ${page.replace('?', '\\?')}$`, 'm'));
  assert.ok(JSON.stringify(stage.launcher.launches[0]).includes(page));
  const quiet = await stage.daypass(['logout', '--idp', '--browser', 'none']);
  assert.equal(quiet.code, 0);
  assert.match(quiet.stdout, /was not signed in\nsign out at the provider/);
  assert.equal(stage.launcher.launches.length, 1);
});

for (const args of [
  ['logout', '--all'],
  ['logout', '--profile', 'developer'],
]) {
  const words = args.includes('--all') ? 'logout --all' : 'logout';
  test(`${words} cancels a first sign-in although the keyring is locked`, async (t) => {
    const stage = await openStageFor(t);
    const caller = stage.sandbox.start(['--profile', 'developer', '--timeout', '600']);
    const link = await stage.launcher.nextLink();
    await stage.keyring.lock();
    const { code, stdout, stderr } = await stage.sandbox.run(args);
    assert.match((await caller.exit).stderr, /^daypass: cancelled: /);
    assert.match(stdout, /sign-in( of profile developer)? was cancelled\n/);
    // Nothing was ever stored, so nothing has to be looked for in the store.
    assert.deepEqual([code, stderr], [0, '']);
    await signInOverHttp(link).catch(() => {});
    assert.deepEqual(stage.provider.counts.codeExchange, 0);
  });
}

test('logout names the profiles with the same sign-in, which are signed out too, in lines that fit', async (t) => {
  const stage = await openStageOfMany(t);
  assert.equal((await stage.daypass()).code, 0);
  assert.deepEqual(await shownAt(stage, 60, 'logout', 'developer'), [
    'signed out of profile developer: its session is deleted',
    '  from this machine',
    'also signed out (same sign-in): auditor',
    'AWS credentials that were issued before stay valid until',
    '  they expire',
  ]);
  assert.equal((await stage.sandbox.run(['--profile', 'auditor'])).code, 0);
  const { stdout } = await stage.sandbox.run(['logout', 'auditor']);
  assert.equal(
    stdout,
    `signed out of profile auditor: its session is deleted from this machine
also signed out (same sign-in): developer
AWS credentials that were issued before stay valid until they expire
`,
  );
});

/** Ways to sign in for the profile `developer` under another key than that of its own settings. */
const otherFlags: readonly (readonly [args: string[], told: RegExp])[] = [
  [['--scopes', 'openid email offline_access'], /, client \S+, scopes email offline_access openid \(/],
  [['--store', 'file'], /, client \S+, .*store file/],
  [['--authorize-params', 'prompt=consent&acr_values=x'], /, client \S+, acr_values=x/],
];

test('logout --profile ends the sign-ins that other flags made for the profile, and names them', async (t) => {
  const stage = await openStageFor(t, { keys: { daypass_browser: signInProgram } });
  for (const [args] of otherFlags) assert.equal((await stage.daypass(['login', ...args])).code, 0);
  const { code, stdout, stderr } = await stage.daypass(['logout']);
  assert.deepEqual([code, stderr], [0, '']);
  const lines = stdout.trimEnd().split('\n');
  assert.equal(lines.length, otherFlags.length + 1, stdout);
  for (const [, told] of otherFlags)
    assert.equal(
      lines.filter((line) => /^also signed out of http:.* \(developer\)$/.test(line) && told.test(line))
        .length,
      1,
      `${told}: ${stdout}`,
    );
  assert.match(stdout, /^AWS credentials that were issued before stay valid/m);
  assert.equal(stage.provider.counts.revocation, otherFlags.length);
  assert.deepEqual(await stage.keyring.accounts('daypass'), []);
  assert.equal((await stage.daypass(['logout'])).stdout, 'profile developer was not signed in\n');
});

test('logout --profile ends the own sign-in first, and with a flag that names one this alone', async (t) => {
  const stage = await openStageFor(t, { keys: { daypass_browser: signInProgram } });
  const scopes = ['--scopes', 'openid email offline_access'];
  for (const args of [[], scopes]) assert.equal((await stage.daypass(['login', ...args])).code, 0);
  const one = await stage.daypass(['logout', ...scopes]);
  assert.deepEqual([one.code, one.stderr, stage.provider.counts.revocation], [0, '', 1]);
  assert.doesNotMatch(one.stdout, /also/);
  assert.equal((await stage.daypass(['--non-interactive'])).code, 0, 'the other one stays');
  assert.equal((await stage.daypass(['login', ...scopes])).code, 0);
  const both = await stage.daypass(['logout']);
  assert.match(both.stdout, /^signed out of profile developer: [\s\S]*^also signed out of /m);
  assert.equal(stage.provider.counts.revocation, 3);
  assert.deepEqual(await stage.keyring.accounts('daypass'), []);
});

for (const [what, args, change] of [
  [
    'lacks what a flag gave',
    ['--client-id'],
    (config: string) => config.replace(/^daypass_client_id.*\n/m, ''),
  ],
  ['was deleted', [], () => '[profile other]\nregion = eu-west-1\n'],
  [
    'has another issuer now',
    [],
    (config: string) => config.replace(/^daypass_issuer = .*/m, 'daypass_issuer = https://new.example'),
  ],
] as const) {
  test(`logout --profile ends the sign-in of a profile that ${what}`, async (t) => {
    const stage = await openStageFor(t, { keys: { daypass_browser: signInProgram } });
    const config = stage.config();
    const flags = args.length > 0 ? [...args, stage.provider.clientId] : [];
    if (flags.length > 0) stage.sandbox.writeConfig(change(config));
    assert.equal((await stage.daypass(['login', ...flags])).code, 0);
    stage.sandbox.writeConfig(change(config));
    const { code, stdout, stderr } = await stage.daypass(['logout']);
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /^also signed out of http:\S+, client \S+/);
    assert.equal(stage.provider.counts.revocation, 1);
    assert.deepEqual(await stage.keyring.accounts('daypass'), []);
  });
}

test('logout --profile leaves the sign-in of another profile that this one used by flags', async (t) => {
  const stage = await openStageFor(t, { keys: { daypass_browser: signInProgram } });
  const scopes = 'openid email offline_access';
  const other = stage.config({ daypass_scopes: scopes }).replace('[profile developer]', '[profile auditor]');
  stage.sandbox.writeConfig(`${stage.config()}${other}`);
  const auditor = (args: string[] = []) => stage.sandbox.run(['--profile', 'auditor', ...args]);
  const developer = () => stage.daypass(['--scopes', scopes]);
  let ended = 0;
  for (const [first, second] of [
    [auditor, developer],
    [developer, auditor],
  ] as const) {
    const before = stage.provider.counts.codeExchange;
    assert.equal((await first()).code, 0);
    assert.equal((await second()).code, 0);
    assert.equal(stage.provider.counts.codeExchange, before + 1, 'they share the sign-in');
    const { code, stdout } = await stage.daypass(['logout']);
    assert.deepEqual([code, stdout], [0, 'profile developer was not signed in\n']);
    assert.equal((await auditor(['--non-interactive'])).code, 0);
    assert.equal(stage.provider.counts.revocation, ended++);
    assert.equal((await stage.sandbox.run(['logout', '--all'])).code, 0);
  }
});
