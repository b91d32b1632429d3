import assert from 'node:assert/strict';
import { test } from 'node:test';
import { iamFault, openProvider } from '../../src/aws/identity-provider.ts';

for (const [issuer, fault] of [
  ['https://login.example.com', undefined],
  ['https://login.example.com/realms/x:1', undefined],
  ['https://login.example.com/', undefined],
  ['https://sso.example.com:8443/realms/x', /no issuer with a port/],
  // A URL object would drop the default port, and the issuer would still have it.
  ['https://sso.example.com:443', /no issuer with a port/],
  ['https://[::1]:8443', /no issuer with a port/],
  ['http://127.0.0.1', /only https issuers/],
] as const) {
  test(`${issuer} is ${fault ? 'rejected' : 'accepted'} by IAM`, () => {
    if (fault) assert.match(iamFault(issuer) ?? '', fault);
    else assert.equal(iamFault(issuer), undefined);
  });
}

for (const [issuer, name] of [
  ['https://accounts.google.com', 'Google'],
  ['https://gitlab.com', 'GitLab.com'],
  [
    'https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0',
    'Microsoft (consumer accounts)',
  ],
  ['https://sts.windows.net/9188040d-6c67-4c5b-b112-36a304b66dad/', 'Microsoft (consumer accounts)'],
  ['https://login.microsoftonline.com/3b1f7c1e-5c4c-4b9b-8a55-1b1f4c2d9a10/v2.0', undefined],
  ['https://gitlab.customer.test', undefined],
  ['https://accounts.google.com.evil.example', undefined],
] as const) {
  test(`anyone in the world ${name ? 'can' : 'cannot'} register at ${issuer}`, () => {
    assert.equal(openProvider(issuer), name);
  });
}
