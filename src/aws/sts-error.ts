import { DaypassError, type Hint, hintText, systemCode } from '../errors.ts';
import { unreachable } from '../network/unreachable.ts';
import { awsPartition, parseRoleArn } from '../settings/aws-partition.ts';
import type { Settings } from '../settings/settings.ts';
import { longestHint, printable } from '../terminal/printable.ts';
import { addClientId, createIdentityProvider, everyRoleAllows } from './iam-commands.ts';
import { stsEndpoint } from './sts-endpoint.ts';
import { type TokenClaims, tokenClaims } from './token-claims.ts';
import { trustStatement } from './trust-policy.ts';

interface SdkError {
  name?: string;
  message?: string;
  $metadata?: { httpStatusCode?: number };
  $response?: { statusCode?: number; headers?: Record<string, string> };
}

/** STS rejects this ID token. */
export class TokenRefused extends DaypassError {
  /** What may help: a refreshed token, a new sign-in, or only a change in IAM. */
  readonly remedy: 'refresh' | 'sign-in' | 'trust';

  constructor(
    remedy: TokenRefused['remedy'],
    faults: string | readonly string[],
    { hint, cause }: { hint: string | Hint; cause: unknown },
  ) {
    super('sts-token-refused', faults, { hint, cause });
    this.remedy = remedy;
  }
}

/**
 * Returns the error for an answer of STS, with the reason by our own token and a fix to paste, since STS itself gives callers hardly
 * any detail. The codes: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */
export function stsError(error: unknown, settings: Settings, idToken: string): DaypassError {
  if (error instanceof DaypassError) return error;
  const { name = '', message = '' } = error as SdkError;
  const { partition = '', account } = parseRoleArn(settings.roleArn) ?? {};
  const claims = tokenClaims(idToken);
  const said = whatItSaid(message);
  const signInAgain = `daypass login --force ${settings.signInFlags}`;
  const fail = (code: 'sts-failed' | 'bad-configuration', fault: string, hint: string) =>
    new DaypassError(code, fault, { hint, cause: error });
  const refuse = (remedy: TokenRefused['remedy'], fault: string, advice: string) =>
    new TokenRefused(remedy, fault + said, { hint: { advice, command: signInAgain }, cause: error });
  switch (name.replace(/Exception$/, '')) {
    case 'AccessDenied':
    // The code of Ceph RGW for a role that does not exist.
    case 'NoSuchEntity':
      return new DaypassError(
        'trust-policy',
        [
          `AWS does not let this sign-in assume ${settings.roleArn}: ${causeOfDenial(settings)}`,
          `the trust policy must allow ${allowed(claims)}: this token has iss=${settings.issuer} ${shown(claims)}`,
        ],
        { hint: statementHint(settings, claims), cause: error },
      );
    case 'InvalidIdentityToken':
      return invalidToken(error, settings, claims);
    case 'ExpiredToken':
      return refuse('refresh', 'AWS refused the ID token', clockAdvice(error));
    case 'IDPRejectedClaim':
      return refuse('sign-in', 'the provider told AWS that it rejects this ID token', 'sign in again');
    case 'IDPCommunicationError':
      return fail(
        'sts-failed',
        `AWS could not reach ${settings.issuer} to check the ID token`,
        "the provider's discovery and keys must be reachable from the internet; try again in a few minutes",
      );
    case 'RegionDisabled':
      return fail(
        'sts-failed',
        `STS is not active in ${settings.region} for account ${account}`,
        `set region to one in which it is, such as ${awsPartition(partition)?.defaultRegion}, or have it activated there`,
      );
    case 'PackedPolicyTooLarge':
      return fail(
        'bad-configuration',
        `the session policies and the session tags of the ID token are too large together${said}`,
        'name fewer policies in daypass_policy_arns, or have the provider send fewer and shorter tags',
      );
    case 'MalformedPolicyDocument':
      return fail(
        'bad-configuration',
        `AWS cannot use a session policy${said}`,
        'correct or remove the policies that daypass_policy_arns names',
      );
    case 'ValidationError':
    case 'InvalidArgument':
    case 'InvalidParameterValue':
      return fail('bad-configuration', `STS refused the request${said}`, validationHint(message));
  }
  return otherError(error, settings);
}

