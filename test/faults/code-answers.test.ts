// The provider's answer to a code is wrong: cases I15 to I42 of docs/threats.md.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { suite } from 'node:test';
import { badAnswers, badNonces, badTokens, type Row } from '../support/bad-answers.ts';
import { type Case, fault, faults, type Stimulus, signIn } from './fault.ts';
import { arranged, judgedAlone, parts } from './provider-answers.ts';

suite('the answer to a code misbehaves', { concurrency: 4 }, () => {
  codeAnswersAreRefused();
});

/** Expects an error, no request to STS and no session. */
function codeAnswersAreRefused(): void {
  const refused = ([id, what, difference]: Row): Stimulus => [
    id,
    `daypass rejects an ID token after a code: ${what}`,
    {
      error: 'bad-id-token',
      ...(id === 'I15' ? { text: /signature|encoded/ } : {}),
      ends: true,
      arrange: (stage) => arranged(stage, difference),
      inspect: judgedAlone,
    },
  ];
  for (const part of parts(badTokens, 4))
    faults(`ID tokens after a code, ${part[0]?.[0]}`, part.map(refused));
  faults(
    'nonces',
    badNonces.map(([what, nonce]) =>
      refused(['I33', `nonce ${what} (oidcc-client-test-nonce-invalid)`, { claims: { nonce } }]),
    ),
  );
  fault('I33', 'daypass rejects the ID token of an earlier sign-in', {
    error: 'bad-id-token',
    // `login` prints this while the tab is open.
    prints: /sign/i,
    tabs: 2,
    tokenRequests: 2,
    arrange: async (stage) => {
      const { provider } = stage;
      let first = '';
      provider.token = (form) => {
        const answer = provider.tokens(form);
        first = (answer.body as { id_token: string }).id_token;
        return answer;
      };
      await signIn(stage);
      provider.token = (form) => provider.tokens(form, { idToken: () => first });
    },
    act: (stage) => signIn(stage, ['login', '--force']),
    inspect: ({ sts }) => assert.equal(sts.calls.length, 1),
  });
  faults(
    'max_age',
    [undefined, 1000].map((authTime) => [
      'I34',
      `daypass rejects auth_time ${authTime ?? 'missing'} if it requested max_age`,
      {
        error: 'bad-id-token',
        text: /sign in again/,
        ends: true,
        keys: { daypass_authorize_params: 'prompt=consent&max_age=300' },
        arrange: (stage) => arranged(stage, { claims: { auth_time: authTime } }),
        inspect: judgedAlone,
      },
    ]),
  );

  for (const part of parts(badAnswers, 2)) {
    faults(
      `answers to a code, ${part[0]?.[0]}`,
      part.map(([id, what, error, text, difference]) => [
        id,
        `daypass rejects an answer to a code: ${what}`,
        {
          ...{ error, text, ends: true },
          arrange: (stage) => arranged(stage, difference),
          inspect: judgedAlone,
        },
      ]),
    );
  }
  for (const status of [302, 307, 308]) otherHost(status, {});
}

function otherHost(status: number, given: Case): void {
  const asked: string[] = [];
  const other = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end();
  });
  fault('I40', `daypass does not follow a redirect ${status} of the token endpoint to another host`, {
    ...{ error: 'provider-failed', ends: true },
    ...given,
    arrange: async (stage) => {
      await once(other.listen(0, '127.0.0.1'), 'listening');
      const location = `http://127.0.0.1:${(other.address() as AddressInfo).port}/token`;
      arranged(stage, { answer: { status, headers: { location } } });
    },
    inspect: (stage) => {
      other.close();
      judgedAlone(stage);
      assert.deepEqual(asked, []);
    },
  });
}
