// The callback is not the expected one: cases I50, I51 and I56 of docs/threats.md.
import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { get, providersAnswer } from '../support/open-sign-in.ts';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';
import { type Call, type Case, type FaultStage, fault, faults, signIn } from './fault.ts';
import { judgedAlone } from './provider-answers.ts';
import { startSecondProvider } from './second-provider.ts';

suite('the callback misbehaves', { concurrency: 4 }, () => {
  callbacksAreRefused();
});

function callbacksAreRefused(): void {
  const changed = (change: (location: URL) => void) => {
    return ({ provider }: FaultStage) => {
      provider.authorize = (_parameters, honest) => {
        const location = new URL(honest.headers?.location ?? '');
        change(location);
        return { ...honest, headers: { location: location.href } };
      };
    };
  };
  const promised = ({ provider }: FaultStage) => {
    provider.metadata = { authorization_response_iss_parameter_supported: true };
  };
  const refused: Case = { error: 'bad-id-token', ends: true, tokenRequests: 0, inspect: judgedAlone };
  faults('a callback that ends the sign-in', [
    [
      'I50',
      'an error without the promised iss is a denial',
      {
        ...{ ...refused, error: 'denied', text: /access_denied/ },
        arrange: (stage) => {
          promised(stage);
          changed(({ searchParams }) => {
            searchParams.delete('code');
            searchParams.set('error', 'access_denied');
          })(stage);
        },
      },
    ],
    [
      'I56',
      "the provider rejects another provider's code",
      {
        ...refused,
        error: 'provider-failed',
        text: /invalid_grant/,
        tokenRequests: 1,
        arrange: changed(({ searchParams }) => searchParams.set('code', `code-${'x'.repeat(32)}`)),
      },
    ],
  ]);
  const strays: [id: string, what: string, change: (location: URL) => void, reason?: RegExp][] = [
    [
      'I50',
      'another iss',
      ({ searchParams }) => searchParams.set('iss', 'https://evil.example'),
      /its issuer \(iss\) is not that of the provider/i,
    ],
    [
      'I50',
      'an error and another iss',
      ({ searchParams }) => {
        searchParams.delete('code');
        searchParams.set('error', 'access_denied');
        searchParams.set('iss', 'https://evil.example');
      },
      /its issuer \(iss\) is not that of the provider/i,
    ],
    [
      'I50',
      'iss twice',
      ({ searchParams }) => {
        for (const issuer of ['https://evil.example', 'https://idp.example'])
          searchParams.append('iss', issuer);
      },
    ],
    ['I51', 'an id_token', ({ searchParams }) => searchParams.set('id_token', 'x')],
    ['I51', 'an access_token', ({ searchParams }) => searchParams.set('access_token', 'x')],
    ['I51', 'a response', ({ searchParams }) => searchParams.set('response', 'x')],
  ];
  faults(
    'a callback with unexpected parameters',
    strays.map(([id, what, change, reason = /parameters are not those of a sign-in/]) => [
      id,
      `a callback with ${what} does not end the sign-in`,
      {
        ...{ error: 'sign-in-open', ends: true, tokenRequests: 0 },
        arrange: changed(change),
        act: unanswered,
        inspect: (_stage, { seen }) => assert.match(seen?.pages ?? '', reason),
      },
    ]),
  );
  for (const [what, given, remark] of [
    ['another iss', 'https://evil.example', /names the issuer "https:\/\/evil\.example", not "http/],
    ['no iss although the metadata promises it', undefined, /does not name its issuer \(iss\)/],
  ] as const) {
    fault('I50', `the terminal says at once why daypass rejects ${what}, and the next answer works`, {
      arrange: promised,
      act: async (stage) => {
        const { provider } = stage;
        const running = stage.sandbox.runInTerminal(['--profile', 'developer']);
        const { host: authority, port, pathname: startPath } = new URL(await stage.launcher.nextLink());
        const target = { port: Number(port), authority, startPath, cookie: '', state: '' };
        const { headers } = await get(target, startPath);
        const person = { ...target, cookie: headers['set-cookie']?.split(';')[0] ?? '' };
        const answer = new URLSearchParams(await providersAnswer({ destination: headers.location ?? '' }));
        if (given) answer.set('iss', given);
        const stray = await get(person, '/callback', `?${answer}`);
        assert.equal(stray.status, 400);
        assert.doesNotMatch(stray.body, /evil/);
        await running.waitForTerminal(remark);
        answer.set('iss', provider.issuer);
        assert.equal((await get(person, '/callback', `?${answer}`)).status, 303);
        const { terminal, ...result } = await running.exit;
        return { ...result, seen: { terminal, page: stray.body } };
      },
    });
  }
  fault('I50', 'daypass accepts a callback with the promised iss', {
    arrange: (stage) => {
      promised(stage);
      changed(({ searchParams }) => searchParams.set('iss', stage.provider.issuer))(stage);
    },
  });
  fault('I56', 'daypass rejects the code of one profile at the port of another', { tabs: 2, act: crossed });
}

/** Makes a call that stops waiting for a sign-in, and ends that sign-in. */
async function unanswered(stage: FaultStage): Promise<Call> {
  const call = await signIn(stage, ['--timeout', '8']);
  await stage.daypass(['logout']);
  return call;
}

/** Signs in at two providers. An attacker first sends the callback of one to the other. */
async function crossed(stage: FaultStage): Promise<Call> {
  const { sandbox, launcher, provider } = stage;
  const other = await startSecondProvider(stage);
  const callbacks: URL[] = [];
  for (const each of [provider, other]) {
    each.authorize = (_parameters, honest) => {
      callbacks.push(new URL(honest.headers?.location ?? ''));
      return honest;
    };
  }
  try {
    const first = sandbox.start(['--profile', 'developer']);
    const link = await launcher.nextLink();
    const running = sandbox.start(['--profile', 'other']);
    const secondLink = await launcher.nextLink();
    // The code of the first sign-in goes to the port of the second, without a cookie.
    const page = await signInOverHttp(link);
    const [callback] = callbacks;
    assert.ok(callback);
    callback.port = new URL(secondLink).port;
    const stray = await fetch(callback, { redirect: 'manual' });
    assert.equal(stray.status, 403);
    assert.equal(other.counts.codeExchange, 0);
    const secondPage = await signInOverHttp(secondLink);
    const { code, stderr } = await running.exit;
    assert.equal(code, 0, stderr);
    return { ...(await first.exit), seen: { pages: page.body + secondPage.body + (await stray.text()) } };
  } finally {
    await other.stop();
  }
}
