// The whole output of the built program for each failure of STS.
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { type StsHandler, StsRefusal } from '../support/local-sts.ts';
import { openStage, type Stage, signInProgram } from '../support/stage.ts';

interface Failure {
  what: string;
  sts: StsHandler;
  keys?: Record<string, string>;
  exit: number;
  /** With {issuer}, its name in IAM {name}, and {sts} as placeholders. */
  stderr: string;
}

function refusing(code: string, message: string, status = 400): Pick<Failure, 'what' | 'sts'> {
  return {
    what: `${code}: ${message.slice(0, 60)}`,
    sts: () => {
      throw new StsRefusal(code, message, status);
    },
  };
}

/** As if this machine's clock were so many minutes ahead of STS's. */
function ahead(minutes: number, { what, sts }: ReturnType<typeof refusing>): Pick<Failure, 'what' | 'sts'> {
  return {
    what: `${what}, with a clock that is ${minutes} min ahead`,
    sts: (parameters, response, request) => {
      response.setHeader('date', new Date(Date.now() - minutes * 60_000).toUTCString());
      return sts(parameters, response, request);
    },
  };
}

const role = 'arn:aws:iam::123456789012:role/DeveloperAccess';
const provider = 'arn:aws:iam::123456789012:oidc-provider/{name}';
const expired = refusing('ExpiredTokenException', 'Token expired: current date/time 2 must be before 1');

