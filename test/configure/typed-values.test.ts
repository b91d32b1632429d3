import assert from 'node:assert/strict';
import { test } from 'node:test';
import { typedIssuer, typedRole } from '../../src/configure/typed-values.ts';

for (const [typed, issuer] of [
  ['https://login.example.com', 'https://login.example.com'],
  ['login.example.com', 'https://login.example.com'],
  [' HTTPS://login.example.com /x ', 'https://login.example.com/x'],
  ['https://t.auth0.com/.well-known/openid-configuration', 'https://t.auth0.com'],
  ['id.example.com/realms/a/.well-known/openid-configuration?x=y', 'https://id.example.com/realms/a'],
  // The slash belongs to the issuer of some providers.
  ['https://t.auth0.com/', 'https://t.auth0.com/'],
  ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
  ['"login.example.com"', '"login.example.com"'],
] as const) {
  test(`the issuer ${JSON.stringify(typed)} means ${issuer}`, () => assert.equal(typedIssuer(typed), issuer));
}

const role = 'arn:aws:iam::123456789012:role/Dev';
for (const [pasted, meant] of [
  [role, role],
  [` ${role}\n`, role],
  [`role_arn = ${role}`, role],
  [`        "Arn": "${role}",`, role],
  [`${role},`, role],
  ['arn:aws:iam::123456789012:role/team/a/Dev', 'arn:aws:iam::123456789012:role/team/a/Dev'],
  ['arn:aws:sts::123456789012:assumed-role/Dev/ada@example.com', role],
  ['arn:aws-us-gov:sts::123456789012:assumed-role/Dev/ada', 'arn:aws-us-gov:iam::123456789012:role/Dev'],
  ['https://signin.aws.amazon.com/switchrole?account=123456789012&roleName=Dev&displayName=x', role],
  [
    'https://eu-west-1.console.aws.amazon.com/switchrole?roleName=a%2FDev&account=123456789012',
    'arn:aws:iam::123456789012:role/a/Dev',
  ],
  ['https://evil.example/switchrole?account=123456789012&roleName=Dev', undefined],
  ['https://signin.aws.amazon.com/switchrole?account=company&roleName=Dev', undefined],
  ['Dev', undefined],
  ['arn:aws:s3:::x', undefined],
] as const) {
  test(`the role ${JSON.stringify(pasted)} means ${meant ?? 'nothing else'}`, () => {
    assert.equal(typedRole(pasted), meant ?? pasted);
  });
}