/** AWS has a code of its own for a missing identity provider (InvalidIdentityToken). Ceph RGW and others have one for all three. */
function causeOfDenial({ stsEndpoint }: Settings): string {
  return stsEndpoint
    ? 'there is no such role, it does not trust this token, or the account has no identity provider for this issuer'
    : 'there is no such role, or it does not trust this token';
}

/** Returns whether STS rejects a parameter of the request. Ceph RGW and others have their own codes for it. */
export function isRefusedParameter(code: string): boolean {
  return /^(ValidationError|InvalidArgument|InvalidParameterValue)$/.test(code.replace(/Exception$/, ''));
}

/** Returns whether STS sent a code without a message; the SDK then uses a word of its own. */
export function saysNothing(message: string): boolean {
  return /^(Unknown(Error)?)?$/.test(message);
}

/** Returns whether STS blames the token because it could not fetch the provider's keys. It may have them a moment later. */
export function missesKeys(error: unknown): boolean {
  const { name = '', message = '' } = error as SdkError;
  return name.startsWith('InvalidIdentityToken') && /verification key/i.test(message);
}

/** Returns the error for a GetCallerIdentity that failed. */
export function identityError(error: unknown, settings: Settings): DaypassError {
  if (error instanceof DaypassError) return error;
  const { name = '' } = error as Partial<Error>;
  if (/^(ExpiredToken|InvalidClientTokenId|SignatureDoesNotMatch|AccessDenied)/.test(name)) {
    return new DaypassError('sts-failed', `AWS does not accept these credentials (${printable(name)})`, {
      hint: { command: `daypass login --force ${settings.signInFlags}` },
      cause: error,
    });
  }
  if (/^(MethodNotAllowed|NotImplemented|InvalidAction|NotFound)$/.test(name)) {
    return new DaypassError('sts-failed', `this STS has no GetCallerIdentity (${name})`, {
      hint: 'call another service with the credentials to check them',
      cause: error,
    });
  }
  return otherError(error, settings);
}

/** Returns the error for an answer that does not judge the request, or for no answer. */
function otherError(error: unknown, settings: Settings): DaypassError {
  const { name = '', message = '', $metadata, $response } = error as SdkError;
  const status = $metadata?.httpStatusCode ?? $response?.statusCode;
  const broken = systemCode(error) !== undefined;
  if (status !== undefined && status < 300 && !broken) {
    // The SDK's parser quotes the text that it cannot parse, and that may be a secret.
    return new DaypassError('sts-failed', 'the answer of STS cannot be read', {
      hint: settings.stsEndpoint ? 'check daypass_sts_endpoint' : 'try again in a few minutes',
      cause: error,
    });
  }
  // An incomplete answer has a status too.
  if (status !== undefined && !broken) {
    const word = /^[A-Za-z]{1,64}$/.test(name) ? ` (${name})` : '';
    // The SDK's message is then advice for programmers.
    const foreign = message.includes('Deserialization error');
    const said = foreign ? ', but not as STS does; is it a proxy?' : `${word}${whatItSaid(message)}`;
    return new DaypassError('sts-failed', `STS answered ${status}${said}`, {
      hint: 'try again in a few minutes',
      cause: error,
    });
  }
  return unreachable(
    'sts-unreachable',
    { peer: `STS at ${stsEndpoint(settings)}`, setting: 'region' },
    error,
  );
}

/** Returns STS's message without the token, since a ValidationError quotes the rejected value. */
function whatItSaid(message: string): string {
  return saysNothing(message) ? '' : `: ${printable(message.replace(/eyJ[\w-]+(\.[\w-]*)*/g, '(token)'))}`;
}

/** Returns the values that trust policies compare, to paste; never the token itself. */
function shown(claims: TokenClaims | undefined): string {
  return claims ? `aud=${printable(claims.audience)} sub=${printable(claims.sub)}` : '';
}

function allowed(claims: TokenClaims | undefined): string {
  const [assume = 'sts:AssumeRoleWithWebIdentity', ...others] = claims?.actions ?? [];
  return others.length > 0 ? `${assume}, and ${others.join(' and ')} for what the token carries` : assume;
}

