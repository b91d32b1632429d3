// Providers that answer otherwise than the specifications say: cases O01 to O12 of docs/threats.md.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'node:test';
import { answerFields } from '../../src/oidc/answer-fields.ts';
import { jsonError } from '../support/bad-answers.ts';
import type { Answer, HostileProvider } from '../support/hostile-provider.ts';
import { later } from '../support/other-clock.ts';
import { type Case, type FaultStage, faults, refresh, type Stimulus, signIn } from './fault.ts';

const misfits: [what: string, value: unknown][] = [
  ['null', null],
  ['empty', ''],
  ['numbers', 7],
  ['objects', {}],
];

function optionalFieldsMayBeWrong(): void {
  const needed = ['issuer', 'authorization_endpoint', 'token_endpoint', 'jwks_uri'];
  const optional = Object.keys(answerFields.metadata).filter((name) => !needed.includes(name));
  const all = (names: readonly string[], value: unknown) =>
    Object.fromEntries(names.map((name) => [name, value]));
  const hostile = 'http://idp.example/';
  const unsafe = ['revocation_endpoint', 'device_authorization_endpoint', 'end_session_endpoint'];
  faults('metadata', [
    ...misfits.map(
      ([what, value]): Stimulus => [
        'O01',
        `daypass signs in although all optional metadata is ${what}`,
        {
          act: (stage) => forced(stage),
          prints: /^✓ Signed in/m,
          arrange: ({ provider }) => {
            provider.metadata = all(optional, value);
          },
        },
      ],
    ),
    [
      'O02',
      'daypass signs in and ignores optional endpoints that are not safe',
      {
        act: (stage) => forced(stage),
        prints: /^✓ Signed in/m,
        arrange: ({ provider }) => {
          provider.metadata = all(unsafe, hostile);
        },
      },
    ],
  ]);
  const key = ({ key }: HostileProvider) => key.jwk as Record<string, unknown>;
  const keySets: [what: string, answer: (provider: HostileProvider) => Answer][] = [
    [
      'text/plain',
      (provider) => ({ body: { keys: [key(provider)] }, headers: { 'content-type': 'text/plain' } }),
    ],
    ['members that are no keys', (provider) => ({ body: { keys: [null, 7, [], {}, key(provider)] } })],
    [
      'optional fields that are null',
      (provider) => ({
        body: { keys: [{ ...key(provider), alg: null, use: null, key_ops: null, crv: null }] },
      }),
    ],
    [
      'optional fields that are empty',
      (provider) => ({ body: { keys: [{ ...key(provider), alg: '', use: '', key_ops: [] }] } }),
    ],
  ];
  faults(
    'key sets',
    keySets.map(([what, answer]) => [
      'O03',
      `daypass signs in with a key set: ${what}`,
      {
        act: (stage) => forced(stage),
        prints: /^✓ Signed in/m,
        arrange: ({ provider }) => {
          provider.jwks = () => answer(provider);
        },
      },
    ]),
  );
  const unneeded = ['access_token', 'token_type', 'expires_in', 'scope', 'refresh_token'];
  const answers: [what: string, fields: Record<string, unknown>, type?: string][] = [
    ...misfits.map(([what, value]): [string, Record<string, unknown>] => [
      `all but the ID token ${what}`,
      all(unneeded, value),
    ]),
    ['text/html', {}, 'text/html'],
    ['no media type', {}, ''],
  ];
  for (const session of [false, true]) {
    faults(
      `token answers ${session ? 'to a refresh' : 'to a code'}`,
      answers.map(([what, fields, type]) => [
        'O04',
        `daypass takes a token answer ${session ? 'to a refresh' : 'to a code'}: ${what}`,
        {
          session,
          ...(session ? {} : { act: (stage: FaultStage) => forced(stage), prints: /^✓ Signed in/m }),
          arrange: ({ provider }) => {
            provider.token = (form) => ({
              ...provider.tokens(form, {
                fields: session ? { ...fields, refresh_token: fields.refresh_token } : fields,
              }),
              ...(type === undefined ? {} : { headers: { 'content-type': type } }),
            });
          },
        },
      ]),
    );
  }
}

function forced(stage: FaultStage) {
  return signIn(stage, ['login', '--force']);
}