const failures: Failure[] = [
  {
    ...refusing('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity', 403),
    exit: 77,
    stderr: `daypass: trust-policy: AWS does not let this sign-in assume ${role}: there is no such role, it does not trust this token, or the account has no identity provider for this issuer
daypass: trust-policy: the trust policy must allow sts:AssumeRoleWithWebIdentity: this token has iss={issuer} aud=daypass-test sub=ada
hint: check daypass_role_arn; if it is right, add this statement to the trust policy of role DeveloperAccess (daypass trust-policy --profile developer prints it as commands, for a new role too): {"Effect":"Allow","Principal":{"Federated":"${provider}"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"{name}:aud":"daypass-test","{name}:sub":"ada"}}}`,
  },
  {
    ...refusing('InvalidIdentityToken', 'No OpenIDConnect provider found in your account for https://idp'),
    exit: 69,
    stderr: `daypass: sts-token-refused: AWS account 123456789012 refused the ID token: No OpenIDConnect provider found in your account for https://idp
hint: create an IAM identity provider for exactly {issuer} in account 123456789012 (daypass trust-policy --profile developer prints the role's part too), run: aws iam create-open-id-connect-provider --url {issuer} --client-id-list daypass-test`,
  },
  {
    ...refusing('InvalidIdentityToken', 'Incorrect token audience'),
    exit: 69,
    stderr: `daypass: sts-token-refused: AWS account 123456789012 refused the ID token: Incorrect token audience
daypass: sts-token-refused: this token has aud=daypass-test
hint: add the client id daypass-test to the IAM identity provider for {issuer} in account 123456789012, run: aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn ${provider} --client-id daypass-test`,
  },
  {
    ...refusing(
      'InvalidIdentityToken',
      "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements",
    ),
    exit: 69,
    stderr: `daypass: sts-token-refused: AWS account 123456789012 refused the ID token: Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements
hint: AWS could not get the provider's keys: {issuer} and its jwks_uri must be reachable from the internet; try again in a few minutes`,
  },
  {
    ...refusing('InvalidIdentityToken', 'Missing a required claim: sub'),
    exit: 69,
    stderr: `daypass: sts-token-refused: AWS account 123456789012 refused the ID token: Missing a required claim: sub
hint: daypass trust-policy --profile developer prints what IAM must trust; to sign in again, run: daypass login --force --profile developer`,
  },
  {
    ...expired,
    exit: 69,
    stderr: `daypass: sts-token-refused: AWS refused the ID token: Token expired: current date/time 2 must be before 1
hint: this machine's clock is right, so the provider's clock is wrong or its ID tokens expire too soon; to sign in again, run: daypass login --force --profile developer`,
  },
  {
    ...ahead(10, expired),
    exit: 69,
    stderr: `daypass: sts-token-refused: AWS refused the ID token: Token expired: current date/time 2 must be before 1
hint: this machine's clock is 10 min ahead: correct it, then sign in again, run: daypass login --force --profile developer`,
  },
  {
    ...ahead(-60, expired),
    exit: 69,
    stderr: `daypass: sts-token-refused: AWS refused the ID token: Token expired: current date/time 2 must be before 1
hint: this machine's clock is 60 min behind: correct it, then sign in again, run: daypass login --force --profile developer`,
  },
  {
    ...refusing('IDPRejectedClaim', 'The claim was revoked', 403),
    exit: 69,
    stderr: `daypass: sts-token-refused: the provider told AWS that it rejects this ID token: The claim was revoked
hint: sign in again, run: daypass login --force --profile developer`,
  },
  {
    ...refusing('IDPCommunicationError', 'Could not be reached'),
    exit: 69,
    stderr: `daypass: sts-failed: AWS could not reach {issuer} to check the ID token
hint: the provider's discovery and keys must be reachable from the internet; try again in a few minutes`,
  },
  {
    ...refusing('RegionDisabledException', 'STS is not activated in this region', 403),
    exit: 69,
    stderr: `daypass: sts-failed: STS is not active in eu-west-1 for account 123456789012
hint: set region to one in which it is, such as us-east-1, or have it activated there`,
  },
  {
    ...refusing('PackedPolicyTooLarge', 'Packed size is 120 %'),
    exit: 65,
    stderr: `daypass: bad-configuration: the session policies and the session tags of the ID token are too large together: they take 120 % of the space that AWS has for them
hint: name fewer policies in daypass_policy_arns, or have the provider send fewer and shorter tags`,
  },
  {
    ...refusing('MalformedPolicyDocument', 'Syntax errors in policy'),
    exit: 65,
    stderr: `daypass: bad-configuration: AWS cannot use a session policy: Syntax errors in policy
hint: correct or remove the policies that daypass_policy_arns names`,
  },
  {
    ...refusing('ValidationError', "Value 'a:b' at 'roleSessionName' failed to satisfy constraint"),
    exit: 65,
    stderr: `daypass: bad-configuration: STS refused the request: Value 'a:b' at 'roleSessionName' failed to satisfy constraint
hint: set daypass_session_name to 2 to 64 letters, digits or any of _+=,.@-`,
  },
  {
    ...refusing(
      'ValidationError',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    ),
    keys: { daypass_duration: '7200' },
    exit: 65,
    stderr: `daypass: bad-configuration: STS refused the request: The requested DurationSeconds exceeds the MaxSessionDuration set for this role.
hint: set daypass_duration = 3600, which every role allows`,
  },
  {
    ...refusing('Throttling', 'Rate exceeded'),
    exit: 69,
    stderr: `daypass: sts-failed: STS answered 400 (Throttling): Rate exceeded
hint: try again in a few minutes`,
  },
  {
    ...refusing('InternalFailure', 'Sorry', 500),
    exit: 69,
    stderr: `daypass: sts-failed: STS answered 500 (InternalFailure): Sorry
hint: try again in a few minutes`,
  },
  {
    what: 'a code without a message, as STS-compatible servers have it',
    sts: (_parameters, response) => {
      response
        .writeHead(400, { 'content-type': 'text/xml' })
        .end('<ErrorResponse><Error><Code>InvalidIdentityToken</Code></Error></ErrorResponse>');
    },
    exit: 69,
    stderr: `daypass: sts-token-refused: AWS account 123456789012 refused the ID token
hint: daypass trust-policy --profile developer prints what IAM must trust; to sign in again, run: daypass login --force --profile developer`,
  },
  {
    what: 'a page that is no answer',
    sts: (_parameters, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Welcome to the hotel');
    },
    exit: 69,
    stderr: `daypass: sts-failed: the answer of STS cannot be read
hint: check daypass_sts_endpoint`,
  },
  {
    what: 'a cut connection',
    sts: (_parameters, response) => {
      response.socket?.resetAndDestroy();
    },
    exit: 69,
    stderr: `daypass: sts-unreachable: cannot reach STS at {sts}: the connection was cut
hint: try again in a few minutes; if it keeps happening, check the network and the region`,
  },
];

suite('STS fails, and the person reads', () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage({ keys: { daypass_browser: signInProgram } });
  });
  after(() => stage?.close());

  for (const { what, sts, keys, exit, stderr } of failures) {
    test(what, async () => {
      stage.sts.answer(sts);
      stage.sandbox.writeConfig(stage.config(keys));
      // The ID token of one call serves the next, unless STS rejects it.
      const result = await stage.daypass(['login']);
      const values: Record<string, string> = {
        '{issuer}': stage.provider.issuer,
        '{name}': stage.provider.issuer.replace('http://', ''),
        '{sts}': stage.sts.url,
      };
      const expected = stderr.replace(/\{(issuer|name|sts)\}/g, (word) => values[word] ?? word);
      assert.equal(result.stderr, `${expected}\n`);
      assert.equal(result.code, exit);
      assert.ok(Buffer.byteLength(result.stderr) < 2048);
      stage.assertNoLeak(result);
    });
  }
});
