// The provider's answer to a refresh is wrong: cases I15 to I49 of docs/threats.md.
import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ErrorCode } from '../../src/errors.ts';
import {
  badAnswers,
  badTokens,
  type Deviation,
  deviate,
  elsewhere,
  jsonError,
  type Row,
  soon,
  stranger,
  two,
} from '../support/bad-answers.ts';
import { later } from '../support/other-clock.ts';
import { type Case, fault, faults, type Stimulus, signIn } from './fault.ts';
import { arranged, judgedAlone, notFollowed, parts } from './provider-answers.ts';

suite('the answer to a refresh misbehaves', { concurrency: 4 }, () => {
  refreshAnswersAreRefused();
  refreshFailsForNow();
});

/** Expects that a complete, wrong answer ends the session: the next call needs a person. */
function refreshAnswersAreRefused(): void {
  const condemned = ([id, what, difference]: Row): Stimulus => [
    id,
    `daypass rejects an answer to a refresh: ${what}`,
    {
      session: true,
      ends: true,
      error: 'sign-in-needed',
      arrange: (stage) => arranged(stage, difference),
      inspect: judgedAlone,
    },
  ];
  const firstOfEach = badTokens.filter(
    ([id], index) => badTokens.findIndex(([other]) => other === id) === index,
  );
  const others: Row[] = [
    ['I43', 'oidcc-client-test-refresh-token-invalid-sub', { claims: { sub: 'eve' } }],
    ['I44', 'oidcc-client-test-refresh-token-invalid-issuer', { claims: { iss: 'https://evil.example' } }],
    ['I44', 'another audience', { claims: { aud: 'other' } }],
    ['I44', "another client's azp", { claims: { azp: 'other' } }],
    ['I44', 'another nonce', { claims: { nonce: 'x'.repeat(43) } }],
    ['I44', 'bad signature', { key: stranger }],
    ['I44', 'older than the one before', { claims: () => ({ iat: soon(-120) }) }],
    ['I46', 'invalid_grant', { answer: jsonError('invalid_grant') }],
    // STS needs an ID token, so only a new sign-in helps.
    ['I45', 'no ID token', { fields: { id_token: undefined } }],
  ];
  for (const part of parts([...firstOfEach, ...others], 5)) {
    faults(`ID tokens after a refresh, ${part[0]?.[0]}`, part.map(condemned));
  }
  fault('I44', 'daypass rejects another auth_time at a refresh', {
    ...(condemned(['', '', {}])[2] as Case),
    // A tab and a request for the sign-in with auth_time, and a request for the refresh.
    tabs: 1,
    tokenRequests: 2,
    arrange: async (stage) => {
      deviate(stage.provider, { claims: { auth_time: 1000 } });
      await signIn(stage, ['login', '--force']);
      arranged(stage, { claims: { auth_time: 2000 } });
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
