// The answers of STS: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { assumeRole } from '../../src/aws/sts.ts';
import { stsError, TokenRefused } from '../../src/aws/sts-error.ts';
import { DaypassError, type ErrorCode, exitCodes } from '../../src/errors.ts';
import type { Settings } from '../../src/settings/settings.ts';
import { formatError } from '../../src/terminal/terminal.ts';
import { findSecrets } from '../support/canary.ts';

const issuer = 'https://idp.example/realms/x';
const roleArn = 'arn:aws:iam::123456789012:role/DeveloperAccess';
const claims = { iss: issuer, sub: 'user-7', aud: 'daypass-test' };
const idToken = token(claims);

let answer: RequestListener;
let requests = 0;
const server = createServer((request, response) => {
  requests += 1;
  request.resume().once('end', () => answer(request, response));
});
let settings: Settings;

before(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const stsEndpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  settings = {
    ...{
      profile: 'developer',
      signInFlags: '--profile developer',
      issuer,
      clientId: 'daypass-test',
      roleArn,
      policyArns: [],
    },
    ...{ region: 'eu-west-1', stsEndpoint },
  } as unknown as Settings;
});
after(() => {
  server.close();
  server.closeAllConnections();
});

function token(payload: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256', kid: 'signing-key' })}.${part(payload)}.${'signature'.repeat(20)}`;
}

/** An error as STS puts it into XML. */
function refusal(code: string, status: number, message = 'the reason of AWS'): RequestListener {
  const escaped = message.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return (_request, response) =>
    response
      .writeHead(status, { 'content-type': 'text/xml' })
      .end(
        `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${escaped}</Message></Error><RequestId>id</RequestId></ErrorResponse>`,
      );
}

async function assumed(
  from: RequestListener,
  withToken = idToken,
  more: Partial<Settings> = {},
): Promise<DaypassError> {
  answer = from;
  requests = 0;
  try {
    await assumeRole({ ...settings, ...more }, withToken, { name: 'ada', duration: 3600 });
  } catch (error) {
    assert.ok(error instanceof DaypassError, String(error));
    assertClean(error, withToken);
    return error;
  }
  throw new assert.AssertionError({ message: 'STS was believed' });
}

function assertClean(error: DaypassError, withToken: string): void {
  const report = JSON.stringify(error.toReport());
  assert.deepEqual(findSecrets({ report }, [withToken, ...withToken.split('.')]), []);
  assert.doesNotMatch(error.faults.join('') + error.hint, /[\p{Cc}\p{Cf}]/u);
}

type Row = [name: string, status: number, code: ErrorCode, fault: RegExp, hint: RegExp, tries: number];

const table: Row[] = [
  [
    'AccessDenied',
    403,
    'trust-policy',
    /DeveloperAccess: .*must allow sts:AssumeRoleWithWebIdentity: this token has iss=https:\/\/idp\.example\/realms\/x aud=daypass-test sub=user-7$/,
    /^check daypass_role_arn; if it is right, add this statement to the trust policy of role DeveloperAccess \(daypass trust-policy --profile developer prints .*\): \{"Effect":"Allow",.*\}$/,
    1,
  ],
  [
    'InvalidIdentityToken',
    400,
    'sts-token-refused',
    /123456789012.*the reason of AWS/,
    /^daypass trust-policy --profile developer prints what IAM must trust; to sign in again, run: daypass login --force --profile developer$/,
    1,
  ],
  [
    'ExpiredTokenException',
    400,
    'sts-token-refused',
    /the reason of AWS/,
    /clock.*daypass login --force --profile developer/,
    1,
  ],
  [
    'IDPRejectedClaim',
    403,
    'sts-token-refused',
    /provider told AWS that it rejects this ID token: the reason of AWS/,
    /^sign in again, run: daypass login --force --profile developer$/,
    1,
  ],
  [
    'IDPCommunicationError',
    400,
    'sts-failed',
    /could not reach https:\/\/idp\.example/,
    /reachable from the internet/,
    3,
  ],
  [
    'RegionDisabledException',
    403,
    'sts-failed',
    /eu-west-1 for account 123456789012/,
    /^set region to one in which it is, such as us-east-1, or/,
    1,
  ],
  [
    'PackedPolicyTooLarge',
    400,
    'bad-configuration',
    /policies and the session tags of the ID token are too large together: the reason of AWS/,
    /^name fewer policies in daypass_policy_arns, or have the provider send fewer and shorter tags$/,
    1,
  ],
  [
    'MalformedPolicyDocument',
    400,
    'bad-configuration',
    /cannot use a session policy: the reason of AWS/,
    /^correct or remove the policies that daypass_policy_arns names$/,
    1,
  ],
  ['ValidationError', 400, 'bad-configuration', /the reason of AWS/, /daypass_duration/, 1],
  [
    'Throttling',
    400,
    'sts-failed',
    /answered 400 \(Throttling\).*the reason of AWS/,
    /try again in a few minutes/,
    3,
  ],
  ['InternalFailure', 500, 'sts-failed', /answered 500/, /try again in a few minutes/, 3],
  ['ServiceUnavailable', 503, 'sts-failed', /answered 503/, /try again in a few minutes/, 3],
  ['SomethingNew', 400, 'sts-failed', /answered 400 \(SomethingNew\)/, /try again/, 1],
];

