// A session with a real STS from the first call to logout: what Ceph RGW issues, its own S3 accepts.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite } from 'node:test';
import { leaveCredentials } from '../support/aged-credentials.ts';
import { later } from '../support/other-clock.ts';
import { account, assertLasts, openRgwStage, type RgwStage } from './rgw-stage.ts';
import { story } from './story.ts';

const bucket = 'documents';

suite('sessions that Ceph RGW issues', () => {
  let stage: RgwStage;
  before(async () => {
    stage = await openRgwStage();
    const { sts, provider, trust } = stage;
    await sts.createProvider(provider.issuer, [provider.clientId]);
    await sts.createRole({ name: 'DeveloperAccess', trust: [trust({ aud: provider.clientId })] });
  });
  after(() => stage?.close());

  story('first sign-in', 'daypass', 'the call that waited prints the credentials', async () => {
    const { provider, keyring } = stage;
    const credentials = await stage.credentials();
    assertLasts(3600, credentials);
    assert.equal(credentials.AccountId, account);
    assert.equal(provider.counts.authorization, 1);
    assert.equal((await keyring.accounts('daypass')).length, 2);
  });

  story('cache hit', 'daypass', 'the same line, and neither the provider nor STS is asked', async () => {
    const { provider } = stage;
    // RGW fetches the provider's keys for each token, so a call to it would show there.
    const counts = { ...provider.counts };
    const first = await stage.credentials();
    assert.deepEqual(await stage.credentials(), first);
    assert.deepEqual({ ...provider.counts }, counts);
  });

  story(
    'objects are written and read',
    'AWS CLI',
    'S3 accepts the credentials, and rejects a request without them',
    async () => {
      const { sandbox, sts } = stage;
      writeFileSync(join(sandbox.home, 'letter'), 'from the CLI');
      const results = [
        await stage.s3api('create-bucket', '--bucket', bucket),
        await stage.s3api('put-object', '--bucket', bucket, '--key', 'letter', '--body', 'letter'),
        await stage.s3api('get-object', '--bucket', bucket, '--key', 'letter', 'copy'),
      ];
      assert.deepEqual(
        results.map(({ code, stderr }) => [code, stderr]),
        results.map(() => [0, '']),
      );
      assert.equal(readFileSync(join(sandbox.home, 'copy'), 'utf8'), 'from the CLI');
      const { status } = await fetch(`${sts.url}/${account}:${bucket}/letter`);
      assert.equal(status, 403);
      await stage.assertNoLeaks(...results);
    },
  );

  story(
    'objects are written and read',
    'JavaScript SDK',
    'it reads what the AWS CLI wrote, and its own',
    async () => {
      const letter = await stage.sdk([bucket, 'get', 'letter']);
      const put = await stage.sdk([bucket, 'put', 'note', 'from the SDK']);
      const note = await stage.sdk([bucket, 'get', 'note']);
      assert.deepEqual(
        [letter, put, note].map(({ stdout, stderr }) => stdout + stderr),
        ['from the CLI', '', 'from the SDK'],
      );
      assert.equal(stage.provider.counts.authorization, 1);
      await stage.assertNoLeaks(letter, put, note);
    },
  );

  story(
    'session policy',
    'JavaScript SDK',
    'S3 refuses what the policy does not allow, and allows it again without the policy',
    async () => {
      const policy = {
        Version: '2012-10-17',
        Statement: { Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::${bucket}/letter` },
      };
      writeFileSync(join(stage.sandbox.home, 'policy.json'), JSON.stringify(policy, null, 2));
      stage.configure({ daypass_policy: '~/policy.json' });
      try {
        const read = await stage.sdk([bucket, 'get', 'letter']);
        const refused = [
          await stage.sdk([bucket, 'get', 'note']),
          await stage.sdk([bucket, 'put', 'letter', 'changed']),
        ];
        assert.equal(read.stdout + read.stderr, 'from the CLI');
        for (const { stdout, stderr } of refused) {
          assert.equal(stdout, '');
          assert.match(stderr, /Code: 'AccessDenied'/);
        }
        await stage.assertNoLeaks(read, ...refused);
      } finally {
        stage.configure({});
      }
      const note = await stage.sdk([bucket, 'get', 'note']);
      assert.equal(note.stdout + note.stderr, 'from the SDK');
      assert.equal(stage.provider.counts.authorization, 1);
    },
  );

  story(
    'silent renewal by the stored ID token',
    'AWS CLI',
    'an expired session is renewed without a browser, and S3 accepts the new one',
    async () => {
      const { provider, keyring } = stage;
      const old = await stage.credentials();
      await leaveCredentials(keyring, -1);
      const result = await stage.s3api('head-object', '--bucket', bucket, '--key', 'note');
      assert.deepEqual([result.code, result.stderr], [0, '']);
      const renewed = await stage.credentials();
      assert.notEqual(renewed.AccessKeyId, old.AccessKeyId);
      assertLasts(3600, renewed);
      assert.deepEqual([provider.counts.authorization, provider.counts.refresh], [1, 0]);
      await stage.assertNoLeaks(result);
    },
  );

  story(
    'silent renewal by the refresh token',
    'JavaScript SDK',
    'with a clock that is 3 hours ahead, the call renews, the rotated token is kept, and S3 accepts the keys',
    async () => {
      const { provider } = stage;
      const spent = provider.latestRefreshToken();
      const { AccessKeyId, SecretAccessKey, SessionToken, ...rest } = await stage.credentials(later('+3h'));
      assertLasts(3600, rest);
      assert.deepEqual([provider.counts.authorization, provider.counts.refresh], [1, 1]);
      assert.equal(provider.counts.reuse, 0);
      const kept = await stage.keptRefreshTokens();
      assert.deepEqual(kept, [provider.latestRefreshToken()]);
      assert.notEqual(kept[0], spent);
      const note = await stage.sdk([bucket, 'get', 'note'], {
        AWS_ACCESS_KEY_ID: AccessKeyId,
        AWS_SECRET_ACCESS_KEY: SecretAccessKey,
        AWS_SESSION_TOKEN: SessionToken,
      });
      assert.equal(note.stdout + note.stderr, 'from the SDK');
      await stage.assertNoLeaks(note);
    },
  );

  story(
    'status --verify without GetCallerIdentity',
    'daypass',
    'it shows everything else, and why it cannot verify',
    async () => {
      // The story before ran with another clock.
      await stage.credentials();
      const text = await stage.daypass(['status', '--verify']);
      assert.equal(text.stderr, '');
      assert.equal(text.code, 69);
      for (const line of [/^✓ Signed in as ada@example\.com until /, /^ {2}store +keychain$/m])
        assert.match(text.stdout, line);
      assert.match(text.stdout, /^ {2}verified +no, sts-failed: /m);
      const json = await stage.daypass(['status', '--verify', '--json']);
      assert.equal(json.code, 69);
      const { identity, signedIn, verifyError } = JSON.parse(json.stdout);
      assert.deepEqual([identity, signedIn, verifyError.code], ['ada@example.com', true, 'sts-failed']);
      await stage.assertNoLeaks(text, json);
    },
  );

  story(
    'logout',
    'daypass',
    'the refresh token is revoked, the keychain is empty, and the next call needs a sign-in',
    async () => {
      const { provider, keyring } = stage;
      const token = provider.latestRefreshToken() ?? '';
      await stage.assertNoLeaks();
      const result = await stage.daypass(['logout']);
      assert.deepEqual([result.code, result.stderr], [0, '']);
      assert.equal(provider.counts.revocation, 1);
      assert.equal(await provider.accepts(token), false);
      assert.deepEqual(await keyring.accounts('daypass'), []);
      const refused = await stage.daypass(['--non-interactive']);
      assert.equal(refused.code, 2);
      assert.match(refused.stderr, /^daypass: sign-in-needed: /);
      const cli = await stage.sandbox.runAws(
        ['s3api', 'list-buckets', '--profile', 'developer', '--endpoint-url', stage.sts.url],
        { DAYPASS_NON_INTERACTIVE: 'true' },
      );
      assert.notEqual(cli.code, 0);
      assert.match(cli.stderr, /sign-in-needed/);
      await stage.assertNoLeaks(result, refused, cli);
    },
  );
});
