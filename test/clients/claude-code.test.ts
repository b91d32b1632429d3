// Claude Code runs two commands of its settings, by their documented contracts: cases CL1 to CL3 of
// docs/threats.md. https://code.claude.com/docs/en/amazon-bedrock#advanced-credential-configuration
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logged } from '../support/logging-stage.ts';
import { daypassCommand } from '../support/sandbox.ts';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';
import { until } from '../support/until.ts';
import { type ClientStage, type Counts, openClientStage, record } from './client-stage.ts';
import { ours } from './matrix.ts';

// As the help of `daypass env` gives them. Claude Code passes each to a shell, without a stdin.
const awsAuthRefresh = `${daypassCommand} login --profile developer`;
const awsCredentialExport = `${daypassCommand} env --profile developer --format claude-code`;

function start({ sandbox }: ClientStage, command: string) {
  return sandbox.startProgram(['/bin/sh', '-c', command], { env: { CLAUDECODE: '1' } });
}

/** Counts every start of daypass, since these commands are no `credential_process`. */
async function cost(stage: ClientStage, act: () => Promise<void>): Promise<Counts> {
  const before = logged(stage, 'called').length;
  const counts = await stage.cost(act);
  return { ...counts, starts: logged(stage, 'called').length - before };
}

/** Asserts the documented form of awsCredentialExport. */
function assertExported(stdout: string, expected: Record<string, string>): void {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = expected;
  assert.deepEqual(JSON.parse(stdout), {
    Credentials: { AccessKeyId, SecretAccessKey, SessionToken, Expiration },
  });
}

test('CL1 awsCredentialExport prints the documented JSON without a tab', async (t) => {
  const stage = await openClientStage(t);
  const credentials = JSON.parse((await stage.daypass()).stdout);
  const paid = await cost(stage, async () => {
    const { code, stdout, stderr } = await start(stage, awsCredentialExport).exit;
    assert.deepEqual([code, stderr], [0, '']);
    assertExported(stdout, credentials);
  });
  assert.deepEqual([paid.tabs, paid.sts], [0, 0]);
  record('CL1 awsCredentialExport', 'Claude Code', paid, { expected: ours(1) });
});

test('CL2 awsCredentialExport names the command to run if there is no session and no person', async (t) => {
  const stage = await openClientStage(t);
  stage.configure({ daypass_browser: '' });
  const paid = await cost(stage, async () => {
    const { code, stdout, stderr } = await start(stage, awsCredentialExport).exit;
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, /^daypass: sign-in-needed: .*\n.*daypass login --profile developer/);
  });
  assert.deepEqual([paid.tabs, paid.sts], [0, 0]);
  record('CL2 awsCredentialExport, no session', 'Claude Code', paid, {
    expected: ours(1),
    result: 'our text',
  });
});

test('CL3 awsAuthRefresh shows the link while it runs, and awsCredentialExport then needs no tab', async (t) => {
  const stage = await openClientStage(t);
  stage.configure({ daypass_browser: stage.launcher.browserSetting });
  const paid = await cost(stage, async () => {
    const refresh = start(stage, awsAuthRefresh);
    const link = await stage.launcher.nextLink();
    // The person can open the link by hand, since it is shown before the sign-in ends.
    await until(() => refresh.stdout().includes(link), 'the link is shown');
    await signInOverHttp(link);
    const { code, stdout, stderr } = await refresh.exit;
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /^✓ Signed in as ada@example\.com until /m);
    const exported = await start(stage, awsCredentialExport).exit;
    assertExported(exported.stdout, JSON.parse((await stage.daypass()).stdout));
    // Claude Code runs it again when Bedrock refuses the credentials for another reason.
    const again = await start(stage, awsAuthRefresh).exit;
    assert.match(again.stdout, /^✓ Already signed in as /);
  });
  assert.deepEqual([paid.tabs, paid.sts], [1, 1]);
  record('CL3 awsAuthRefresh, and awsCredentialExport after it', 'Claude Code', paid, { expected: ours(4) });
});