suite('STS answers', () => {
  for (const [name, status, code, fault, hint, tries] of table) {
    test(`${name}: ${code}, after ${tries} ${tries === 1 ? 'request' : 'requests'}`, async () => {
      const error = await assumed(refusal(name, status));
      assert.equal(error.code, code);
      assert.match(error.message, fault);
      assert.match(String(error.hint), hint);
      assert.equal(requests, tries);
      assert.equal(error.exitCode, exitCodes[code]);
    });
  }

  const iam = 'arn:aws:iam::123456789012:oidc-provider/idp.example/realms/x';
  const reasons: [reason: string, hint: string, remedy: TokenRefused['remedy'], tries?: number][] = [
    [
      'No OpenIDConnect provider found in your account for https://idp.example/realms/x',
      "create an IAM identity provider for exactly https://idp.example/realms/x in account 123456789012 (daypass trust-policy --profile developer prints the role's part too), run: aws iam create-open-id-connect-provider --url https://idp.example/realms/x --client-id-list daypass-test",
      'trust',
    ],
    [
      'Incorrect token audience',
      `add the client id daypass-test to the IAM identity provider for https://idp.example/realms/x in account 123456789012, run: aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn ${iam} --client-id daypass-test`,
      'trust',
    ],
    [
      "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements",
      "AWS could not get the provider's keys: https://idp.example/realms/x and its jwks_uri must be reachable from the internet; try again in a few minutes",
      'refresh',
      2,
    ],
    [
      'Missing a required claim: sub',
      'daypass trust-policy --profile developer prints what IAM must trust; to sign in again, run: daypass login --force --profile developer',
      'sign-in',
    ],
  ];
  for (const [reason, hint, remedy, tries = 1] of reasons) {
    test(`InvalidIdentityToken, "${reason.slice(0, 40)}…": the error gives the reason`, async () => {
      const error = await assumed(refusal('InvalidIdentityToken', 400, reason));
      assert.ok(error instanceof TokenRefused);
      assert.equal(error.remedy, remedy);
      assert.ok(error.message.includes(reason));
      assert.equal(error.hint, hint);
      assert.equal(requests, tries);
    });
  }

  test('keys that STS has a moment later cause no failure', async () => {
    const noKey = refusal(
      'InvalidIdentityToken',
      400,
      "Couldn't retrieve verification key from your provider",
    );
    const error = await assumed((request, response) =>
      (requests === 1 ? noKey : refusal('AccessDenied', 403))(request, response),
    );
    assert.equal(error.code, 'trust-policy');
    assert.equal(requests, 2);
  });

  const validations: [message: string, hint: RegExp][] = [
    [
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
      /^set daypass_duration = 3600, /,
    ],
    [
      "1 validation error detected: Value 'a:b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*",
      /^set daypass_session_name to 2 to 64 /,
    ],
    [
      "1 validation error detected: Value at 'webIdentityToken' failed to satisfy constraint: Member must have length less than or equal to 20000",
      /^the ID token is too long for AWS: .*groups/,
    ],
    [
      "1 validation error detected: Value 'x' at 'policyArns.1.member.arn' failed to satisfy constraint: Member must have length greater than or equal to 20",
      /^correct the policies that daypass_policy_arns names$/,
    ],
    ['arn:aws:iam::123456789012:role/x y is invalid', /^correct daypass_role_arn$/],
  ];
  for (const [message, hint] of validations) {
    test(`ValidationError, "${message.slice(0, 60)}…": the setting is named`, async () => {
      assert.match(String((await assumed(refusal('ValidationError', 400, message))).hint), hint);
    });
  }

  test('AccessDenied carries the statement to paste, whole, and below 2 KB', async () => {
    const { hint = '' } = await assumed(refusal('AccessDenied', 403));
    assert.deepEqual(JSON.parse(hint.slice(hint.indexOf('{'))), {
      Effect: 'Allow',
      Principal: { Federated: iam },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringEquals: { 'idp.example/realms/x:aud': 'daypass-test', 'idp.example/realms/x:sub': 'user-7' },
      },
    });
  });

  test('Google has no identity provider to create: the hint names the command that prints the policy', async () => {
    for (const message of ['No OpenIDConnect provider found in your account', 'Incorrect token audience']) {
      const error = await assumed(refusal('InvalidIdentityToken', 400, message), token(claims), {
        issuer: 'https://accounts.google.com',
      });
      assert.match(String(error.hint), /^to print .* fits, run: daypass trust-policy --profile developer$/);
    }
  });

  for (const [what, long] of [
    ['an issuer', { issuer: `https://idp.example/${'x'.repeat(400)}` }],
    ['a subject', { sub: 'x'.repeat(700) }],
    ['a subject with what a terminal must not see', { sub: 'a\u202eb' }],
  ] as const) {
    test(`${what} that would damage the fragment: the hint names the command that prints it`, async () => {
      const issuer = 'issuer' in long ? long.issuer : settings.issuer;
      const reasons: [string, string, number][] = [
        ['AccessDenied', 'Not authorized', 403],
        ['InvalidIdentityToken', 'No OpenIDConnect provider found in your account', 400],
        ['InvalidIdentityToken', 'Incorrect token audience', 400],
      ];
      for (const [code, message, status] of 'issuer' in long ? reasons : reasons.slice(0, 1)) {
        const error = await assumed(refusal(code, status, message), token({ ...claims, ...long }), {
          issuer,
        });
        assert.match(
          String(error.hint),
          /to print (what|the trust policy that) fits, run: daypass trust-policy --profile developer$/,
        );
        assert.ok(Buffer.byteLength(formatError(error)) < 2048);
      }
    });
  }

  test('AccessDenied shows azp if the token has one, since IAM compares it', async () => {
    const { message } = await assumed(refusal('AccessDenied', 403), token({ ...claims, azp: 'desktop' }));
    assert.match(message, /aud=desktop sub=user-7/);
  });

  test('AccessDenied names the further actions for tags and a source identity', async () => {
    const tagged = token({
      ...claims,
      'https://aws.amazon.com/tags': { principal_tags: { Team: ['x'] } },
      'https://aws.amazon.com/source_identity': 'ada',
    });
    const { message } = await assumed(refusal('AccessDenied', 403), tagged);
    assert.match(
      message,
      /allow sts:AssumeRoleWithWebIdentity, and sts:TagSession and sts:SetSourceIdentity for what/,
    );
    const flat = token({ ...claims, 'https://aws.amazon.com/tags/principal_tags/Team': 'x' });
    assert.match(
      (await assumed(refusal('AccessDenied', 403), flat)).message,
      /, and sts:TagSession for what/,
    );
  });

  test('an expired token names the wrong clock, and by how much it is wrong', async () => {
    const at =
      (minutes: number): RequestListener =>
      (request, response) => {
        response.setHeader('date', new Date(Date.now() + minutes * 60_000).toUTCString());
        refusal('ExpiredTokenException', 400)(request, response);
      };
    assert.match(
      String((await assumed(at(-10))).hint),
      /^this machine's clock is 10 min ahead: correct it, then sign in again, run: daypass login --force/,
    );
    assert.match(String((await assumed(at(60))).hint), /^this machine's clock is 60 min behind: /);
    assert.match(
      String((await assumed(at(0))).hint),
      /^this machine's clock is right, so the provider's clock is wrong or its ID tokens expire too soon; to sign in again, run: daypass login --force/,
    );
    const undated: RequestListener = (request, response) => {
      response.sendDate = false;
      refusal('ExpiredTokenException', 400)(request, response);
    };
    assert.match(
      String((await assumed(undated)).hint),
      /^check the clock of this machine, then sign in again, run: /,
    );
  });

  test('S06 control characters in claims and messages are made harmless', async () => {
    const hostile = token({ ...claims, sub: 'a\x1b[31m\r\nb', aud: '\u202eevil' });
    for (const code of [
      'AccessDenied',
      'InvalidIdentityToken',
      'ExpiredTokenException',
      'ValidationError',
      'Other',
    ]) {
      await assumed(refusal(code, 400, 'one\u009b31m two\r\nthree \u202e four'), hostile);
    }
  });

  test('S06 a message that repeats the token is shown without it', async () => {
    for (const code of ['InvalidIdentityToken', 'ExpiredTokenException', 'ValidationError', 'Other']) {
      await assumed(refusal(code, 400, `token ${idToken} is not good`));
    }
  });

  test('S01 a page, nothing, and a redirect', async () => {
    const bodies: [RequestListener, RegExp][] = [
      [
        (_, response) =>
          response.writeHead(200, { 'content-type': 'text/html' }).end('<html><p>Wi-Fi</html>'),
        /./,
      ],
      [(_, response) => response.writeHead(200).end(), /./],
      [(_, response) => response.writeHead(403, { 'content-type': 'text/html' }).end('<html>'), /403/],
      [(_, response) => response.writeHead(302, { location: '/elsewhere' }).end(), /302/],
    ];
    for (const [body, fault] of bodies) {
      const error = await assumed(body);
      assert.equal(error.code, 'sts-failed');
      assert.match(error.message, fault);
      assert.equal(requests, 1);
    }
  });

  test('S10 an endless answer is cut off', async () => {
    let sent = 0;
    const error = await assumed((_, response) => {
      response.writeHead(200, { 'content-type': 'text/xml' });
      const more = () => {
        while (!response.destroyed && response.write(' '.repeat(65_536))) sent += 65_536;
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    assert.equal(error.code, 'sts-unreachable');
    assert.match(error.message, /its answer is too large/);
    // The buffers of the sockets come on top.
    assert.ok(sent < 3 * 16 * 2 ** 20, `${sent} bytes`);
  });

  test('S08 a cut connection', async () => {
    const error = await assumed((request) => request.socket.destroy());
    assert.equal(error.code, 'sts-unreachable');
    assert.match(error.message, /cannot reach STS at http:\/\/127\.0\.0\.1:\d+: /);
  });
});

suite('no answer of STS', () => {
  const failures: [what: string, error: unknown, fault: RegExp][] = [
    [
      'refused',
      Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
      /https:\/\/sts\.eu-west-1\.amazonaws\.com: the connection was refused/,
    ],
    ['unknown name', Object.assign(new Error('dns'), { code: 'ENOTFOUND' }), /its name has no address/],
    [
      'too late',
      Object.assign(new Error(`with ${idToken}`), { name: 'TimeoutError' }),
      /did not answer in time/,
    ],
    ['given up', Object.assign(new Error('aborted'), { name: 'AbortError' }), /did not answer in time/],
    ['unknown', new Error(`with ${idToken}`), /no answer/],
    ['nothing', {}, /no answer/],
  ];
  for (const [what, error, fault] of failures) {
    test(`${what}: sts-unreachable`, () => {
      const { stsEndpoint, ...ordinary } = settings;
      assert.ok(stsEndpoint);
      const translated = stsError(error, ordinary, idToken);
      assert.equal(translated.code, 'sts-unreachable');
      assert.match(translated.message, fault);
      assert.match(String(translated.hint), /check the network and the region/);
      assertClean(translated, idToken);
    });
  }

  test('a DaypassError is returned unchanged', () => {
    const ours = new DaypassError('sts-failed', 'the answer of STS has no usable credentials');
    assert.equal(stsError(ours, settings, idToken), ours);
  });

  test('for an unreadable token the hint has no claims, and the rest', () => {
    for (const broken of ['', 'x', 'x.y.z', `x.${Buffer.from('null').toString('base64url')}.z`]) {
      const { code, message } = stsError({ name: 'AccessDenied', $metadata: {} }, settings, broken);
      assert.equal(code, 'trust-policy');
      assert.match(message, /iss=https:\/\/idp\.example/);
    }
  });
});
