// The AWS CDK runs up to the point where it would change an account: case C21 of docs/threats.md.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { signInProgram } from '../support/stage.ts';
import { type ClientStage, openClientStage, record } from './client-stage.ts';
import { counted } from './matrix.ts';

const cdk = join(import.meta.dirname, 'programs/node_modules/aws-cdk/bin/cdk');

/** Runs `cdk bootstrap` with the profile in a flag or in AWS_PROFILE. */
function bootstrap({ sts }: ClientStage, by: string): { words: string[]; env: Record<string, string> } {
  const env = { AWS_ENDPOINT_URL_STS: sts.url, AWS_EC2_METADATA_DISABLED: 'true', AWS_MAX_ATTEMPTS: '1' };
  const words = [process.execPath, cdk, 'bootstrap', 'aws://123456789012/eu-west-1'];
  return by === 'AWS_PROFILE'
    ? { words, env: { ...env, AWS_PROFILE: 'developer' } }
    : { words: [...words, '--profile', 'developer'], env };
}

for (const by of ['--profile', 'AWS_PROFILE']) {
  test(`C21 cdk bootstrap with ${by} reaches CloudFormation with a session`, async (t) => {
    const stage = await openClientStage(t);
    assert.equal((await stage.daypass()).code, 0);
    const { words, env } = bootstrap(stage, by);
    const cost = await stage.cost(async () => {
      const { stderr } = await stage.sandbox.runProgram(words, { env, timeoutMs: 120_000 });
      assert.match(stderr, /cloudformation\.eu-west-1\.amazonaws\.com/);
    });
    const identities = stage.sts.calls.filter(({ action }) => action === 'GetCallerIdentity');
    assert.ok(identities.length > 0);
    for (const { outcome } of identities) assert.equal(outcome, 'ok');
    assert.deepEqual([cost.tabs, cost.sts], [0, 0]);
    record(`C21 cdk bootstrap, ${by}`, 'AWS CDK', cost, { expected: counted(1) });
  });

  test(`C21 cdk bootstrap with ${by} opens one tab, and the terminal shows the denial`, async (t) => {
    const stage = await openClientStage(t);
    stage.configure({ daypass_browser: `${signInProgram} --deny` });
    const { words, env } = bootstrap(stage, by);
    let where = '';
    const cost = await stage.cost(async () => {
      const { code, stdout, stderr, terminal } = await stage.sandbox.runProgramInTerminal(words, { env })
        .exit;
      assert.notEqual(code, 0);
      assert.match(terminal, /daypass: denied: /);
      where = /daypass: denied: /.test(stdout + stderr)
        ? 'the client shows our text'
        : 'the terminal shows our text';
    });
    assert.deepEqual([cost.tabs, cost.sts], [1, 0]);
    record(`C21 cdk bootstrap denied, ${by}`, 'AWS CDK', cost, {
      expected: by === '--profile' ? counted(1) : { ...counted(2), upTo: true },
      result: where,
    });
  });
}
