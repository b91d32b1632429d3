// The device authorization endpoint misbehaves: case I54 of docs/threats.md.
import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { jsonError } from '../support/bad-answers.ts';
import { hostileEndpoints } from '../support/bad-metadata.ts';
import type { Answer, HostileProvider } from '../support/hostile-provider.ts';
import { type Call, type Case, type FaultStage, faults, type Stimulus } from './fault.ts';

suite('device codes misbehave', { concurrency: 4 }, () => {
  deviceCodesAreJudged();
});

function deviceCodesAreJudged(): void {
  const shown = /type in this code, .*: ABCD-EFGH$/m;
  /** Calls `login --device-code`, which prints the code on stdout before it succeeds or fails. */
  const act = async (stage: FaultStage): Promise<Call> => {
    const call = await stage.daypass(['login', '--force', '--device-code']);
    return call.code === 0 ? call : { ...call, stdout: '', seen: { stdout: call.stdout } };
  };
  /** Builds a stimulus whose polls get these answers. */
  const polled = (what: string, answers: Answer[], more: Case): Stimulus => [
    'I54',
    `daypass polls for a device code: ${what}`,
    {
      ...{ act, tabs: 0, tokenRequests: answers.length + 1, within: 60_000 },
      arrange({ provider }) {
        const left = [...answers];
        const { codeExchange } = provider.counts;
        provider.token = (form) => left.shift() ?? provider.tokens(form);
        polls.set(provider, codeExchange);
      },
      ...more,
    },
  ];
  const polls = new WeakMap<HostileProvider, number>();
  const all = (number: number) => (stage: FaultStage, call: Call) => {
    assert.equal(stage.provider.counts.codeExchange - (polls.get(stage.provider) ?? 0), number);
    assert.match(call.seen?.stdout ?? call.stdout, shown);
  };
  /** Builds a stimulus that fails before a code is shown or a token request is posted. */
  const refused = (what: string, text: RegExp, fields: Record<string, unknown>): Stimulus => [
    'I54',
    `daypass rejects a device authorization answer: ${what}`,
    {
      ...{ act, error: 'provider-failed', text, tabs: 0, tokenRequests: 0 },
      arrange({ provider }) {
        provider.device = (honest) => ({ body: { ...honest, ...fields } });
      },
      inspect: (_stage, { seen }) => assert.equal(seen?.stdout, ''),
    },
  ];
  const pending = jsonError('authorization_pending');
  const signedIn = /Signed in/;
  const cannotBeShown = /cannot be shown/;
  faults('device codes', [
    polled(
      'pending 20 times',
      Array.from({ length: 20 }, () => pending),
      {
        prints: signedIn,
        inspect: all(21),
      },
    ),
    polled('slow_down', [jsonError('slow_down')], { prints: signedIn, inspect: all(2) }),
    polled('expired', [pending, jsonError('expired_token')], {
      ...{ error: 'sign-in-timeout', text: /expired before it was typed in/, inspect: all(2) },
    }),
    polled('denied', [pending, jsonError('access_denied')], {
      ...{ error: 'denied', text: /access_denied/, inspect: all(2) },
    }),
    polled('an ID token of another client', [], {
      ...{ error: 'bad-id-token', text: /audience/ },
      arrange({ provider }) {
        polls.set(provider, provider.counts.codeExchange);
        provider.token = (form) => provider.tokens(form, { claims: { aud: 'another-client' } });
      },
      inspect: all(1),
    }),
    refused('an interval of a day', /expires in 600 s/, { interval: 86_400 }),
    refused('no device code', /./, { device_code: undefined }),
    refused('a code that moves the cursor', cannotBeShown, { user_code: '\u001b[2JABCD' }),
    refused('a code of two lines', cannotBeShown, { user_code: 'ABCD\nnow type your password' }),
    refused('a code of 4,000 characters', cannotBeShown, { user_code: 'A'.repeat(4000) }),
    ...hostileEndpoints.map(([, endpoint]) =>
      refused(`the address ${endpoint.slice(0, 60)}`, cannotBeShown, { verification_uri: endpoint }),
    ),
  ]);
}
