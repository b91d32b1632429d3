import assert from 'node:assert/strict';
import { test } from 'node:test';
import { knownProvider } from '../../src/oidc/known-providers.ts';
import { type SettingName, settingTable, spellings } from '../../src/settings/setting-table.ts';
import { filled, providerData } from '../support/provider-data.ts';

const recognised: [issuer: string, name: string, settings: Partial<Record<SettingName, string>>][] = [
  ['https://accounts.google.com', 'Google', { authorizeParams: 'access_type=offline&prompt=consent' }],
  [
    'https://login.microsoftonline.com/8f0c/v2.0',
    'Microsoft Entra',
    { redirectHost: 'localhost', scopes: 'openid profile email offline_access' },
  ],
  [
    'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab12',
    'Amazon Cognito',
    { redirectHost: 'localhost', redirectPort: '8400' },
  ],
  ['https://example.eu.auth0.com/', 'Auth0', { redirectPort: '8400' }],
  ['https://example.okta.com', 'Okta', { redirectPort: '8400' }],
  ['https://example.oktapreview.com/oauth2/default', 'Okta', { redirectPort: '8400' }],
];
for (const [issuer, name, settings] of recognised) {
  test(`${issuer} is ${name}, and daypass accepts its settings`, () => {
    const provider = knownProvider(issuer);
    assert.equal(provider?.name, name);
    assert.deepEqual(provider?.settings, settings);
    for (const [setting, value] of Object.entries(settings))
      assert.ok(
        settingTable[setting as SettingName].parse(value, { env: {}, home: '/home/x' }) !== undefined,
      );
  });
}

for (const [file, { name, variants, discovery, profile }] of providerData()) {
  for (const [variant, values] of Object.entries(variants)) {
    test(`${file}.json, ${variant}: ${name} is recognised, and its settings are those of its data`, () => {
      const provider = knownProvider(values.issuer, filled(discovery, values));
      assert.equal(provider?.name, name);
      const keys = Object.entries(provider?.settings ?? {}).map(
        ([setting, value]) => [spellings(setting as SettingName).key, value] as const,
      );
      assert.deepEqual(Object.fromEntries(keys), profile);
    });
    // These two have no domains of their customers.
    if (name === 'Google' || name === 'JumpCloud') continue;
    test(`${file}.json, ${variant}: ${name} is recognised by its metadata alone`, () => {
      const elsewhere = 'https://elsewhere.example';
      assert.equal(knownProvider(elsewhere, filled(discovery, values))?.name, name);
    });
  }
}

test('metadata of any type is no known provider', () => {
  for (const value of [null, 1, {}, [], '', ['x'], true])
    assert.equal(
      knownProvider('https://login.example.com', {
        response_modes_supported: value,
        authorization_endpoint: value,
        jwks_uri: value,
        msgraph_host: value,
      }),
      undefined,
    );
});

for (const issuer of [
  'https://login.example.com',
  'https://accounts.google.com.evil.example',
  'https://accounts.google.com/x',
  'https://okta.com.evil.example',
  'https://evilauth0.com/',
  'https://keycloak.example.com/realms/okta.com',
  'http://127.0.0.1:8080',
]) {
  test(`${issuer} is not a known provider`, () => {
    assert.equal(knownProvider(issuer), undefined);
  });
}
