import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openStageFor } from '../support/logging-stage.ts';
import { signInProgram } from '../support/stage.ts';
import { openStageOfMany } from '../support/stage-of-many.ts';

test('status without a profile lists every profile that uses daypass', async (t) => {
  const stage = await openStageOfMany(t);
  assert.equal((await stage.daypass()).code, 0);
  const { stdout, code, stderr } = await stage.sandbox.run(['status']);
  const rows = stdout.trimEnd().split('\n');
  assert.match(rows[0] ?? '', /^PROFILE +ROLE +SIGNED IN AS +STORE +CREDENTIALS +LAST FAILURE$/);
  assert.match(
    rows[1] ?? '',
    /^developer +123456789012 DeveloperAccess +ada@example.com +keychain +\d+ min left, renews without a browser$/,
  );
  assert.match(
    rows[2] ?? '',
    /^auditor +210987654321 Audit +ada@example.com +keychain +no credentials, renews without a browser$/,
  );
  assert.match(rows[3] ?? '', /^other +123456789012 DeveloperAccess +- +keychain +not signed in$/);
  assert.match(rows[4] ?? '', /^broken +bad-configuration: /);
  assert.equal(rows.length, 5);
  // A faulty profile does not hide the others, but the exit code reports it.
  assert.deepEqual([code, stderr], [65, '']);
  const { profiles } = JSON.parse((await stage.sandbox.run(['status', '--json'])).stdout);
  assert.deepEqual(
    profiles.map(({ profile, identity, error }: Record<string, { code: string }>) => [
      profile,
      identity ?? error?.code,
    ]),
    [
      ['developer', 'ada@example.com'],
      ['auditor', 'ada@example.com'],
      ['other', undefined],
      ['broken', 'bad-configuration'],
    ],
  );
  // AWS_PROFILE selects one, as --profile does.
  const named = await stage.sandbox.run(['status'], { env: { AWS_PROFILE: 'developer' } });
  assert.match(named.stdout, /^signed in\n {2}identity {2}ada@example.com\n/);
  const unused = await stage.sandbox.run(['status', '--profile', 'auditor']);
  assert.equal(
    unused.stdout,
    `signed in, but there are no credentials for this role yet
  identity  ada@example.com
  role      Audit in account 210987654321
  renewal   automatic, no browser
  store     keychain
`,
  );
});

test('without a refresh token every form of status says that the browser opens again, though a renewal now needs none', async (t) => {
  const stage = await openStageFor(t, {
    keys: { daypass_browser: signInProgram, daypass_authorize_params: '', daypass_duration: '7200' },
    idTokenTtl: 1800,
  });
  assert.equal((await stage.daypass()).code, 0);
  const one = (await stage.daypass(['status'])).stdout;
  assert.match(
    one,
    /^ {2}renewal {3}the browser opens again\n {2}note {6}your provider issued no refresh token/m,
  );
  assert.match(one, /^ {2}note {6}the role allows 3600 s at most$/m);
  const [, row = ''] = (await stage.sandbox.run(['status'])).stdout.split('\n');
  assert.match(row, / \d+ min left$/);
  const { refreshable, notes } = JSON.parse((await stage.daypass(['status', '--json'])).stdout);
  assert.equal(refreshable, false);
  assert.deepEqual(
    notes.map((note: string) => note.slice(0, 24)),
    ['your provider issued no ', 'the role allows 3600 s a'],
  );
});

test('the list of status has the last failure of each profile, and its log the profiles', async (t) => {
  const stage = await openStageFor(t);
  stage.provider.answer('discovery', (_request, response) => void response.writeHead(503).end());
  assert.equal((await stage.daypass(['login'])).code, 69);
  const log = join(stage.sandbox.home, 'status.log');
  const { stdout } = await stage.sandbox.run(['status', '--log', log]);
  assert.match(stdout, /^developer .* keychain {2}not signed in +\d{4}-\d\d-\d\dT[\d:.]+Z provider-failed$/m);
  assert.match(
    readFileSync(log, 'utf8'),
    / called command=status profile=developer store=keychain .*\n.* ended code=0\n$/,
  );
});

