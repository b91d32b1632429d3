// The cases I01 to I56 of the security research (section 7.1): a provider that misbehaves, met by the built program. Stimuli named
// oidcc-… are modelled on the modules of the OpenID Foundation's conformance suite of that name (section 2.11).
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { suite } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ErrorCode } from '../../src/errors.ts';
import {
  badAnswers,
  badNonces,
  badTokens,
  type Deviation,
  deviate,
  elsewhere,
  good,
  jsonError,
  type Row,
  soon,
  stranger,
  two,
} from '../support/bad-answers.ts';
import { bombs, hostileEndpoints, noMetadata, otherIssuers, pkceMethods } from '../support/bad-metadata.ts';
import { type Answer, type HostileProvider, startHostileProvider } from '../support/hostile-provider.ts';
import { later } from '../support/other-clock.ts';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';
import {
  type Call,
  type Case,
  type FaultStage,
  fault,
  faults,
  notApplicable,
  type Stimulus,
  signIn,
} from './fault.ts';
import { inSmallProcesses } from './small-processes.ts';

/** How often STS was asked when the fault was arranged. */
const stsCalls = new WeakMap<FaultStage, number>();

// Two cores: further cases fill the moments in which others wait.
suite('the provider misbehaves', { concurrency: 4 }, () => {
  metadataIsRefused();
  codeAnswersAreRefused();
  refreshAnswersAreRefused();
  refreshFailsForNow();
  oddAnswersAreTaken();
  callbacksAreRefused();
  logoutGoesOn();
  deviceCodesAreJudged();
});