function deviceAnswersMayBeWrong(): void {
  const act = (stage: FaultStage) => stage.daypass(['login', '--force', '--device-code']);
  const shown = /type in this code, .*: ABCD-EFGH\n(.*\n)*✓ Signed in/;
  const answers: [
    what: string,
    change: (honest: Record<string, unknown>) => Record<string, unknown>,
    type?: string,
  ][] = [
    [
      // https://developers.google.com/identity/gsi/web/guides/devices
      "Google's verification_url",
      ({ verification_uri, ...honest }) => ({ ...honest, verification_url: verification_uri }),
    ],
    ['interval and lifetime as text', (honest) => ({ ...honest, interval: '1', expires_in: '600' })],
    ['interval and lifetime null', (honest) => ({ ...honest, interval: null, expires_in: null })],
    ['a lifetime in words', (honest) => ({ ...honest, expires_in: 'soon', verification_uri_complete: {} })],
    ['a negative interval', (honest) => ({ ...honest, interval: -5 })],
    ['text/html', (honest) => honest, 'text/html'],
  ];
  faults(
    'device answers',
    answers.map(([what, change, type]) => [
      'O05',
      `daypass shows the device code of an answer: ${what}`,
      {
        ...{ act, prints: shown, tabs: 0, tokenRequests: 2 },
        arrange: ({ provider }) => {
          let polled = false;
          provider.device = (honest) => ({
            body: change(honest),
            ...(type ? { headers: { 'content-type': type } } : {}),
          });
          // Google answers 428 while the person has not typed the code in.
          provider.token = (form) => {
            if (polled) return provider.tokens(form);
            polled = true;
            return jsonError('authorization_pending', {}, 428);
          };
        },
      },
    ]),
  );
}

type Reader = (form: URLSearchParams, authorization: string | undefined) => string[];

/** How providers read the secret of a client: each returns id and secret, or nothing. */
const readers: Record<string, Reader> = {
  literally: (_form, authorization) => pair(authorization),
  'as RFC 6749 says': (_form, authorization) =>
    pair(authorization).map((part) => new URLSearchParams(`x=${part.replaceAll('&', '%26')}`).get('x') ?? ''),
  'in the body': (form, authorization) =>
    authorization ? [] : [form.get('client_id') ?? '', form.get('client_secret') ?? ''],
};

function pair(authorization = ''): string[] {
  const [, encoded = ''] = /^Basic (.+)$/.exec(authorization) ?? [];
  const text = Buffer.from(encoded, 'base64').toString();
  const colon = text.indexOf(':');
  return [text.slice(0, colon), text.slice(colon + 1)];
}

function clientsProveThemselves(): void {
  const secrets = ['plain-secret_1.~x', 'p%C3%A4ss+w:rd%/=&'];
  const listed: Record<string, string[] | undefined> = {
    literally: ['client_secret_basic'],
    'as RFC 6749 says': undefined,
    'in the body': ['client_secret_post'],
  };
  const refused: Answer = {
    ...jsonError('invalid_client', {}, 401),
    headers: { 'www-authenticate': 'Basic realm="x"' },
  };
  const cases = Object.entries(readers).flatMap(([how, read]) =>
    secrets.flatMap((secret) =>
      [listed[how], ['client_secret_basic', 'client_secret_post']].map((methods) => ({
        how,
        read,
        secret,
        methods,
      })),
    ),
  );
  for (const part of [cases.slice(0, 6), cases.slice(6)]) {
    faults(
      `client secrets, read ${part[0]?.how}`,
      part.map(({ how, read, secret, methods }) => [
        'O06',
        `daypass signs in at a provider that reads ${JSON.stringify(secret)} ${how} (${methods ?? 'no list'})`,
        {
          act: (stage) => forced(stage),
          prints: /^✓ Signed in/m,
          // A refused client spends no code.
          tokenRequests: 3,
          arrange: ({ provider, sandbox, config }) => {
            sandbox.writeConfig(config({ daypass_client_secret: secret }));
            provider.metadata = { token_endpoint_auth_methods_supported: methods };
            provider.token = (form, authorization) => {
              const [id, said] = read(form, authorization);
              return id === provider.clientId && said === secret ? provider.tokens(form) : refused;
            };
          },
        },
      ]),
    );
  }
  const without: [what: string, answer: Answer][] = [
    ['invalid_client', jsonError('invalid_client', {}, 401)],
    ['invalid_client with 400', jsonError('invalid_client')],
    [
      'unauthorized_client of Keycloak',
      jsonError('unauthorized_client', { error_description: 'Invalid client' }, 401),
    ],
    [
      'invalid_request of Google',
      jsonError('invalid_request', { error_description: 'client_secret is missing.' }),
    ],
    ['401 without a body', { status: 401, body: '', headers: { 'www-authenticate': 'Basic realm="x"' } }],
    ['401 with a page', { status: 401, body: '<html>', headers: { 'content-type': 'text/html' } }],
    [
      "invalid_client in Okta's words",
      { status: 401, body: { errorCode: 'invalid_client', errorSummary: 'no' } },
    ],
  ];
  faults(
    'a confidential client without its secret',
    without.map(([what, answer]) => [
      'O07',
      `the hint names DAYPASS_CLIENT_SECRET after ${what}`,
      {
        ...{ error: 'provider-failed', text: /^hint: .*DAYPASS_CLIENT_SECRET/m, ends: true },
        arrange: ({ provider }) => {
          provider.token = () => answer;
        },
      },
    ]),
  );
}

