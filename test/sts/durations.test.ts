// The maximum session duration of a role, as a real STS enforces it: RGW answers 400 InvalidArgument without a message.
import assert from 'node:assert/strict';
import { after, before, suite } from 'node:test';
import { leaveCredentials } from '../support/aged-credentials.ts';
import { account, assertLasts, openRgwStage, type RgwStage } from './rgw-stage.ts';
import { story } from './story.ts';

suite('durations that Ceph RGW allows', () => {
  let stage: RgwStage;
  before(async () => {
    stage = await openRgwStage();
    const { sts, provider } = stage;
    const trust = [stage.trust({ aud: provider.clientId })];
    await sts.createProvider(provider.issuer, [provider.clientId]);
    await Promise.all([
      sts.createRole({ name: 'DeveloperAccess', trust }),
      sts.createRole({ name: 'LongAccess', trust, maxSessionDuration: 43_200 }),
    ]);
  });
  after(() => stage?.close());

  const remark = 'the role allows 3600 s at most';

  story(
    'duration above the maximum of the role',
    'daypass',
    'the session lasts an hour, status says why, and a renewal keeps to that',
    async () => {
      const { keyring, provider } = stage;
      stage.configure({ daypass_duration: '7200' });
      const first = await stage.credentials();
      assertLasts(3600, first);
      await assertRemark();

      await leaveCredentials(keyring, -1);
      const renewed = await stage.credentials();
      assertLasts(3600, renewed);
      assert.notEqual(renewed.AccessKeyId, first.AccessKeyId);
      await assertRemark();
      assert.equal(provider.counts.authorization, 1);
      const list = await stage.s3api('list-buckets');
      assert.deepEqual([list.code, list.stderr], [0, '']);
    },
  );

  async function assertRemark(): Promise<void> {
    const { stdout } = await stage.daypass(['status']);
    assert.ok(stdout.includes(`  note     ${remark}\n`), stdout);
    const { notes } = JSON.parse((await stage.daypass(['status', '--json'])).stdout);
    assert.deepEqual(notes, [remark]);
  }

  story(
    'duration within the maximum of the role',
    'daypass',
    'sessions of 15 minutes and of 12 hours last as long as asked',
    async () => {
      const { provider } = stage;
      for (const seconds of [43_200, 900]) {
        stage.configure({
          daypass_role_arn: `arn:aws:iam::${account}:role/LongAccess`,
          daypass_duration: String(seconds),
        });
        const login = await stage.daypass(['login', '--force']);
        assert.deepEqual([login.code, login.stderr], [0, '']);
        assertLasts(seconds, await stage.credentials());
        const { notes } = JSON.parse((await stage.daypass(['status', '--json'])).stdout);
        assert.deepEqual(notes, []);
      }
      const list = await stage.s3api('list-buckets');
      assert.deepEqual([list.code, list.stderr], [0, '']);
      assert.equal(provider.counts.reuse, 0);
    },
  );
});
