import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readAwsConfigFile } from '../../src/aws-config/config-file.ts';
import { completeDraft, type Draft, profileKeys } from '../../src/configure/profile-keys.ts';
import type { Place } from '../../src/process/expand-path.ts';
import type { SettingName } from '../../src/settings/setting-table.ts';

const home = mkdtempSync(join(tmpdir(), 'daypass-draft-'));
after(() => rmSync(home, { recursive: true }));
const role = 'arn:aws-cn:iam::123456789012:role/D';

function complete(draft: Draft, place: Place): ReturnType<typeof completeDraft> {
  return completeDraft(draft, place, readAwsConfigFile(place));
}

/** Returns the keys of profile `dev` from these values and this config file. */
function keysOf(
  values: Partial<Record<SettingName, string>>,
  config = '',
  metadata?: Draft['metadata'],
): Record<string, string> {
  const path = join(home, 'config');
  writeFileSync(path, config);
  const given = new Map(
    Object.entries({ clientId: 'c', roleArn: role, ...values }) as [SettingName, string][],
  );
  // These variables are not set when an AWS client calls.
  const env = { AWS_CONFIG_FILE: path, DAYPASS_DURATION: '1', AWS_REGION: 'nowhere' };
  const { draft } = complete({ profile: 'dev', values: given, metadata }, { env, home });
  return profileKeys(draft, 'LINE');
}

test("a profile gets its partition's region and otherwise only the given settings", () => {
  assert.deepEqual(keysOf({ issuer: 'https://login.example.com' }), {
    credential_process: 'LINE',
    region: 'cn-northwest-1',
    daypass_issuer: 'https://login.example.com',
    daypass_client_id: 'c',
    daypass_role_arn: role,
  });
});

test('a known provider gets the settings for its refresh token and its redirect address', () => {
  const google = keysOf({ issuer: 'https://accounts.google.com' });
  assert.equal(google.daypass_authorize_params, 'access_type=offline&prompt=consent');
  const cognito = keysOf({ issuer: 'https://cognito-idp.eu-west-1.amazonaws.com/p' });
  assert.equal(cognito.daypass_redirect_port, '8400');
  assert.equal(cognito.daypass_redirect_host, 'localhost');
});

test('a new profile of Entra or AD FS asks for the names of the person, and an existing one keeps its scopes', () => {
  const issuer = 'https://login.microsoftonline.com/8f0c/v2.0';
  const adfs = { authorization_endpoint: 'https://adfs.example.com/adfs/oauth2/authorize/' };
  assert.equal(keysOf({ issuer }).daypass_scopes, 'openid profile email offline_access');
  assert.equal(
    keysOf({ issuer: 'https://adfs.example.com/adfs' }, '', adfs).daypass_scopes,
    'openid profile email',
  );
  assert.equal(keysOf({ issuer, scopes: 'openid groups' }).daypass_scopes, 'openid groups');
  const own = `[profile dev]\ndaypass_issuer = ${issuer}\n`;
  assert.equal(keysOf({ issuer }, own).daypass_scopes, undefined);
  const source = `[profile base]\ndaypass_issuer = ${issuer}\ndaypass_client_id = c\n`;
  assert.equal(keysOf({ sourceProfile: 'base' }, source).daypass_scopes, undefined);
});

const okta = { response_modes_supported: ['query', 'okta_post_message'] };

test('a provider with its own domain is recognised by its metadata', () => {
  const issuer = 'https://login.example.com';
  assert.equal(keysOf({ issuer }, '', okta).daypass_redirect_port, '8400');
  assert.equal(keysOf({ issuer }).daypass_redirect_port, undefined);
});

test('a profile that has the sign-in already, itself or by its source, keeps its redirect address', () => {
  const issuer = 'https://login.example.com';
  const own = `[profile dev]\ndaypass_issuer = ${issuer}\n`;
  assert.equal(keysOf({ issuer }, own, okta).daypass_redirect_port, undefined);
  assert.equal(keysOf({}, own, okta).daypass_redirect_port, undefined);
  const source = `[profile base]\ndaypass_issuer = ${issuer}\ndaypass_client_id = c\n`;
  assert.equal(keysOf({ sourceProfile: 'base' }, source, okta).daypass_redirect_port, undefined);
  const other = '[profile dev]\ndaypass_issuer = https://old.example.com\n';
  assert.equal(keysOf({ issuer }, other, okta).daypass_redirect_port, '8400');
});

test('settings from flags, the profile or its source profile take precedence', () => {
  const issuer = 'https://accounts.google.com';
  assert.equal(keysOf({ issuer, authorizeParams: 'hd=x' }).daypass_authorize_params, 'hd=x');
  const own = '[profile dev]\ndaypass_authorize_params = hd=y\nregion = cn-north-1\n';
  const kept = keysOf({ issuer }, own);
  assert.deepEqual([kept.daypass_authorize_params, kept.region], [undefined, undefined]);
  const source = `[profile base]\nregion = cn-north-1\ndaypass_issuer = ${issuer}\ndaypass_client_id = c\ndaypass_authorize_params = hd=z\n`;
  const { daypass_authorize_params, region } = keysOf({ sourceProfile: 'base' }, source);
  // AWS clients do not read source profiles, so daypass writes the region.
  assert.deepEqual([daypass_authorize_params, region], [undefined, 'cn-north-1']);
});

test('the environment supplies issuer, client id, role and a region of the same partition if nothing else does', () => {
  const path = join(home, 'config');
  const env = {
    AWS_CONFIG_FILE: path,
    DAYPASS_ISSUER: 'https://env.example.com',
    DAYPASS_CLIENT_ID: 'from-env',
    DAYPASS_ROLE_ARN: role,
    DAYPASS_TIMEOUT: '1',
    DAYPASS_CLIENT_SECRET: 'hush',
    AWS_REGION: 'cn-north-1',
  };
  const keys = (config: string, values: [SettingName, string][] = [], more = {}) => {
    writeFileSync(path, config);
    const place = { env: { ...env, ...more }, home };
    return profileKeys(complete({ profile: 'dev', values: new Map(values) }, place).draft, 'LINE');
  };
  const all = {
    credential_process: 'LINE',
    region: 'cn-north-1',
    daypass_issuer: 'https://env.example.com',
    daypass_client_id: 'from-env',
    daypass_role_arn: role,
  };
  assert.deepEqual(keys(''), all);
  const { region: _region, daypass_issuer: _issuer, ...rest } = all;
  assert.deepEqual(
    keys('[profile dev]\nregion = cn-northwest-1\ndaypass_issuer = https://a.example.com\n'),
    rest,
  );
  assert.equal(keys('', [['clientId', 'from-flag']]).daypass_client_id, 'from-flag');
  assert.equal(keys('', [], { AWS_REGION: 'eu-west-1' }).region, 'cn-northwest-1');
  const lender =
    '[profile base]\nregion = cn-northwest-1\ndaypass_issuer = https://a.example.com\ndaypass_client_id = c\n';
  assert.deepEqual(keys(lender, [['sourceProfile', 'base']]), {
    credential_process: 'LINE',
    region: 'cn-northwest-1',
    daypass_role_arn: role,
    daypass_source_profile: 'base',
  });
  assert.throws(() => keys('', [], { DAYPASS_ISSUER: 'login' }), /DAYPASS_ISSUER must be a plain https/);
});
