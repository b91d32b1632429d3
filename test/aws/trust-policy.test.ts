import assert from 'node:assert/strict';
import { test } from 'node:test';
import { identityProviderArn } from '../../src/aws/identity-provider.ts';
import { type Trusted, trustPolicy, trustStatement } from '../../src/aws/trust-policy.ts';
import { allows } from '../support/sts/trust-policy.ts';

const roleArn = 'arn:aws:iam::123456789012:role/DeveloperAccess';
const actions = ['sts:AssumeRoleWithWebIdentity'];
const policyOf = (role: { issuer: string; roleArn: string }, trusted: Trusted) =>
  trustPolicy([trustStatement(role, trusted)]);

for (const [issuer, name] of [
  ['https://idp.example', 'idp.example'],
  ['https://idp.example/realms/x', 'idp.example/realms/x'],
  ['https://tenant.idp.example/', 'tenant.idp.example/'],
  ['https://idp.example:8443/v2.0/', 'idp.example:8443/v2.0/'],
] as const) {
  test(`a token of ${issuer} is trusted by the policy for its issuer, and by no other`, () => {
    const arn = `arn:aws:iam::123456789012:oidc-provider/${name}`;
    assert.equal(identityProviderArn({ issuer, roleArn }), arn);
    const policy = policyOf({ issuer, roleArn }, { audience: 'client', sub: 'ada', actions });
    assert.equal(allows(policy, arn, { sub: 'ada' }, 'client'), true);
    assert.equal(allows(policy, `${arn}/`, { sub: 'ada' }, 'client'), false);
    assert.equal(allows(policy, arn, { sub: 'grace' }, 'client'), false);
    assert.equal(allows(policy, arn, { sub: 'ada' }, 'another'), false);
  });
}

test('a role in another partition trusts an identity provider there', () => {
  const arn = identityProviderArn({
    issuer: 'https://idp.example',
    roleArn: 'arn:aws-cn:iam::123456789012:role/X',
  });
  assert.equal(arn, 'arn:aws-cn:iam::123456789012:oidc-provider/idp.example');
});

for (const claim of [
  `\${aws:username}`,
  '${',
  'a$b',
  `\${$}`,
  `$\${*}`,
  `a|\${cognito-identity.amazonaws.com:sub}|b`,
]) {
  test(`a policy for the claim ${claim} trusts that claim literally`, () => {
    const role = { issuer: 'https://idp.example', roleArn };
    const arn = identityProviderArn(role);
    const policy = policyOf(role, { audience: claim, sub: claim, actions });
    assert.equal(allows(policy, arn, { sub: claim }, claim), true);
    assert.equal(allows(policy, arn, { sub: 'ada' }, claim), false);
    assert.doesNotMatch(JSON.stringify(policy), /\$\{(?!\$\})/);
  });
}

test("Google's principal is its name, since it is part of IAM", () => {
  const policy = policyOf(
    { issuer: 'https://accounts.google.com', roleArn },
    { audience: 'client', sub: '11', actions },
  );
  assert.equal(allows(policy, 'accounts.google.com', { sub: '11' }, 'client'), true);
  assert.equal(allows(policy, 'accounts.google.com', { sub: '12' }, 'client'), false);
  assert.match(JSON.stringify(policy), /"accounts\.google\.com:sub":"11"/);
  assert.doesNotMatch(JSON.stringify(policy), /oidc-provider/);
});
