// The provider's answers are unusual and valid: cases I21, I22, I30, I31, I37, T07 and 2.11 of docs/threats.md.
// The cases I55 and 2.11 also list what does not apply to daypass.
import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { deviate, good, two } from '../support/bad-answers.ts';
import { type Case, fault, notApplicable, signIn } from './fault.ts';

suite('the answers are unusual', { concurrency: 4 }, () => {
  unusualAnswersAreAccepted();
});

function unusualAnswersAreAccepted(): void {
  const rows = good.filter(([id, what]) => id || what.startsWith('oidcc-') || what.startsWith('ES256'));
  for (const [id, what, difference] of rows) {
    // daypass tolerates 30 s of clock difference, and the local STS tolerates none.
    const late = what.startsWith('expired 20 s');
    fault(id || '2.11', `daypass accepts an answer: ${what}`, {
      ...(late ? { error: 'sts-token-refused', text: /clock/ } : {}),
      arrange: ({ provider }) => deviate(provider, difference),
      inspect: async (stage, { seen }) => {
        if (id !== 'I37') return;
        assert.match(seen?.pages ?? '', /no refresh token.*offline/s);
        const { stdout } = await stage.daypass(['status']);
        assert.match(stdout, /refresh token|offline/, 'status says which parameter would ask for one');
      },
    });
  }
  fault(
    '2.11',
    'daypass reads metadata and keys (oidcc-client-test-discovery-openid-config, -jwks-uri-keys)',
    {
      inspect: ({ provider }) => {
        for (const path of ['/.well-known/openid-configuration', '/jwks'])
          assert.ok(provider.requests.includes(path), path);
      },
    },
  );
  fault('2.11', 'daypass refreshes (oidcc-client-test-refresh-token)', { session: true });
  const rotates: Case['arrange'] = ({ provider }) => {
    provider.token = (form) => {
      provider.jwks = () => ({ body: { keys: [two.jwk] } });
      provider.requests.length = 0;
      return provider.tokens(form, { key: two });
    };
  };
  const onceMore: Case['inspect'] = ({ provider }) => {
    // daypass requests the keys again, and then STS requests them.
    assert.equal(provider.requests.filter((path) => path === '/jwks').length, 2);
  };
  fault('I22', 'daypass accepts a key that rotated just before signing', { arrange: rotates });
  fault('I22', 'daypass accepts a key that rotated just before signing at a refresh', {
    session: true,
    arrange: rotates,
    inspect: onceMore,
  });
  fault('I22', 'daypass accepts a key that rotated between two sign-ins within a minute', {
    tabs: 2,
    tokenRequests: 2,
    arrange: async (stage) => {
      await signIn(stage);
      await stage.daypass(['logout']);
      deviate(stage.provider, { key: two, keys: [two] });
    },
  });
}

notApplicable('I55', 'userinfo is never asked: the ID token alone goes to STS');
for (const [why, modules] of [
  [
    'userinfo is never asked: the ID token alone goes to STS',
    [
      'userinfo-invalid-sub',
      'scope-userinfo-claims',
      'userinfo-bearer-header',
      'userinfo-bearer-body',
      'userinfo-signed',
    ],
  ],
  ['claims beside the ID token are never fetched', ['aggregated-claims', 'distributed-claims']],
  ['a desktop program is a public client (RFC 8252, 8.4)', ['client-secret-basic', 'mtls-endpoint-aliases']],
  [
    'a public client at an http address gets no way back from the sign-out page (RP-Initiated Logout 1.0, 2)',
    ['rp-init-logout', 'rp-init-logout-other-state', 'rp-init-logout-no-state'],
  ],
  ['the client is registered by hand', ['dynamic-registration']],
  ['a request by reference is never made', ['request-uri-signed-rs256', 'request-uri-signed-none']],
  ['the issuer is configured, never looked up', ['discovery-webfinger-acct', 'discovery-webfinger-url']],
  [
    'they are about other flows than the code flow',
    ['nonce-unless-code-flow', 'missing-chash', 'invalid-chash', 'missing-athash', 'invalid-athash'],
  ],
  ['response_mode is never form_post: the listener takes no body', ['form-post-error']],
] as const) {
  notApplicable('2.11', `${modules.map((name) => `oidcc-client-test-${name}`).join(', ')}: ${why}`);
}