/** Returns the error for InvalidIdentityToken. The patterns are the words in which STS names the missing part of IAM. */
function invalidToken(error: unknown, settings: Settings, claims: TokenClaims | undefined): TokenRefused {
  const { message = '' } = error as SdkError;
  const { issuer, roleArn, signInFlags } = settings;
  const { account } = parseRoleArn(roleArn) ?? {};
  const audience = claims?.audience ?? settings.clientId;
  const fault = `AWS account ${account} refused the ID token${whatItSaid(message)}`;
  const command = `daypass trust-policy ${signInFlags}`;
  const refuse = (remedy: TokenRefused['remedy'], faults: string | string[], hint: string | Hint) =>
    new TokenRefused(remedy, faults, { hint, cause: error });
  if (/No OpenIDConnect provider/i.test(message)) {
    const words = `create an IAM identity provider for exactly ${issuer} in account ${account}`;
    return refuse(
      'trust',
      fault,
      fitting(
        {
          advice: `${words} (${command} prints the role's part too)`,
          command: createIdentityProvider(settings, audience).join(' '),
        },
        {
          advice: `create an IAM identity provider for exactly this issuer in account ${account}; to print what fits`,
          command,
        },
      ),
    );
  }
  if (/audience/i.test(message)) {
    const words = `add the client id ${printable(audience)} to the IAM identity provider for ${issuer} in account ${account}`;
    return refuse(
      'trust',
      [fault, `this token has aud=${printable(audience)}`],
      fitting(
        { advice: words, command: addClientId(settings, audience).join(' ') },
        { advice: 'add the client id to the IAM identity provider; to print what fits', command },
      ),
    );
  }
  if (missesKeys(error)) {
    return refuse(
      'refresh',
      fault,
      `AWS could not get the provider's keys: ${issuer} and its jwks_uri must be reachable from the internet; try again in a few minutes`,
    );
  }
  return refuse('sign-in', fault, {
    advice: `${command} prints what IAM must trust; to sign in again`,
    command: `daypass login --force ${signInFlags}`,
  });
}

/** Returns the hint with the statement that allows this token in a trust policy. */
function statementHint(settings: Settings, claims: TokenClaims | undefined): Hint {
  const command = `daypass trust-policy ${settings.signInFlags}`;
  const otherwise = { advice: 'to print the trust policy that fits', command };
  if (!claims) return otherwise;
  const { name } = parseRoleArn(settings.roleArn) ?? {};
  return fitting(
    {
      advice: `add this statement to the trust policy of role ${name} (${command} prints it as commands, for a new role too)`,
      paste: JSON.stringify(trustStatement(settings, claims)),
    },
    otherwise,
  );
}

/** Returns `hint` if a terminal shows it whole and unchanged, since a person copies it; else `otherwise`. */
function fitting(hint: Hint, otherwise: Hint): Hint {
  const text = hintText(hint);
  return printable(text, longestHint) === text ? hint : otherwise;
}

/** Returns which setting to correct, by the parameter that a ValidationError names. */
function validationHint(message: string): string {
  if (/duration/i.test(message)) return `set daypass_duration = ${everyRoleAllows}, which every role allows`;
  if (/roleSessionName/i.test(message))
    return 'set daypass_session_name to 2 to 64 letters, digits or any of _+=,.@-';
  if (/webIdentityToken/i.test(message))
    return 'the ID token is too long for AWS: have the provider put fewer claims (groups, for one) into it';
  if (/policyArns|policy/i.test(message)) return 'correct the policies that daypass_policy_arns names';
  if (/roleArn|arn:/i.test(message)) return 'correct daypass_role_arn';
  // Ceph RGW rejects the `+` that AWS allows in a session name, which is made from the e-mail address.
  return 'check daypass_role_arn, daypass_duration, daypass_session_name (some servers allow no + in it) and daypass_policy_arns';
}

/** Returns which clock to correct, by STS's Date header. */
function clockAdvice(error: unknown): string {
  const { $response } = error as SdkError;
  const ahead = Math.round((Date.now() - Date.parse($response?.headers?.date ?? '')) / 60_000);
  if (Number.isNaN(ahead)) return 'check the clock of this machine, then sign in again';
  return ahead === 0
    ? "this machine's clock is right, so the provider's clock is wrong or its ID tokens expire too soon; to sign in again"
    : `this machine's clock is ${Math.abs(ahead)} min ${ahead > 0 ? 'ahead' : 'behind'}: correct it, then sign in again`;
}
