import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SessionClaims, sessionClaims } from '../../src/aws/session-claims.ts';

function claimsOf(claims: unknown): SessionClaims | undefined {
  const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
  return sessionClaims(`e30.${payload}.c2lnbmF0dXJl`);
}

const tagClaim = 'https://aws.amazon.com/tags';
const none = { subject: 'ada', audience: ['daypass'], methods: [], tags: [] };

test('a token without tags has subject and audience', () => {
  assert.deepEqual(claimsOf({ sub: 'ada', aud: 'daypass' }), none);
  assert.deepEqual(claimsOf({ sub: 'ada', aud: ['daypass', 'other'], azp: 'daypass', amr: ['pwd', 'mfa'] }), {
    ...none,
    audience: ['daypass', 'other'],
    authorizedParty: 'daypass',
    methods: ['pwd', 'mfa'],
  });
});

test('tags are found in each form that AWS reads', () => {
  const tags = [
    { key: 'Project', value: 'Automation', transitive: true },
    { key: 'CostCenter', value: '987654', transitive: false },
  ];
  const tree = {
    principal_tags: { Project: ['Automation'], CostCenter: 987654 },
    transitive_tag_keys: ['Project'],
  };
  for (const more of [
    { [tagClaim]: tree },
    // Ceph RGW reads a list.
    { [tagClaim]: [tree] },
    {
      [`${tagClaim}/principal_tags/Project`]: 'Automation',
      [`${tagClaim}/principal_tags/CostCenter`]: ['987654'],
      [`${tagClaim}/transitive_tag_keys`]: 'Project',
    },
  ])
    assert.deepEqual(claimsOf({ sub: 'ada', aud: 'daypass', ...more }), { ...none, tags });
  assert.equal(
    claimsOf({ sub: 'ada', aud: 'daypass', 'https://aws.amazon.com/source_identity': 'ada' })?.sourceIdentity,
    'ada',
  );
});

test('a hostile or odd token shows no more than text', () => {
  for (const odd of [
    null,
    7,
    'x',
    [],
    [[]],
    {},
    { principal_tags: 7 },
    { principal_tags: ['x'] },
    { principal_tags: { a: {} } },
  ])
    assert.deepEqual(claimsOf({ sub: 'ada', aud: 'daypass', [tagClaim]: odd }), none, JSON.stringify(odd));
  const shown = claimsOf({
    sub: '\u001b[31mada\u202e',
    aud: [{ a: 1 }, 'day\npass'],
    azp: null,
    amr: { 0: 'pwd' },
    [tagClaim]: { principal_tags: JSON.parse('{"__proto__":"x","a\\u0007":"\\u200bb"}') },
  });
  assert.deepEqual(shown, {
    subject: '\ufffd[31mada\ufffd',
    audience: ['day\ufffdpass'],
    methods: [],
    tags: [
      { key: '__proto__', value: 'x', transitive: false },
      { key: 'a\ufffd', value: '\ufffdb', transitive: false },
    ],
  });
  assert.equal(sessionClaims('no token'), undefined);
  assert.equal(sessionClaims(''), undefined);
  assert.equal(claimsOf(null), undefined);
});
