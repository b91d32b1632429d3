// What a real STS refuses for lack of trust, and that what daypass prints to correct it does.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite } from 'node:test';
import type { RunResult } from '../support/sandbox.ts';
import type { Statement } from '../support/sts/trust-policy.ts';
import { account, openRgwStage, type RgwStage } from './rgw-stage.ts';
import { story } from './story.ts';

suite('trust that Ceph RGW looks for', () => {
  let stage: RgwStage;
  before(async () => {
    stage = await openRgwStage();
  });
  after(() => stage?.close());

  /** Asserts exit code and code word, and returns the statement that the hint has. */
  async function assertRefused(result: RunResult, role: string): Promise<Statement> {
    const { issuer, clientId } = stage.provider;
    assert.equal(result.code, 77, result.stderr);
    assert.ok(
      result.stderr.startsWith(
        `daypass: trust-policy: AWS does not let this sign-in assume arn:aws:iam::${account}:role/${role}: `,
      ),
      result.stderr,
    );
    assert.ok(result.stderr.includes(`iss=${issuer} aud=${clientId} sub=ada\n`), result.stderr);
    await stage.assertNoLeaks(result);
    const [, statement = ''] = /^hint: .*?(\{.*\})$/m.exec(result.stderr) ?? [];
    return JSON.parse(statement);
  }

  function useRole(name: string): void {
    stage.configure({ daypass_role_arn: `arn:aws:iam::${account}:role/${name}` });
  }

  story(
    'no identity provider in IAM',
    'daypass',
    'exit code 77, and the error names what the token has',
    async () => {
      await assertRefused(await stage.daypass(['login']), 'DeveloperAccess');
      assert.equal(stage.provider.counts.authorization, 1);
    },
  );

  story(
    'the commands of trust-policy',
    'AWS CLI',
    'they run against IAM as printed, and the role lets this sign-in in',
    async () => {
      const { sandbox, provider } = stage;
      const commands = await stage.daypass(['trust-policy']);
      assert.deepEqual([commands.code, commands.stderr], [0, '']);
      const pasted = await sandbox.runProgram(['/bin/sh', '-e'], {
        stdin: commands.stdout,
        env: awsAsAdministrator(),
        timeoutMs: 60_000,
      });
      assert.deepEqual([pasted.code, pasted.stderr], [0, '']);
      const login = await stage.daypass(['login']);
      assert.deepEqual([login.code, login.stderr], [0, '']);
      assert.equal(provider.counts.authorization, 1);
      await stage.assertNoLeaks(login, pasted);
    },
  );

  /**
   * Puts an `aws` on the PATH that asks RGW. It adds the thumbprint, which RGW and AWS CLIs from before July 2024 require, and removes
   * the blanks from JSON: the CLI sends a blank as `+`, which RGW 16 does not decode.
   */
  function awsAsAdministrator(): Record<string, string> {
    const { sandbox, sts } = stage;
    const bin = join(sandbox.home, 'bin');
    mkdirSync(bin, { recursive: true });
    const script = `#!/bin/sh
case "$*" in *create-open-id-connect-provider*) set -- "$@" --thumbprint-list ${'0'.repeat(40)} ;; esac
for word; do set -- "$@" "$(printf %s "$word" | tr -d ' \\n')"; shift; done
exec /usr/bin/aws --endpoint-url ${sts.url} "$@"
`;
    writeFileSync(join(bin, 'aws'), script, { mode: 0o700 });
    return {
      PATH: `${bin}:/usr/bin:/bin`,
      AWS_ACCESS_KEY_ID: sts.administrator.accessKeyId,
      AWS_SECRET_ACCESS_KEY: sts.administrator.secretAccessKey,
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_PAGER: '',
    };
  }

  story('no such role', 'daypass', 'exit code 77, and the stored ID token is used', async () => {
    useRole('NoSuchRole');
    await assertRefused(await stage.daypass(['login']), 'NoSuchRole');
    assert.equal(stage.provider.counts.authorization, 1);
  });

  const others = [
    ['role for another user', 'OtherUser', { sub: 'grace' }],
    ['role for another audience', 'OtherAudience', { aud: 'another-client' }],
  ] as const;
  for (const [name, role, condition] of others) {
    story(
      name,
      'daypass',
      'exit code 77, and with the statement of the hint the role lets this sign-in in',
      async () => {
        const { sts, provider } = stage;
        const trust = stage.trust({ aud: provider.clientId, ...condition });
        await sts.createRole({ name: role, trust: [trust] });
        useRole(role);
        const statement = await assertRefused(await stage.daypass(['login']), role);
        await sts.setTrust(role, [trust, statement]);
        const login = await stage.daypass(['login']);
        assert.deepEqual([login.code, login.stderr], [0, '']);
        assert.equal(provider.counts.authorization, 1);
        await stage.assertNoLeaks(login);
      },
    );
  }
});
