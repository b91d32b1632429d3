// The provider's answer to a refresh is wrong or unusual: cases I15 to I49, and T04 to T06 of docs/threats.md.
import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ErrorCode } from '../../src/errors.ts';
import {
  badAnswers,
  badTokens,
  type Deviation,
  elsewhere,
  jsonError,
  noIssuer,
  type Row,
  soon,
  stranger,
  two,
} from '../support/bad-answers.ts';
import type { Part } from '../support/hostile-provider.ts';
import { later } from '../support/other-clock.ts';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';
import { until } from '../support/until.ts';
import { type Case, fault, faults, type Stimulus, signIn } from './fault.ts';
import { arranged, judgedAlone, notFollowed, parts } from './provider-answers.ts';

suite('the answer to a refresh misbehaves', { concurrency: 4 }, () => {
  sessionsEnd();
  refreshAnswersAreRefused();
  refreshAnswersAreAccepted();
  refreshFailsForNow();
});

/** Expects that an answer about another identity, or that no refresh can help, ends the session. */
function sessionsEnd(): void {
  const ended = ([id, what, difference]: Row, revoked: number, text = /./): Stimulus => [
    id,
    `the session ends after an answer to a refresh: ${what}`,
    {
      ...{ session: true, ends: true, error: 'sign-in-needed', text },
      arrange: (stage) => {
        arranged(stage, difference);
        stage.provider.counts.revocation = 0;
      },
      inspect: (stage) => {
        judgedAlone(stage);
        assert.equal(stage.provider.counts.revocation, revoked);
      },
    },
  ];
  const otherPerson = /another person/;
  faults('another identity', [
    ended(['I43', 'oidcc-client-test-refresh-token-invalid-sub', { claims: { sub: 'eve' } }], 1, otherPerson),
    ended(
      ['I44', 'oidcc-client-test-refresh-token-invalid-issuer', { claims: { iss: 'https://evil.example' } }],
      1,
      /another issuer/,
    ),
    ended(['I46', 'invalid_grant', { answer: jsonError('invalid_grant') }], 0),
    // STS needs an ID token, so only a new sign-in helps.
    ended(['I45', 'no ID token', { fields: { id_token: undefined } }], 0),
  ]);
  fault('T06', 'the terminal says why a sign-in ended, before the browser opens again', {
    ...{ session: true, error: 'identity-changed', tabs: 1, tokenRequests: 2, ends: true },
    arrange: (stage) => arranged(stage, { claims: { sub: 'eve' } }),
    act: async (stage) => {
      stage.hour += 3;
      const { launcher, sandbox } = stage;
      const opened = launcher.launches.length;
      const call = sandbox.runInTerminal(['--profile', 'developer'], { env: later(`+${stage.hour}h`) });
      await until(() => launcher.launches.length === opened + 1, 'the browser opens again');
      const page = await signInOverHttp(launcher.launches.at(-1)?.argv.at(-1) ?? '');
      const { terminal, ...result } = await call.exit;
      assert.match(terminal, /answered the refresh with another person, so you have to sign in again/);
      // Eve cannot take the session over, and ada can go on.
      assert.equal((await stage.daypass(['logout'])).code, 0);
      return { ...result, seen: { terminal, page: page.body } };
    },
  });
  fault('I46', 'daypass prints credentials with 90 s left if the refresh ends with invalid_grant', {
    session: true,
    ends: true,
    arrange: (stage) => arranged(stage, { answer: jsonError('invalid_grant') }),
    act: (stage) => stage.daypass([], later('+3510')),
    inspect: (stage) => {
      judgedAlone(stage);
      assert.equal(stage.provider.counts.refresh, 1);
    },
  });
}

