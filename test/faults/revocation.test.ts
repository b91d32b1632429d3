// The revocation endpoint and the sign-out page misbehave: cases I52 and I53 of docs/threats.md.
import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { jsonError } from '../support/bad-answers.ts';
import { hostileEndpoints } from '../support/bad-metadata.ts';
import type { Answer } from '../support/hostile-provider.ts';
import { type Case, type FaultStage, faults } from './fault.ts';

suite('the provider misbehaves at a logout', { concurrency: 4 }, () => {
  logoutGoesOn();
});

function logoutGoesOn(): void {
  const gone = /its session is deleted from this machine\nAWS credentials .* stay valid until they expire/;
  const unconfirmed = (text: RegExp, arrange: NonNullable<Case['arrange']>): Case => ({
    ...{
      session: true,
      ends: true,
      error: 'revocation-unconfirmed',
      text,
      prints: gone,
      tokenRequests: 0,
      arrange,
    },
    act: (stage) => stage.daypass(['logout']),
  });
  const answers = (answer: () => Answer | Promise<Answer>) => {
    return ({ provider }: FaultStage) => {
      provider.revocation = answer;
    };
  };
  faults('logout', [
    [
      'I52',
      'logout succeeds if revocation is answered with 200, as for an unknown token',
      {
        ...{ session: true, ends: true, prints: gone, tokenRequests: 0 },
        act: (stage) => stage.daypass(['logout']),
        inspect: ({ provider }) => assert.equal(provider.counts.revocation, 1),
      },
    ],
    [
      'I52',
      'logout reports a revocation that is answered with 400',
      unconfirmed(
        /unsupported_token_type/,
        answers(() => jsonError('unsupported_token_type')),
      ),
    ],
    [
      'I52',
      'logout reports a revocation that is answered with 401',
      unconfirmed(
        /not revoked/,
        answers(() => ({ status: 401 })),
      ),
    ],
    [
      'I52',
      'logout reports a revocation that is answered with 503',
      unconfirmed(
        /not revoked/,
        answers(() => ({ status: 503, headers: { 'retry-after': '60' } })),
      ),
    ],
    [
      'I52',
      'logout reports a revocation without an answer',
      unconfirmed(
        /not answer in time/,
        answers(() => new Promise(() => {})),
      ),
    ],
    ...hostileEndpoints.map(([, endpoint]): [string, string, Case] => [
      'I53',
      `logout does not open the sign-out page ${endpoint.slice(0, 60)}`,
      {
        ...{ session: true, ends: true, prints: /^\S+ has no sign-out page$/m, tokenRequests: 0, tabs: 0 },
        arrange({ provider }) {
          provider.metadata = { end_session_endpoint: endpoint };
        },
        act: (stage) => stage.daypass(['logout', '--idp']),
      },
    ]),
  ]);
}