test('status --verify asks AWS, and prints the identity', async (t) => {
  const stage = await openStageOfMany(t);
  const before = await stage.daypass(['status', '--verify']);
  assert.equal(before.code, 2);
  assert.match(before.stderr, /sign-in-needed/);
  assert.equal((await stage.daypass()).code, 0);
  const { stdout, code } = await stage.daypass(['status', '--verify']);
  assert.equal(code, 0);
  assert.match(
    stdout,
    /^ {2}verified {2}arn:aws:sts::123456789012:assumed-role\/DeveloperAccess\/ada@example.com$/m,
  );
  const { verifiedArn } = JSON.parse((await stage.daypass(['status', '--verify', '--json'])).stdout);
  assert.match(verifiedArn, /^arn:aws:sts::/);
  assert.match(
    (await stage.sandbox.run(['status', '--verify', '--json'])).stdout,
    /"verifiedArn":"arn:aws:sts::/,
  );
});

test('status --verify shows everything else if STS has no GetCallerIdentity, such as Ceph RGW', async (t) => {
  const stage = await openStageOfMany(t);
  assert.equal((await stage.daypass()).code, 0);
  stage.sts.answer((_parameters, response) => {
    response.writeHead(405).end('<Error><Code>MethodNotAllowed</Code><Message></Message></Error>');
  });
  const { stdout, stderr, code } = await stage.daypass(['status', '--verify']);
  assert.deepEqual([code, stderr], [69, '']);
  assert.match(stdout, /^signed in$/m);
  assert.match(stdout, /^ {2}identity {2}ada@example.com/m);
  assert.match(
    stdout,
    /^ {2}verified {2}no, sts-failed: this STS has no GetCallerIdentity .*\n {12}call another service/m,
  );
  assert.match(stdout, /^ {2}store {5}keychain$/m);
  const json = await stage.daypass(['status', '--verify', '--json']);
  assert.equal(json.code, 69);
  const facts = JSON.parse(json.stdout);
  assert.deepEqual([facts.identity, facts.verifyError.code], ['ada@example.com', 'sts-failed']);
  const listed = await stage.sandbox.run(['status', '--verify']);
  assert.equal(listed.code, 69);
  assert.match(listed.stdout, /^developer .*ada@example.com .*not verified: sts-failed$/m);
});

test('status --verify and logout --idp refuse connections without certificate checks, and the rest is done', async (t) => {
  const stage = await openStageOfMany(t);
  const unchecked = { NODE_TLS_REJECT_UNAUTHORIZED: '0' };
  assert.equal((await stage.daypass()).code, 0);
  const asked = stage.sts.calls.length;
  const verify = await stage.daypass(['status', '--verify'], unchecked);
  assert.deepEqual([verify.code, verify.stdout], [78, '']);
  assert.match(verify.stderr, /unsafe-environment: NODE_TLS_REJECT_UNAUTHORIZED=0 .*\nhint: remove it/);
  const listed = await stage.sandbox.run(['status', '--verify'], { env: unchecked });
  assert.match(listed.stdout, /^developer +unsafe-environment: /m);
  assert.equal(stage.sts.calls.length, asked);
  assert.equal((await stage.daypass(['status'], unchecked)).code, 0);

  const tabs = stage.launcher.launches.length;
  const { discovery, revocation } = stage.provider.counts;
  const logout = await stage.sandbox.run(['logout', '--all', '--idp'], { env: unchecked });
  assert.equal(logout.code, 69);
  assert.match(logout.stdout, /^signed out of /m);
  assert.match(logout.stderr, /revocation-unconfirmed: .*NODE_TLS_REJECT_UNAUTHORIZED=0/);
  assert.match(logout.stderr, /unsafe-environment: /);
  assert.deepEqual(await stage.keyring.accounts('daypass'), []);
  assert.equal((await stage.daypass(['logout', '--idp'], unchecked)).code, 78);
  assert.equal((await stage.daypass(['logout'], unchecked)).code, 0);
  assert.equal(stage.launcher.launches.length, tabs);
  assert.deepEqual(
    [stage.provider.counts.discovery, stage.provider.counts.revocation],
    [discovery, revocation],
  );
});
