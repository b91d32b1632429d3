// The provider's metadata is wrong, hostile or missing: cases I01 to I14 of docs/threats.md.
import assert from 'node:assert/strict';
import { suite } from 'node:test';
import type { ErrorCode } from '../../src/errors.ts';
import { elsewhere } from '../support/bad-answers.ts';
import { bombs, hostileEndpoints, noMetadata, otherIssuers, pkceMethods } from '../support/bad-metadata.ts';
import type { HostileProvider } from '../support/hostile-provider.ts';
import { type Case, fault, faults, type Stimulus, signIn } from './fault.ts';
import { notFollowed } from './provider-answers.ts';
import { inSmallProcesses } from './small-processes.ts';

suite('the metadata misbehaves', { concurrency: 4 }, () => {
  otherIssuersAreRefused();
  otherDocumentsAreRefused();
  hostileEndpointsAreRefused();
  unusualMetadataIsAccepted();
});

/** Builds a case in which no tab opens and nothing is posted. */
function early(error: ErrorCode, text: RegExp, arrange: NonNullable<Case['arrange']>, more: Case = {}): Case {
  return { error, text, arrange, tabs: 0, tokenRequests: 0, ends: true, ...more };
}

/** Changes these fields of the metadata. */
function says(
  metadata: (provider: HostileProvider) => Record<string, unknown>,
): NonNullable<Case['arrange']> {
  return ({ provider }) => {
    provider.metadata = metadata(provider);
  };
}

function otherIssuersAreRefused(): void {
  faults(
    'another issuer',
    otherIssuers.map(([id, what, named]) => [
      id,
      `daypass rejects metadata of another issuer (oidcc-client-test-discovery-issuer-mismatch): ${what}`,
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
    ...[
      'login.microsoftonline.com/common/v2.0',
      'login.microsoftonline.com/consumers/v2.0',
      'login.microsoftonline.us/organizations/v2.0',
      'login.partner.microsoftonline.cn/common/v2.0',
      'sts.windows.net/{tenantid}/',
    ].map((issuer): [string, string, RegExp] => ['I05', `https://${issuer}`, /your tenant's id instead of/]),
  ];
  faults(
    'an unusable issuer',
    issuers.map(([id, issuer, text]) => [
      id,
      `daypass refuses the configured issuer ${issuer}`,
      early(
        'bad-configuration',
        text,
        ({ sandbox, config, provider }) => {
          sandbox.writeConfig(config({ daypass_issuer: issuer }));
          provider.requests.length = 0;
        },
        { inspect: ({ provider }) => assert.deepEqual(provider.requests, []) },
      ),
    ]),
  );
}

function otherDocumentsAreRefused(): void {
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
  faults('answers that are not metadata', [
    ...noMetadata.map(
      ([id, what, code, text, from]): Stimulus => [
        id,
        `daypass rejects a metadata answer: ${what}`,
        early(code as ErrorCode, text, ({ provider }) => {
          provider.discovery = (request, response) => void from(request, response);
        }),
      ],
    ),
    ...texts.map(
      ([id, what, code, text, body]): Stimulus => [
        id,
        `daypass rejects metadata with ${what}`,
        early(code, text, ({ provider }) => {
          provider.discovery = () => ({ body: body(provider.issuer) });
        }),
      ],
    ),
    ...[302, 307].map(
      (status): Stimulus => [
        'I06',
        `daypass does not follow a redirect ${status} of the metadata`,
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
    fault('I08', `daypass limits a metadata answer: ${what}`, {
      // The deadline is 10 s; two processes also have to start on a busy machine.
      ...early('provider-unreachable', reason, ({ provider }) => {
        provider.discovery = (request, response) => void from(request, response);
      }),
      within: 20_000,
      act: (stage) => inSmallProcesses(stage, signIn),
    });
  }
}

function hostileEndpointsAreRefused(): void {
  faults(
    'a hostile authorization endpoint',
    hostileEndpoints.map(([id, endpoint]) => [
      id,
      `daypass rejects the authorization endpoint ${endpoint}`,
      early(
        'bad-discovery',
        /authorization_endpoint/,
        says(() => ({ authorization_endpoint: endpoint })),
      ),
    ]),
  );
  faults('other hostile endpoints', [
    ...['token_endpoint', 'jwks_uri'].map(
      (name): Stimulus => [
        'I13',
        `daypass rejects a ${name} with http`,
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
          `daypass rejects the PKCE methods ${JSON.stringify(methods)}`,
          early(
            'bad-discovery',
            /PKCE with S256/,
            says(() => ({ code_challenge_methods_supported: methods })),
          ),
        ],
      ),
  ]);
}

function unusualMetadataIsAccepted(): void {
  fault('I14', 'daypass uses PKCE and logs it if the metadata lists no methods', {
    arrange: says(() => ({ code_challenge_methods_supported: undefined })),
    inspect: ({ sandbox, provider }) => {
      const [request = ''] = provider.requests.filter((path) => path.startsWith('/authorize'));
      assert.match(request, /code_challenge_method=S256/);
      assert.match(`${sandbox.files()['daypass.log']}`, /pkce/i);
    },
  });
  // RFC 3986 does not allow these characters. A URL parser encodes them, and they must arrive encoded.
  fault('I10', 'the browser gets a quote, a line break and U+2019 of an endpoint in encoded form', {
    arrange: says(({ issuer }) => ({ authorization_endpoint: `${issuer}/authorize?a="\n\u2019` })),
    inspect: ({ launcher, provider }) => {
      for (const { argv } of launcher.launches)
        assert.match(argv.at(-1) ?? '', /^http:\/\/127\.0\.0\.1:\d+\/[\w/-]+$/);
      const [request = ''] = provider.requests.filter((path) => path.startsWith('/authorize'));
      assert.match(request, /a=%22%E2%80%99&/);
    },
  });
}
