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
  // What all rows share stands above them, and there is no empty column.
  assert.deepEqual(rows.slice(0, 2), ['Signed in as ada@example.com', '']);
  assert.match(rows[2] ?? '', /^ {2}PROFILE +ROLE +ACCOUNT +UNTIL +RENEWAL$/);
  assert.match(
    rows[3] ?? '',
    /^✓ developer +DeveloperAccess +1234-5678-9012 +\d\d:\d\d UTC\S* \(\d+ min\) +automatic$/,
  );
  assert.match(rows[4] ?? '', /^✓ auditor +Audit +2109-8765-4321 +automatic$/);
  assert.match(rows[5] ?? '', /^! other +DeveloperAccess +1234-5678-9012 +not signed in$/);
  assert.match(rows.slice(6).join('\n'), /^\n✗ broken: bad-configuration: .*\n/);
  assert.equal(rows.at(-1), 'To sign in, run: daypass login --profile other');
  for (const row of rows.slice(0, 6)) assert.ok(row.length <= 80, row);
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
  assert.match(named.stdout, /^✓ Signed in as ada@example\.com until /);
  const unused = await stage.sandbox.run(['status', '--profile', 'auditor']);
  assert.equal(
    unused.stdout,
    `✓ Signed in as ada@example.com; the next call gets credentials without a browser
  role     Audit
  account  2109-8765-4321
  renewal  automatic, without a browser
  store    keychain
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
    /^ {2}renewal +by a sign-in when the credentials end: your provider issued no refresh token$/m,
  );
  assert.match(one, /^ {2}note +the role allows 3600 s at most$/m);
  assert.match((await stage.sandbox.run(['status'])).stdout, /^✓ developer .* \(\d+ min\) +by a sign-in$/m);
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
  assert.match(stdout, /^! developer .* not signed in$/m);
  assert.match(stdout, /^! developer: last failure at \d\d:\d\d UTC\S*, provider-failed$/m);
  assert.match(
    readFileSync(log, 'utf8'),
    / called command=status profile=developer store=keychain .*\n.* ended code=0\n$/,
  );
});

test('status --verify asks AWS, and prints the identity', async (t) => {
  const stage = await openStageOfMany(t);
  const before = await stage.daypass(['status', '--verify']);
  // There is nothing to verify, and everything else is shown.
  assert.deepEqual([before.code, before.stderr], [2, '']);
  assert.match(
    before.stdout,
    /^! Not signed in\. Run: [\s\S]*^ {2}verified +no, sign-in-needed: [\s\S]*^ {2}store /m,
  );
  assert.equal((await stage.daypass()).code, 0);
  const { stdout, code } = await stage.daypass(['status', '--verify']);
  assert.equal(code, 0);
  assert.match(
    stdout,
    /^ {2}verified +arn:aws:sts::123456789012:assumed-role\/DeveloperAccess\/ada@example.com$/m,
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
  assert.match(stdout, /^✓ Signed in as ada@example\.com until /);
  assert.match(stdout, /^ {2}verified +no, sts-failed: this STS has no GetCallerIdentity /m);
  assert.match(stdout, /^ +call another service/m);
  assert.match(stdout, /^ {2}store +keychain$/m);
  const json = await stage.daypass(['status', '--verify', '--json']);
  assert.equal(json.code, 69);
  const facts = JSON.parse(json.stdout);
  assert.deepEqual([facts.identity, facts.verifyError.code], ['ada@example.com', 'sts-failed']);
  const listed = await stage.sandbox.run(['status', '--verify']);
  assert.equal(listed.code, 69);
  assert.match(listed.stdout, /^✓ developer +DeveloperAccess .* automatic$/m);
  assert.match(listed.stdout, /^! developer: not verified: sts-failed$/m);
});

test('status --verify and logout --idp refuse connections without certificate checks, and the rest is done', async (t) => {
  const stage = await openStageOfMany(t);
  const unchecked = { NODE_TLS_REJECT_UNAUTHORIZED: '0' };
  assert.equal((await stage.daypass()).code, 0);
  const asked = stage.sts.calls.length;
  const verify = await stage.daypass(['status', '--verify'], unchecked);
  assert.deepEqual([verify.code, verify.stderr], [78, '']);
  assert.match(verify.stdout, /^✓ Signed in as ada@example\.com until /);
  assert.match(verify.stdout, /^ {2}verified +no, unsafe-environment: NODE_TLS_REJECT_UNAUTHORIZED=0/m);
  const listed = await stage.sandbox.run(['status', '--verify'], { env: unchecked });
  assert.match(listed.stdout, /^! developer: not verified: unsafe-environment$/m);
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
