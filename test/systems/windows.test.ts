// Runs the executable for Windows under Wine. test/windows/ runs a whole session of the package.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { test } from 'node:test';
import { assertVersion1 } from '../support/credentials-format.ts';
import { executableFor } from '../support/executable.ts';
import { startIdentityProvider } from '../support/identity-provider.ts';
import { startLocalSts } from '../support/local-sts.ts';
import { roleArn } from '../support/stage.ts';
import { node, openWindows, repository } from '../windows/windows.ts';

test('windows-x64: --version, a first sign-in and a hit', async (t) => {
  const [windows, provider] = await Promise.all([openWindows(), startIdentityProvider()]);
  const { issuer, jwksUri, clientId } = provider;
  const sts = await startLocalSts({ trust: [{ roleArn, issuer, jwksUri, audience: clientId }] });
  t.after(() => Promise.all([windows.close(), provider.stop(), sts.stop()]));
  const path = relative(resolve(import.meta.dirname, '../..'), executableFor('windows-x64'));
  const program = `${repository}\\${path.replaceAll('/', '\\')}`;

  const version = await windows.run([program, '--version']);
  assert.deepEqual([version.code, version.stderr], [0, '']);
  assert.match(version.stdout, /^daypass \d/);

  const keys = {
    daypass_issuer: issuer,
    daypass_client_id: clientId,
    daypass_role_arn: roleArn,
    daypass_authorize_params: 'prompt=consent',
    daypass_sts_endpoint: sts.url,
    daypass_browser: `"${node}" "${repository}\\test\\support\\sign-in-program.mjs"`,
  };
  const lines = Object.entries(keys).map(([key, value]) => `${key} = ${value}\n`);
  mkdirSync(join(windows.home, '.aws'), { recursive: true });
  const config = join(windows.home, '.aws/config');
  writeFileSync(config, `[profile developer]\nregion = eu-west-1\n${lines.join('')}`);
  const first = await windows.run([program, '--profile', 'developer']);
  assert.deepEqual([first.code, first.stderr], [0, '']);
  assertVersion1(first.stdout);
  const hit = await windows.run([program, '--profile', 'developer']);
  assert.deepEqual([hit.code, hit.stdout, hit.stderr], [0, first.stdout, '']);
  assert.equal(sts.calls.length, 1);
});