const dexPaths = ({ issuer }: HostileProvider) => ({
  device_authorization_endpoint: `${issuer}/device/code`,
});

function deadTokensAreNotPostedAgain(): void {
  const dex = 'clientID x refresh token (ID y) is invalid or has already been claimed by another client.';
  const dead: [what: string, answer: Answer, metadata?: typeof dexPaths][] = [
    ['invalid_grant with 400', jsonError('invalid_grant')],
    ['invalid_grant with 401', jsonError('invalid_grant', {}, 401)],
    [
      'invalid_grant with a challenge and as text/html',
      {
        ...jsonError('invalid_grant', {}, 401),
        headers: { 'www-authenticate': 'Bearer', 'content-type': 'text/html' },
      },
    ],
    [
      "Auth0's 403",
      jsonError('invalid_grant', { error_description: 'Unknown or invalid refresh token.' }, 403),
    ],
    ["Dex's invalid_request", jsonError('invalid_request', { error_description: dex })],
    [
      "Dex's invalid_request for an expired token",
      jsonError('invalid_request', { error_description: 'Refresh token expired.' }),
    ],
    ["Dex's invalid_request without words", jsonError('invalid_request'), dexPaths],
    ["Hydra's token_inactive", jsonError('token_inactive', {}, 401)],
    ["Entra's interaction_required", jsonError('interaction_required')],
  ];
  faults(
    'dead refresh tokens',
    dead.map(([what, answer, metadata]) => [
      'O08',
      `daypass does not post a refresh token again after ${what}`,
      {
        ...{ session: true, ends: true, error: 'sign-in-needed', text: /daypass login/ },
        arrange: ({ provider }) => {
          provider.metadata = metadata?.(provider) ?? {};
          provider.token = () => answer;
        },
        inspect: async (stage) => {
          const { refresh: posted } = stage.provider.counts;
          forgetOutcomes(stage);
          assert.equal((await refresh(stage)).code, 2);
          assert.equal(stage.provider.counts.refresh, posted, 'not posted again');
          const { stdout } = await stage.daypass(['status', '--json'], later(`+${stage.hour}h`));
          assert.equal(JSON.parse(stdout).refreshable, false, 'status promises no renewal');
          assert.doesNotMatch(
            (await stage.daypass(['status'], later(`+${stage.hour}h`))).stdout,
            /automatic/,
          );
        },
      },
    ]),
  );
}

function forgetOutcomes({ sandbox }: FaultStage): void {
  for (const path of Object.keys(sandbox.files()))
    if (path.endsWith('/outcome.json')) rmSync(join(sandbox.home, path));
}

