// The file of further authorities, compared with the AWS CLI: which setting wins, and where a path begins.
import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createAuthority } from '../support/certificates.ts';
import { examined, found, line, stage } from '../support/doctor-stage.ts';
import { startTlsFront } from '../support/tls-front.ts';

const authority = createAuthority();
const other = createAuthority();
let opened: ReturnType<typeof startTlsFront> | undefined;
/** Opens an STS behind TLS once. The stage is open only while tests run. */
function front(): ReturnType<typeof startTlsFront> {
  copyFileSync(authority.file, join(stage.sandbox.home, 'company.pem'));
  opened ??= startTlsFront(authority.issue('IP:127.0.0.1'), Number(new URL(stage.sts.url).port));
  return opened;
}
after(async () => {
  await (await opened)?.stop();
  authority.remove();
  other.remove();
});

const awsKeys = { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'x' };
const good = () => authority.file;
const foreign = () => other.file;
const rows: [what: string, connects: boolean, profile?: (() => string) | undefined, env?: () => string][] = [
  ['none', false],
  ['the profile alone', true, good],
  ['a variable alone', true, undefined, good],
  ['a variable before the profile', true, () => '/nowhere.pem', good],
  ['a wrong variable before the profile', false, good, () => '/nowhere.pem'],
  ['a relative path of the profile', true, () => 'company.pem'],
  ['a relative path of the variable', true, undefined, () => './company.pem'],
  ['another authority', false, foreign],
];
/** Calls the STS with the AWS CLI, which keys of the environment sign. */
function awsCli(endpoint: string, env: Record<string, string> = {}) {
  const call = ['sts', 'get-caller-identity', '--profile', 'developer', '--endpoint-url', endpoint];
  return stage.sandbox.runAws(call, { ...env, ...awsKeys });
}

for (const [what, connects, profile, variable] of rows) {
  test(`daypass and the AWS CLI agree on the authorities of: ${what}`, async () => {
    const endpoint = `https://127.0.0.1:${(await front()).port}`;
    const env = variable ? { AWS_CA_BUNDLE: variable() } : undefined;
    const more = `${line}${profile ? `ca_bundle = ${profile()}\n` : ''}`;
    const { checks } = await examined({
      keys: { daypass_sts_endpoint: endpoint },
      more,
      ...(env ? { env } : {}),
    });
    assert.deepEqual(
      found(checks, 'sts').map(({ state }) => state === 'ok'),
      [connects],
    );
    const { code, stderr } = await awsCli(endpoint, env);
    assert.equal(code === 0, connects, stderr);
    if (profile !== foreign) return;
    const [sts] = found(checks, 'sts');
    assert.match(
      sts?.finding ?? '',
      /that Node does not know, and ca_bundle \(~\/\.aws\/config:\d+\) does not have it$/,
    );
    assert.ok(sts?.remedy?.startsWith(`add your company's authority to ${other.file}`), sts?.remedy);
  });
}

const empty: [what: string, line: () => string, env: Record<string, string>, connects: boolean][] = [
  ['variable', () => `ca_bundle = ${good()}`, { AWS_CA_BUNDLE: '' }, true],
  ['key', () => 'ca_bundle =', {}, false],
];
for (const [what, key, env, connects] of empty) {
  test(`the AWS CLI verifies nothing with an empty ${what}, and daypass warns of it and verifies`, async () => {
    const endpoint = `https://127.0.0.1:${(await front()).port}`;
    const more = `${line}${key()}\n`;
    const { checks } = await examined({ keys: { daypass_sts_endpoint: endpoint }, more, env });
    assert.deepEqual(
      found(checks, 'sts').map(({ state }) => state === 'ok'),
      [connects],
    );
    const warned = found(checks, 'ca-bundle').find(({ state }) => state === 'warning');
    assert.match(warned?.finding ?? '', /is empty: the AWS CLI and boto3 then verify no certificate$/);
    const { code, stderr } = await awsCli(endpoint, env);
    assert.equal(code, 0);
    assert.match(stderr, /Unverified HTTPS request/);
  });
}
