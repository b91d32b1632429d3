// Answers of STS-compatible servers: every difference of Ceph RGW, and the limits of AWS's API reference.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { isAwsCredentials } from '../../src/aws/process-credentials.ts';
import { type AssumedRole, assumeRole, callerIdentity } from '../../src/aws/sts.ts';
import { DaypassError, type ErrorCode } from '../../src/errors.ts';
import type { Settings } from '../../src/settings/settings.ts';

type Answer = { status: number; body: string };

let answers: Answer[] = [];
/** The DurationSeconds of each request. */
let durations: (string | null)[] = [];
const server = createServer(async (request, response) => {
  let form = '';
  for await (const chunk of request) form += chunk;
  durations.push(new URLSearchParams(form).get('DurationSeconds'));
  const { status, body } = (answers.length > 1 ? answers.shift() : answers[0]) as Answer;
  response.writeHead(status, { 'content-type': 'application/xml' }).end(body);
});
let settings: Settings;

before(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  settings = {
    ...{ profile: 'developer', signInFlags: '--profile developer', issuer: 'https://idp.example' },
    ...{
      clientId: 'daypass-test',
      roleArn: 'arn:aws:iam::123456789012:role/DeveloperAccess',
      policyArns: [],
    },
    ...{ region: 'eu-west-1', stsEndpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
  } as unknown as Settings;
});
after(() => {
  server.close();
  server.closeAllConnections();
});

function assume(given: readonly Answer[], duration = 3600): Promise<AssumedRole> {
  answers = [...given];
  durations = [];
  return assumeRole(settings, 'header.payload.signature', { name: 'ada', duration });
}

async function refused(given: readonly Answer[], duration = 3600): Promise<DaypassError> {
  try {
    await assume(given, duration);
  } catch (error) {
    assert.ok(error instanceof DaypassError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: 'STS was believed' });
}

/** RGW's form of credentials: no XML declaration, no namespace, AssumeRoleId, nanoseconds. */
function credentials(changes: Record<string, string> = {}, seconds = 3600): Answer {
  const elements = {
    AccessKeyId: 'Ab3dEfGhIjKlMnOpQr9',
    SecretAccessKey: 'Sn2WCkvbM8XyZq0aLhR5dTeUfGiJ1oPKs7mNxY3',
    SessionToken: 'token/of+this=session',
    Expiration: new Date(Date.now() + seconds * 1000).toISOString().replace(/\d{3}Z$/, '160988079Z'),
    ...changes,
  };
  const text = Object.entries(elements).map(([name, value]) => `<${name}>${value}</${name}>`);
  return {
    status: 200,
    body: `<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>${text.join('')}</Credentials><AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/x/y</Arn><AssumeRoleId>x:y</AssumeRoleId></AssumedRoleUser></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`,
  };
}