function otherRefusalsKeepEverything(): void {
  const words = (text: RegExp, promises: boolean, answer: Answer): Case => ({
    ...{ session: true, error: 'provider-failed', text },
    arrange: ({ provider }) => {
      provider.token = () => answer;
    },
    inspect: async (stage, { stderr }) => {
      assert.doesNotMatch(`${stderr}`, /OAUTH_|ERR_/, 'no code word of a library');
      const { stdout } = await stage.daypass(['status', '--json'], later(`+${stage.hour}h`));
      assert.equal(JSON.parse(stdout).refreshable, promises);
    },
  });
  const html = { 'content-type': 'text/html' };
  const kept: [what: string, text: RegExp, promises: boolean, answer: Answer][] = [
    ['500 with invalid_grant', /answered 500 \(invalid_grant\)/, true, jsonError('invalid_grant', {}, 500)],
    ['503 with invalid_grant', /answered 503/, true, jsonError('invalid_grant', {}, 503)],
    ['503 with Retry-After', /answered 503/, true, { status: 503, headers: { 'retry-after': '9' } }],
    ['429 with invalid_grant', /invalid_grant/, true, jsonError('invalid_grant', {}, 429)],
    ['invalid_client', /invalid_client/, false, jsonError('invalid_client')],
    ['unauthorized_client', /unauthorized_client/, false, jsonError('unauthorized_client')],
    ['invalid_request of another provider', /invalid_request/, false, jsonError('invalid_request')],
    ['200 with a page', /did not answer with JSON/, true, { body: '<html>', headers: html }],
    ['200 with an error', /answered 200 \(invalid_grant\)/, true, jsonError('invalid_grant', {}, 200)],
    ['201 without a body', /did not answer with JSON/, true, { status: 201 }],
    ['400 with a page', /answered 400/, false, { status: 400, body: '<html>', headers: html }],
    ['400 with half an answer', /answered 400/, false, { status: 400, body: '{"error":"invalid_grant"' }],
    ['400 without a body', /answered 400/, false, { status: 400 }],
    [
      '400 whose error is an object',
      /answered 400/,
      false,
      { status: 400, body: { error: { code: 'invalid_grant' } } },
    ],
  ];
  for (const part of [kept.slice(0, 7), kept.slice(7)]) {
    faults(
      `refusals that say nothing about the token, ${part[0]?.[0]}`,
      part.map(([what, text, promises, answer]) => [
        'O09',
        `daypass keeps the session after an answer to a refresh: ${what}`,
        words(text, promises, answer),
      ]),
    );
  }
}

function revocationsEnd(): void {
  const gone = /its session is deleted from this machine\n/;
  const logout = (prints: RegExp, arrange: NonNullable<Case['arrange']>): Case => ({
    ...{ session: true, ends: true, prints, tokenRequests: 0, arrange },
    act: (stage) => stage.daypass(['logout']),
  });
  const answers: [what: string, answer: Answer][] = [
    ["Google's invalid_token", jsonError('invalid_token', { error_description: 'Token expired or revoked' })],
    ['invalid_grant', jsonError('invalid_grant')],
    ['204', { status: 204 }],
    ['a page', { body: '<html>', headers: { 'content-type': 'text/html' } }],
  ];
  faults('revocations', [
    ...answers.map(
      ([what, answer]): Stimulus => [
        'O10',
        `logout succeeds if the revocation is answered with ${what}`,
        logout(gone, ({ provider }) => {
          provider.revocation = () => answer;
        }),
      ],
    ),
    ...[undefined, null, '', 'http://idp.example/'].map(
      (endpoint): Stimulus => [
        'O11',
        `logout succeeds and says that there is no revocation endpoint: ${endpoint}`,
        logout(
          /is deleted from this machine\nthe provider has no revocation endpoint: .*\n/,
          ({ provider }) => {
            provider.metadata = { revocation_endpoint: endpoint };
          },
        ),
      ],
    ),
    [
      'O12',
      'logout shows no code word of a library if the revocation fails',
      {
        ...{ session: true, ends: true, prints: gone, tokenRequests: 0, error: 'revocation-unconfirmed' },
        text: /not revoked: .* answered 500\n/,
        act: (stage) => stage.daypass(['logout']),
        arrange: ({ provider }) => {
          provider.revocation = () => ({ status: 500, body: '<html>' });
        },
        inspect: (_stage, { stderr }) => assert.doesNotMatch(`${stderr}`, /OAUTH_/),
      },
    ],
  ]);
}

suite('providers answer otherwise', { concurrency: 4 }, () => {
  optionalFieldsMayBeWrong();
  deviceAnswersMayBeWrong();
  clientsProveThemselves();
  deadTokensAreNotPostedAgain();
  otherRefusalsKeepEverything();
  revocationsEnd();
});