function metadataIsRefused(): void {
  /** No tab opens and nothing is posted. */
  const early = (
    error: ErrorCode,
    text: RegExp,
    arrange: NonNullable<Case['arrange']>,
    more: Case = {},
  ): Case => ({
    ...{ error, text, arrange, tabs: 0, tokenRequests: 0, ends: true },
    ...more,
  });
  const says = (metadata: (provider: HostileProvider) => Record<string, unknown>) => {
    return ({ provider }: FaultStage) => {
      provider.metadata = metadata(provider);
    };
  };

  faults(
    'another issuer',
    otherIssuers.map(([id, what, named]) => [
      id,
      `oidcc-client-test-discovery-issuer-mismatch: ${what}`,
      early(
        'issuer-mismatch',
        /calls itself/,
        says(({ issuer }) => ({ issuer: named(issuer) })),
      ),
    ]),
  );

  const issuers: [id: string, issuer: string, text: RegExp][] = [
    ['I03', 'https://idp.example/.well-known/openid-configuration', /\.well-known/],
    ['I04', 'http://idp.example', /https:\/\//],
    ['I04', 'http://127.0.0.1.idp.example', /https:\/\//],
    ...['common', 'organizations', 'consumers'].map((tenant): [string, string, RegExp] => [
      'I05',
      `https://login.microsoftonline.com/${tenant}/v2.0`,
      /tenant/,
    ]),
  ];
  faults(
    'an issuer that cannot be one',
    issuers.map(([id, issuer, text]) => [
      id,
      issuer,
      early(
        'bad-configuration',
        text,
        ({ sandbox, config, provider }) => {
          sandbox.writeConfig(config({ daypass_issuer: issuer }));
          provider.requests.length = 0;
        },
        { inspect: ({ provider }) => assert.deepEqual(provider.requests, []), within: 2000 },
      ),
    ]),
  );

  const rest = '"authorization_endpoint":"https://evil.example"';
  const texts: [id: string, what: string, code: ErrorCode, text: RegExp, body: (issuer: string) => string][] =
    [
      [
        'I07',
        'two issuers',
        'issuer-mismatch',
        /evil/,
        (issuer) => `{"issuer":"${issuer}","issuer":"https://evil.example"}`,
      ],
      [
        'I07',
        '__proto__',
        'bad-discovery',
        /not that of/,
        (issuer) => `{"__proto__":{"issuer":"${issuer}",${rest}}}`,
      ],
    ];
  faults('no metadata', [
    ...noMetadata.map(
      ([id, what, code, text, from]): Stimulus => [
        id,
        what,
        early(code as ErrorCode, text, ({ provider }) => {
          provider.discovery = (request, response) => void from(request, response);
        }),
      ],
    ),
    ...texts.map(
      ([id, what, code, text, body]): Stimulus => [
        id,
        what,
        early(code, text, ({ provider }) => {
          provider.discovery = () => ({ body: body(provider.issuer) });
        }),
      ],
    ),
    ...[302, 307].map(
      (status): Stimulus => [
        'I06',
        `a redirect ${status}`,
        early(
          'provider-failed',
          new RegExp(`answered ${status}`),
          ({ provider }) => {
            provider.discovery = () => elsewhere(status);
          },
          { inspect: notFollowed },
        ),
      ],
    ),
  ]);

  for (const [what, reason, , from] of bombs) {
    fault('I08', what, {
      // 10 s, and time for two processes to start on a busy machine.
      ...early('provider-unreachable', reason, ({ provider }) => {
        provider.discovery = (request, response) => void from(request, response);
      }),
      within: 20_000,
      act: (stage) => inSmallProcesses(stage, signIn),
    });
  }

  faults(
    'a hostile authorization endpoint',
    hostileEndpoints.map(([id, endpoint]) => [
      id,
      endpoint,
      early(
        'bad-discovery',
        /authorization_endpoint/,
        says(() => ({ authorization_endpoint: endpoint })),
      ),
    ]),
  );
  faults('other hostile endpoints', [
    ...['token_endpoint', 'jwks_uri', 'revocation_endpoint'].map(
      (name): Stimulus => [
        'I13',
        `${name} by http`,
        early(
          'bad-discovery',
          new RegExp(name),
          says(() => ({ [name]: 'http://idp.example/' })),
        ),
      ],
    ),
    ...pkceMethods
      .filter(([, accepted]) => !accepted)
      .map(
        ([methods]): Stimulus => [
          'I14',
          `PKCE methods ${JSON.stringify(methods)}`,
          early(
            'bad-discovery',
            /PKCE with S256/,
            says(() => ({ code_challenge_methods_supported: methods })),
          ),
        ],
      ),
  ]);

  fault('I14', 'PKCE not advertised: used all the same, and the log says so', {
    arrange: says(() => ({ code_challenge_methods_supported: undefined })),
    inspect: ({ sandbox, provider }) => {
      const [request = ''] = provider.requests.filter((path) => path.startsWith('/authorize'));
      assert.match(request, /code_challenge_method=S256/);
      assert.match(`${sandbox.files()['daypass.log']}`, /pkce/i);
    },
  });
  // RFC 3986 has no place for these: a URL parser encodes them, and so they must arrive.
  fault('I10', 'an endpoint with a quote, a line break and U+2019', {
    arrange: says(({ issuer }) => ({ authorization_endpoint: `${issuer}/authorize?a="\n\u2019` })),
    inspect: ({ launcher, provider }) => {
      for (const { argv } of launcher.launches)
        assert.match(argv.at(-1) ?? '', /^http:\/\/127\.0\.0\.1:\d+\/[\w/-]+$/);
      const [request = ''] = provider.requests.filter((path) => path.startsWith('/authorize'));
      assert.match(request, /a=%22%E2%80%99&/);
    },
  });
}

/** The answer to a code is wrong: 69, STS is not asked, nothing is kept. */
function codeAnswersAreRefused(): void {
  const refused = ([id, what, difference]: Row): Stimulus => [
    id,
    what,
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
      refused(['I33', `oidcc-client-test-nonce-invalid: ${what}`, { claims: { nonce } }]),
    ),
  );
  fault('I33', 'an ID token of the sign-in before', {
    error: 'bad-id-token',
    // What `login` says while the tab is open.
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
      `auth_time ${authTime ?? 'missing'} though max_age was asked for`,
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
        what,
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

/** The answer to a refresh is whole and wrong: the next call needs a person, whatever is left of the token. */
function refreshAnswersAreRefused(): void {
  const condemned = ([id, what, difference]: Row): Stimulus => [
    id,
    `${what}, at a refresh`,
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
    // Design, section 5: without an ID token there is nothing for STS, so only a browser helps.
    ['I45', 'no ID token', { fields: { id_token: undefined } }],
  ];
  for (const part of parts([...firstOfEach, ...others], 5)) {
    faults(`ID tokens after a refresh, ${part[0]?.[0]}`, part.map(condemned));
  }
  fault('I44', 'another auth_time', {
    ...(condemned(['', '', {}])[2] as Case),
    // The sign-in that has one, and the refresh.
    tabs: 1,
    tokenRequests: 2,
    arrange: async (stage) => {
      deviate(stage.provider, { claims: { auth_time: 1000 } });
      await signIn(stage, ['login', '--force']);
      arranged(stage, { claims: { auth_time: 2000 } });
    },
  });
  fault('I46', 'invalid_grant while the credentials are still good for 90 s', {
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

/** A refresh that fails without a word about the session: everything is kept, and the next one works. */
function refreshFailsForNow(): void {
  const kept = (error: ErrorCode, text: RegExp, difference: Deviation): Case => ({
    ...{ session: true, error, text },
    arrange: (stage) => arranged(stage, difference),
    // Section 5.2: an answer that was lost leaves open whether the token was spent, so it is posted once more.
    tokenRequests: difference.keys ? 0 : error === 'provider-unreachable' ? 2 : 1,
    inspect: judgedAlone,
  });
  const answers = badAnswers.filter(([id]) => id !== 'I35');
  for (const part of parts(answers, 3)) {
    faults(
      `answers to a refresh, ${part[0]?.[0]}`,
      part.map(([id, what, error, text, difference]) => [
        id,
        `${what}, at a refresh`,
        kept(error, text, difference),
      ]),
    );
  }
  faults(
    'redirects of a refresh',
    [302, 307, 308].map((status) => [
      'I40',
      `redirect ${status} at a refresh`,
      { ...kept('provider-failed', /./, { answer: elsewhere(status) }), inspect: notFollowed },
    ]),
  );
  fault(
    'I19',
    'an empty key set before a refresh: nothing is spent',
    kept('provider-failed', /key/, { keys: [] }),
  );
  faults('keys and a refresh', [
    [
      'I48',
      'the keys are gone after the rotation',
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
  fault('I49', 'a refresh that is answered 25 s late, and in vain', {
    // Section 3 of the design gives 69 to a provider that cannot be reached.
    ...kept('provider-unreachable', /not answer in time/, {}),
    arrange: (stage) => {
      const { provider } = stage;
      arranged(stage, {});
      provider.token = () => sleep(25_000, { status: 503 }, { ref: false });
    },
  });
}

function oddAnswersAreTaken(): void {
  const rows = good.filter(([id, what]) => id || what.startsWith('oidcc-') || what.startsWith('ES256'));
  for (const [id, what, difference] of rows) {
    // Within our tolerance; STS has none.
    const late = what.startsWith('expired 20 s');
    fault(id || '2.11', what, {
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
  fault('2.11', 'oidcc-client-test-discovery-openid-config, oidcc-client-test-discovery-jwks-uri-keys', {
    inspect: ({ provider }) => {
      for (const path of ['/.well-known/openid-configuration', '/jwks'])
        assert.ok(provider.requests.includes(path), path);
    },
  });
  fault('2.11', 'oidcc-client-test-refresh-token', { session: true });
  const rotates: Case['arrange'] = ({ provider }) => {
    provider.token = (form) => {
      provider.jwks = () => ({ body: { keys: [two.jwk] } });
      provider.requests.length = 0;
      return provider.tokens(form, { key: two });
    };
  };
  const onceMore: Case['inspect'] = ({ provider }) => {
    // Once by us, once by STS.
    assert.equal(provider.requests.filter((path) => path === '/jwks').length, 2);
  };
  fault('I22', 'oidcc-client-test-signing-key-rotation-just-before-signing', { arrange: rotates });
  fault('I22', 'oidcc-client-test-signing-key-rotation-just-before-signing, at a refresh', {
    session: true,
    arrange: rotates,
    inspect: onceMore,
  });
  fault('I22', 'oidcc-client-test-signing-key-rotation: between two sign-ins within a minute', {
    tabs: 2,
    tokenRequests: 2,
    arrange: async (stage) => {
      await signIn(stage);
      await stage.daypass(['logout']);
      deviate(stage.provider, { key: two, keys: [two] });
    },
  });
}

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
      'another iss',
      {
        ...refused,
        text: /iss/,
        arrange: changed(({ searchParams }) => searchParams.set('iss', 'https://evil.example')),
      },
    ],
    ['I50', 'no iss though it is promised', { ...refused, text: /iss/, arrange: promised }],
    [
      'I56',
      "another provider's code",
      {
        ...refused,
        error: 'provider-failed',
        text: /invalid_grant/,
        tokenRequests: 1,
        arrange: changed(({ searchParams }) => searchParams.set('code', `code-${'x'.repeat(32)}`)),
      },
    ],
  ]);
  const strays: [id: string, what: string, change: (location: URL) => void][] = [
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
    'a callback that is none',
    strays.map(([id, what, change]) => [
      id,
      what,
      {
        ...{ error: 'sign-in-open', ends: true, tokenRequests: 0 },
        arrange: changed(change),
        act: unanswered,
        inspect: (_stage, { seen }) =>
          assert.match(seen?.pages ?? '', /parameters are not those of a sign-in/),
      },
    ]),
  );
  fault('I50', 'iss as promised', {
    arrange: (stage) => {
      promised(stage);
      changed(({ searchParams }) => searchParams.set('iss', stage.provider.issuer))(stage);
    },
  });
  fault('I56', 'the code of one profile at the port of another', { tabs: 2, act: crossed });
}

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
      'revocation of a token that the provider does not know: 200',
      {
        ...{ session: true, ends: true, prints: gone, tokenRequests: 0 },
        act: (stage) => stage.daypass(['logout']),
        inspect: ({ provider }) => assert.equal(provider.counts.revocation, 1),
      },
    ],
    [
      'I52',
      'revocation 400',
      unconfirmed(
        /unsupported_token_type/,
        answers(() => jsonError('unsupported_token_type')),
      ),
    ],
    [
      'I52',
      'revocation 401',
      unconfirmed(
        /not revoked/,
        answers(() => ({ status: 401 })),
      ),
    ],
    [
      'I52',
      'revocation 503',
      unconfirmed(
        /not revoked/,
        answers(() => ({ status: 503, headers: { 'retry-after': '60' } })),
      ),
    ],
    [
      'I52',
      'revocation without an answer',
      unconfirmed(
        /not answer in time/,
        answers(() => new Promise(() => {})),
      ),
    ],
    [
      'I52',
      'no revocation endpoint',
      unconfirmed(/no revocation endpoint/, ({ provider }) => {
        provider.metadata = { revocation_endpoint: undefined };
      }),
    ],
    ...hostileEndpoints.map(([, endpoint]): [string, string, Case] => [
      'I53',
      `the sign-out page ${endpoint.slice(0, 60)}`,
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

function deviceCodesAreJudged(): void {
  const shown = /type in this code, .*: ABCD-EFGH$/m;
  /** Which tells the code on stdout, whatever comes of it. */
  const act = async (stage: FaultStage): Promise<Call> => {
    const call = await stage.daypass(['login', '--force', '--device-code']);
    return call.code === 0 ? call : { ...call, stdout: '', seen: { stdout: call.stdout } };
  };
  /** What comes of polling, after these answers. */
  const polled = (what: string, answers: Answer[], more: Case): Stimulus => [
    'I54',
    what,
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
  /** Before a code is shown; nothing is posted. */
  const refused = (what: string, text: RegExp, fields: Record<string, unknown>): Stimulus => [
    'I54',
    what,
    {
      ...{ act, error: 'provider-failed', text, tabs: 0, tokenRequests: 0 },
      arrange({ provider }) {
        provider.device = (honest) => ({ body: { ...honest, ...fields } });
      },
      inspect: (_stage, { seen }) => assert.equal(seen?.stdout, ''),
    },
  ];
  const pending = jsonError('authorization_pending');
  const signedIn = /signed in/;
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
      ...{ error: 'sign-in-timeout', text: /before it expired/, inspect: all(2) },
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
    refused('asked about once a day', /expires in 600 s/, { interval: 86_400 }),
    refused('an interval of nothing', /./, { interval: 0 }),
    refused('an interval before now', /./, { interval: -5 }),
    refused('an interval in words', /./, { interval: '5' }),
    refused('a lifetime in words', /./, { expires_in: 'soon' }),
    refused('no device code', /./, { device_code: undefined }),
    refused('a code that moves the cursor', cannotBeShown, { user_code: '\u001b[2JABCD' }),
    refused('a code of two lines', cannotBeShown, { user_code: 'ABCD\nnow type your password' }),
    refused('a code that is a page', cannotBeShown, { user_code: 'A'.repeat(4000) }),
    ...hostileEndpoints.map(([, endpoint]) =>
      refused(`the address ${endpoint.slice(0, 60)}`, cannotBeShown, { verification_uri: endpoint }),
    ),
  ]);
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
  [
    'a desktop program is a public client (design.md, section 8)',
    ['client-secret-basic', 'mtls-endpoint-aliases'],
  ],
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

function arranged(stage: FaultStage, difference: Deviation): void {
  deviate(stage.provider, difference);
  stage.provider.requests.length = 0;
  stsCalls.set(stage, stage.sts.calls.length);
}

/** STS was not asked, the keys at most twice, and no address that an answer named was visited; a refresh token that came along is revoked. */
function judgedAlone(stage: FaultStage): void {
  const { requests } = stage.provider;
  assert.equal(stage.sts.calls.length, stsCalls.get(stage) ?? 0, 'STS is not asked');
  assert.ok(
    requests.filter((path) => path === '/jwks').length <= 2,
    'the keys are asked for once more at most',
  );
  const known = /^\/(\.well-known\/openid-configuration|jwks|token|revocation|authorize\?.*)$/;
  assert.deepEqual(
    requests.filter((path) => !known.test(path)),
    [],
  );
}

function notFollowed({ provider }: FaultStage): void {
  assert.ok(!provider.requests.includes('/elsewhere'));
}

function otherHost(status: number, given: Case): void {
  const asked: string[] = [];
  const other = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end();
  });
  fault('I40', `redirect ${status} to another host`, {
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

/** A call that gives up on a sign-in which nothing has ended, and the end of that sign-in. */
async function unanswered(stage: FaultStage): Promise<Call> {
  const call = await signIn(stage, ['--timeout', '8']);
  await stage.daypass(['logout']);
  return call;
}

/** Two sign-ins at two providers, whose callbacks a third party crosses before both end well. */
async function crossed(stage: FaultStage): Promise<Call> {
  const { sandbox, launcher, provider, config, trust } = stage;
  const other = await startHostileProvider();
  const [mine] = trust;
  assert.ok(mine);
  trust.push({ ...mine, issuer: other.issuer, jwksUri: other.jwksUri, audience: other.clientId });
  const second = config({ daypass_issuer: other.issuer, daypass_client_id: other.clientId });
  sandbox.writeConfig(`${config()}${second.replace('developer', 'second')}`);
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
    const running = sandbox.start(['--profile', 'second']);
    const secondLink = await launcher.nextLink();
    // The code of the first, at the port of the second, whose browser knows nothing of it.
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

/** A list in so many parts, so that they can be met side by side. */
function parts<Item>(list: readonly Item[], count: number): Item[][] {
  const size = Math.ceil(list.length / count);
  return Array.from({ length: count }, (_, part) => list.slice(part * size, (part + 1) * size));
}