const shapes: Record<string, (code: string) => string> = {
  'a bare <Error> with an empty message': (code) => `<Error><Code>${code}</Code><Message></Message></Error>`,
  'a bare <Error> with a declaration': (code) =>
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message></Message><RequestId>tx0</RequestId></Error>`,
  'a bare <Error> with a namespace': (code) => `<Error xmlns="urn:x"><Code>${code}</Code><Message/></Error>`,
  'a bare <Error> without a message': (code) => `<Error><Code>${code}</Code></Error>`,
  'an <ErrorResponse> with an empty message': (code) =>
    `<ErrorResponse><Error><Code>${code}</Code><Message></Message></Error></ErrorResponse>`,
};
const codes: readonly [name: string, status: number, code: ErrorCode, fault: RegExp][] = [
  ['AccessDenied', 403, 'trust-policy', /does not let this sign-in assume/],
  ['NoSuchEntity', 404, 'trust-policy', /there is no such role/],
  ['InvalidIdentityToken', 400, 'sts-token-refused', /refused the ID token$/],
  ['ExpiredToken', 400, 'sts-token-refused', /refused the ID token$/],
  ['InvalidArgument', 400, 'bad-configuration', /STS refused the request$/],
  ['InvalidParameterValue', 400, 'bad-configuration', /STS refused the request$/],
  ['MethodNotAllowed', 405, 'sts-failed', /STS answered 405 \(MethodNotAllowed\)$/],
];

suite('a code without a message', () => {
  for (const [shape, body] of Object.entries(shapes))
    for (const [name, status, code, fault] of codes)
      test(`${shape}: ${name} is ${code}`, async () => {
        const error = await refused([{ status, body: body(name) }]);
        assert.equal(error.code, code);
        assert.match(error.message, fault);
        assert.doesNotMatch(error.message, /Unknown/);
      });

  for (const name of ['InvalidArgument', 'ValidationError', 'InvalidParameterValue'])
    test(`${name} for 7200 s: 3600 s is requested once`, async () => {
      const body = `<Error><Code>${name}</Code><Message></Message></Error>`;
      const { duration } = await assume([{ status: 400, body }, credentials()], 7200);
      assert.equal(duration, 3600);
      assert.deepEqual(durations, ['7200', '3600']);
      assert.equal((await refused([{ status: 400, body }], 7200)).code, 'bad-configuration');
      assert.equal(durations.length, 2);
      await refused([{ status: 400, body }], 3600);
      assert.equal(durations.length, 1);
    });

  test('a message about another parameter leads to no shorter duration', async () => {
    const body = "<Error><Code>ValidationError</Code><Message>'a:b' at 'roleSessionName'</Message></Error>";
    assert.equal((await refused([{ status: 400, body }], 7200)).code, 'bad-configuration');
    assert.deepEqual(durations, ['7200']);
  });

  test('a server without GetCallerIdentity is an error with its code', async () => {
    answers = [{ status: 405, body: '<Error><Code>MethodNotAllowed</Code><Message></Message></Error>' }];
    const keys = { accessKeyId: 'A'.repeat(16), secretAccessKey: 's', sessionToken: 't', expiration: '' };
    const error = await callerIdentity(settings, keys).catch((thrown) => thrown);
    assert.ok(error instanceof DaypassError);
    assert.match(error.message, /^this STS has no GetCallerIdentity \(MethodNotAllowed\)$/);
  });

  for (const body of [
    '<Error',
    '<Error>',
    '<Error><Code>',
    '<Errors/>',
    '<Error><Code/></Error>',
    'Error',
    '',
  ])
    test(`${JSON.stringify(body)} is not an answer of STS, and causes no crash`, async () => {
      assert.equal((await refused([{ status: 403, body }])).code, 'sts-failed');
    });
});

test('a body of blanks as long as allowed is read in linear time', { timeout: 30_000 }, async () => {
  const error = await refused([{ status: 403, body: ' '.repeat(1_000_000) }]);
  assert.equal(error.code, 'sts-failed');
});

suite('credentials', () => {
  test("RGW's form is accepted, and Expiration is cut to whole seconds", async () => {
    const { credentials: keys, lifetime } = await assume([credentials()]);
    assert.equal(keys.accessKeyId, 'Ab3dEfGhIjKlMnOpQr9');
    assert.match(keys.expiration, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.ok(lifetime > 3_590_000 && lifetime <= 3_601_000);
  });

  const ids: readonly [id: string, fits: boolean][] = [
    ['ASIA1234567890ABCDEF', true],
    ['abcdefghijklmnop', true],
    ['under_score_under_score', true],
    ['a'.repeat(128), true],
    ['a'.repeat(15), false],
    ['a'.repeat(129), false],
    ['ASIA1234567890ABCDE-', false],
    ['ASIA1234567890ABCDEé', false],
  ];
  for (const [accessKeyId, fits] of ids)
    test(`an access key id of ${accessKeyId.length} characters, ${accessKeyId.slice(-4)}: ${fits}`, async () => {
      const answer = credentials({ AccessKeyId: accessKeyId });
      if (fits) assert.equal((await assume([answer])).credentials.accessKeyId, accessKeyId);
      else assert.equal((await refused([answer])).code, 'sts-failed');
    });

  test('a short secret and a short token are accepted, since the API reference sets no least length', async () => {
    const { credentials: keys } = await assume([credentials({ SecretAccessKey: 's', SessionToken: 't' })]);
    assert.deepEqual([keys.secretAccessKey, keys.sessionToken], ['s', 't']);
  });

  test('no character that would break the line of JSON is accepted', () => {
    const keys = { accessKeyId: 'A'.repeat(20), sessionToken: 't', expiration: '2030-01-01T00:00:00Z' };
    for (const text of ['', 'a b', 'a"b', 'a\\b', 'a\nb', 'a\u2028b', 'a\u00e9b', 'a\0b'])
      assert.equal(isAwsCredentials({ ...keys, secretAccessKey: text }), false, JSON.stringify(text));
  });
});
