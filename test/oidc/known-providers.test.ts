import assert from 'node:assert/strict';
import { test } from 'node:test';
import { knownProvider } from '../../src/oidc/known-providers.ts';
import { type SettingName, settingTable } from '../../src/settings/setting-table.ts';

const recognised: [issuer: string, name: string, settings: Partial<Record<SettingName, string>>][] = [
  ['https://accounts.google.com', 'Google', { authorizeParams: 'access_type=offline&prompt=consent' }],
  ['https://login.microsoftonline.com/8f0c/v2.0', 'Microsoft Entra', { redirectHost: 'localhost' }],
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
      assert.ok(settingTable[setting as SettingName].parse(value, '/home/x') !== undefined);
  });
}

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