/** Expects that a complete, wrong answer ends nothing: the refresh token stays, and the next refresh works. */
function refreshAnswersAreRefused(): void {
  const refused = ([id, what, difference]: Row): Stimulus => [
    id,
    `daypass rejects an answer to a refresh: ${what}`,
    {
      ...{ session: true, error: 'bad-id-token', text: /login --force/ },
      arrange: (stage) => {
        arranged(stage, difference);
        stage.provider.counts.revocation = 0;
      },
      inspect: (stage) => {
        judgedAlone(stage);
        assert.equal(stage.provider.counts.revocation, 0, 'nothing is revoked');
      },
    },
  ];
  const complete = badTokens.filter(([id]) => id !== 'I27');
  const firstOfEach = complete.filter(
    ([id], index) => complete.findIndex(([other]) => other === id) === index,
  );
  const others: Row[] = [
    ['I27', 'no issuer', { claims: noIssuer }],
    ['I44', 'another audience', { claims: { aud: 'other' } }],
    ['I44', "another client's azp", { claims: { azp: 'other' } }],
    ['I44', 'bad signature', { key: stranger }],
    ['T05', 'expired', { claims: () => ({ exp: soon(-60), iat: soon(-300) }) }],
    ['T05', 'issued an hour ago', { claims: () => ({ iat: soon(-3600) }) }],
    ['T05', 'a subject that is null', { claims: { sub: null } }],
  ];
  for (const part of parts([...firstOfEach, ...others], 5)) {
    faults(`ID tokens after a refresh, ${part[0]?.[0]}`, part.map(refused));
  }
  fault('T05', 'a person signs in at once after a bad answer to a refresh', {
    ...{ session: true, tabs: 1, tokenRequests: 2 },
    arrange: ({ provider }) => {
      provider.token = (form) =>
        provider.tokens(form, form.has('refresh_token') ? { claims: { aud: 'other' } } : {});
    },
    act: (stage) => {
      stage.hour += 3;
      return signIn(stage);
    },
  });
}

/** Expects that claims which do not say who a token is for do not matter. */
function refreshAnswersAreAccepted(): void {
  const rows: [what: string, claims: Part][] = [
    // Cognito with rotation, GitLab (current_sign_in_at): https://github.com/authts/oidc-client-ts/issues/2107
    ['a later auth_time', () => ({ auth_time: soon(0) })],
    ['no auth_time', {}],
    ['another nonce', { nonce: 'x'.repeat(43) }],
    ['a nonce that is null', { nonce: null }],
    ['azp that is null', { azp: null }],
    ['our client among more audiences', ({ clientId }) => ({ aud: ['new', clientId], azp: clientId })],
    ['an issue time before that of the token before', () => ({ iat: soon(-300) })],
    ['another email', { email: 'ada.lovelace@example.com' }],
  ];
  faults(
    'claims that may change',
    rows.map(([what, claims]) => [
      'T04',
      `daypass accepts an answer to a refresh: ${what}`,
      {
        session: true,
        // The sign-in had an auth_time.
        keys: { daypass_authorize_params: 'max_age=3600' },
        arrange: (stage) => arranged(stage, { claims }),
        inspect: ({ provider }) => assert.equal(provider.counts.revocation, 0, 'nothing is revoked'),
      },
    ]),
  );
}

/** Expects that a refresh which says nothing about the session keeps it, and that the next one works. */
function refreshFailsForNow(): void {
  const kept = (error: ErrorCode, text: RegExp, difference: Deviation): Case => ({
    ...{ session: true, error, text },
    arrange: (stage) => arranged(stage, difference),
    // A lost answer does not tell whether the token is spent, so daypass posts it once more.
    tokenRequests: difference.keys ? 0 : error === 'provider-unreachable' ? 2 : 1,
    inspect: judgedAlone,
  });
  const answers = badAnswers.filter(([id]) => id !== 'I35');
  for (const part of parts(answers, 3)) {
    faults(
      `answers to a refresh, ${part[0]?.[0]}`,
      part.map(([id, what, error, text, difference]) => [
        id,
        `daypass keeps the session after an answer to a refresh: ${what}`,
        kept(error, text, difference),
      ]),
    );
  }
  faults(
    'redirects of a refresh',
    [302, 307, 308].map((status) => [
      'I40',
      `daypass does not follow a redirect ${status} at a refresh`,
      { ...kept('provider-failed', /./, { answer: elsewhere(status) }), inspect: notFollowed },
    ]),
  );
  fault(
    'I19',
    'daypass spends no refresh token if the key set is empty',
    kept('provider-failed', /key/, { keys: [] }),
  );
  faults('keys and a refresh', [
    [
      'I48',
      'daypass keeps the new refresh token if the keys disappear after the rotation',
      {
        ...kept('provider-failed', /./, {}),
        arrange: (stage) => {
          const { provider } = stage;
          arranged(stage, {});
          provider.token = (form) => {
            provider.jwks = () => ({ status: 500 });
            return provider.tokens(form, { key: two });
          };
        },
      },
    ],
  ]);
  fault('I49', 'daypass keeps the session if the answer to a refresh takes 25 s', {
    ...kept('provider-unreachable', /not answer in time/, {}),
    arrange: (stage) => {
      const { provider } = stage;
      arranged(stage, {});
      provider.token = () => sleep(25_000, { status: 503 }, { ref: false });
    },
  });
}
