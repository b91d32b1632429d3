import { DaypassError, type Hint, hintText, systemCode } from '../errors.ts';
import { peerTime } from '../network/clock-skew.ts';
import { unreachable } from '../network/unreachable.ts';
import { awsPartition, parseRoleArn } from '../settings/aws-partition.ts';
import type { Settings } from '../settings/settings.ts';
import { longestHint, printable } from '../terminal/printable.ts';
import { clockDifference } from '../terminal/time-span.ts';
import { addClientId, createIdentityProvider } from './iam-commands.ts';
import { identityProviderArn, isBuiltIn } from './identity-provider.ts';
import { stsPeer } from './sts-endpoint.ts';
import { everyRoleAllows, type TokenClaims, tokenClaims, trustStatement } from './trust-policy.ts';

interface SdkError {
  name?: string;
  message?: string;
  $metadata?: { httpStatusCode?: number };
  $response?: { statusCode?: number; headers?: Record<string, string> };
}

/** What may help: a refreshed token, a new sign-in, or only a change in IAM. */
type Remedy = 'refresh' | 'sign-in' | 'trust';

/** STS rejects this ID token. */
export class TokenRefused extends DaypassError {
  readonly remedy: Remedy;

  constructor(remedy: Remedy, faults: string | string[], hint: string | Hint, cause: unknown) {
    super('sts-token-refused', faults, { hint, cause });
    this.remedy = remedy;
  }
}

/**
 * Returns the error for an answer of STS, with the reason by our own token and a fix to paste: STS gives
 * hardly any detail. Codes: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */
export function stsError(error: unknown, settings: Settings, idToken: string): DaypassError {
  if (error instanceof DaypassError) return error;
  const { name = '', message = '' } = error as SdkError;
  const { partition = '', account } = parseRoleArn(settings.roleArn) ?? {};
  const claims = tokenClaims(idToken);
  const said = whatItSaid(message);
  const signInAgain = `daypass login --force ${settings.signInFlags}`;
  const misconfigured = (fault: string, hint: string) =>
    new DaypassError('bad-configuration', fault, { hint, cause: error });
  const refuse = (remedy: Remedy, fault: string, advice: string) =>
    new TokenRefused(remedy, fault + said, { advice, command: signInAgain }, error);
  if (isRefusedParameter(name))
    return misconfigured(`STS refused the request${said}`, validationHint(message, settings));
  switch (name.replace(/Exception$/, '')) {
    case 'AccessDenied':
    // The code of Ceph RGW for a role that does not exist.
    case 'NoSuchEntity':
      return denied(error, settings, claims);
    case 'InvalidIdentityToken':
      return invalidToken(error, settings, claims);
    case 'ExpiredToken':
      return refuse('refresh', 'AWS refused the ID token', clockAdvice(error));
    case 'IDPRejectedClaim':
      return refuse('sign-in', 'the provider told AWS that it rejects this ID token', 'sign in again');
    case 'IDPCommunicationError':
      return failed(
        error,
        `AWS could not reach ${settings.issuer} to check the ID token`,
        "the provider's discovery and keys must be reachable from the internet; try again in a few minutes",
      );
    case 'RegionDisabled':
      return failed(
        error,
        `STS is not active in ${settings.region} for account ${account}`,
        `set region to one in which it is, such as ${awsPartition(partition)?.defaultRegion}, or have it activated there`,
      );
    case 'PackedPolicyTooLarge':
      return misconfigured(
        `the session policies and the session tags of the ID token are too large together${packedSize(message) ?? said}`,
        `${shorterPolicies(settings)}, or have the provider send fewer and shorter tags`,
      );
    case 'MalformedPolicyDocument':
      return misconfigured(
        `AWS cannot use a session policy${said}`,
        `correct or remove ${policiesOf(settings)}`,
      );
    default:
      return otherError(error, settings);
  }
}

/** Returns the error for a denial, with the statement that allows this token in a trust policy. */
function denied(error: unknown, settings: Settings, claims: TokenClaims | undefined): DaypassError {
  const { issuer, roleArn, signInFlags, stsEndpoint } = settings;
  // AWS has its own code for the third one (InvalidIdentityToken), Ceph RGW and others have one for all.
  const reason = stsEndpoint
    ? 'there is no such role, it does not trust this token, or the account has no identity provider for this issuer'
    : 'there is no such role, or it does not trust this token';
  const [assume = 'sts:AssumeRoleWithWebIdentity', ...others] = claims?.actions ?? [];
  const actions =
    others.length > 0 ? `${assume}, and ${others.join(' and ')} for what the token carries` : assume;
  // The values that trust policies compare, to paste; never the token itself.
  const values = claims ? `aud=${printable(claims.audience)} sub=${printable(claims.sub)}` : '';
  const faults = [
    `AWS does not let this sign-in assume ${roleArn}: ${reason}`,
    `the trust policy must allow ${actions}: this token has iss=${issuer} ${values}`,
  ];
  const command = `daypass trust-policy ${signInFlags}`;
  const otherwise = { advice: 'to print the trust policy that fits', command };
  const advice = `check daypass_role_arn; if it is right, add this statement to the trust policy of role ${parseRoleArn(roleArn)?.name} (${command} prints it as commands, for a new role too)`;
  const paste = claims && JSON.stringify(trustStatement(settings, claims));
  const hint = paste ? fitting({ advice, paste }, otherwise) : otherwise;
  return new DaypassError('trust-policy', faults, { hint, cause: error });
}

/** Returns whether STS rejects a parameter of the request: Ceph RGW and others have own codes for it. */
function isRefusedParameter(code: string): boolean {
  return /^(ValidationError|InvalidArgument|InvalidParameterValue)$/.test(code.replace(/Exception$/, ''));
}

/** Returns whether the duration may be too long: AWS names the parameter, others (Ceph RGW) do not. */
export function isDurationTooLong(error: unknown): boolean {
  const { name = '', message = '' } = error as SdkError;
  return isRefusedParameter(name) && (/DurationSeconds/.test(message) || saysNothing(message));
}

/** Returns whether STS sent a code without a message; the SDK then uses a word of its own. */
function saysNothing(message: string): boolean {
  return /^(Unknown(Error)?)?$/.test(message);
}

/** Returns whether STS blames the token for keys that it could not fetch, and may have a moment later. */
export function missesKeys(error: unknown): boolean {
  const { name = '', message = '' } = error as SdkError;
  return name.startsWith('InvalidIdentityToken') && /verification key/i.test(message);
}

/** Returns the error for a GetCallerIdentity that failed. */
export function identityError(error: unknown, settings: Settings): DaypassError {
  if (error instanceof DaypassError) return error;
  const { name = '' } = error as SdkError;
  if (/^(ExpiredToken|InvalidClientTokenId|SignatureDoesNotMatch|AccessDenied)/.test(name)) {
    const command = `daypass login --force ${settings.signInFlags}`;
    return failed(error, `AWS does not accept these credentials (${printable(name)})`, { command });
  }
  if (/^(MethodNotAllowed|NotImplemented|InvalidAction|NotFound)$/.test(name)) {
    const hint = 'call another service with the credentials to check them';
    return failed(error, `this STS has no GetCallerIdentity (${name})`, hint);
  }
  return otherError(error, settings);
}

/** Returns the error for an answer that cannot be read or lacks a part. */
export function unusableAnswer({ stsEndpoint }: Settings, fault: string, cause?: unknown): DaypassError {
  return failed(cause, fault, stsEndpoint ? 'check daypass_sts_endpoint' : 'try again in a few minutes');
}

/** Returns the error for an answer that does not judge the request, or for no answer. */
function otherError(error: unknown, settings: Settings): DaypassError {
  const { name = '', message = '', $metadata, $response } = error as SdkError;
  const status = $metadata?.httpStatusCode ?? $response?.statusCode;
  // An incomplete answer has a status too.
  if (status === undefined || systemCode(error) !== undefined)
    return unreachable('sts-unreachable', { ...stsPeer(settings), caBundle: settings.caBundle }, error);
  // The SDK's parser quotes the text that it cannot parse, and that may be a secret.
  if (status < 300) return unusableAnswer(settings, 'the answer of STS cannot be read', error);
  const word = /^[A-Za-z]{1,64}$/.test(name) ? ` (${name})` : '';
  // The SDK's message is then advice for programmers.
  const foreign = message.includes('Deserialization error');
  const said = foreign ? ', but not as STS does; is it a proxy?' : `${word}${whatItSaid(message)}`;
  return failed(error, `STS answered ${status}${said}`, 'try again in a few minutes');
}

function failed(cause: unknown, fault: string, hint: string | Hint): DaypassError {
  return new DaypassError('sts-failed', fault, { hint, cause });
}

/** Returns STS's message without the token, since a ValidationError quotes the rejected value. */
function whatItSaid(message: string): string {
  return saysNothing(message) ? '' : `: ${printable(message.replace(/eyJ[\w-]+(\.[\w-]*)*/g, '(token)'))}`;
}

/** Returns the error for InvalidIdentityToken. The patterns are STS's words for the missing part of IAM. */
function invalidToken(error: unknown, settings: Settings, claims: TokenClaims | undefined): TokenRefused {
  const { message = '' } = error as SdkError;
  const { issuer, roleArn, signInFlags } = settings;
  const { account } = parseRoleArn(roleArn) ?? {};
  const audience = claims?.audience ?? settings.clientId;
  const fault = `AWS account ${account} refused the ID token${whatItSaid(message)}`;
  const command = `daypass trust-policy ${signInFlags}`;
  const refuse = (remedy: Remedy, faults: string | string[], hint: string | Hint) =>
    new TokenRefused(remedy, faults, hint, error);
  // No identity provider is created for one that is part of IAM, and none has client ids.
  if (isBuiltIn(issuer) && /No OpenIDConnect provider|audience/i.test(message))
    return refuse('trust', fault, { advice: 'to print the trust policy that fits', command });
  if (/No OpenIDConnect provider/i.test(message)) {
    const create = {
      advice: `create an IAM identity provider for exactly ${issuer} in account ${account} (${command} prints the role's part too)`,
      command: createIdentityProvider(issuer, audience).join(' '),
    };
    const advice = `create an IAM identity provider for exactly this issuer in account ${account}; to print what fits`;
    return refuse('trust', fault, fitting(create, { advice, command }));
  }
  if (/audience/i.test(message)) {
    const add = {
      advice: `add the client id ${printable(audience)} to the IAM identity provider for ${issuer} in account ${account}`,
      command: addClientId(identityProviderArn(settings), audience).join(' '),
    };
    const advice = 'add the client id to the IAM identity provider; to print what fits';
    const faults = [fault, `this token has aud=${printable(audience)}`];
    return refuse('trust', faults, fitting(add, { advice, command }));
  }
  if (missesKeys(error)) {
    const advice = `AWS could not get the provider's keys: ${issuer} and its jwks_uri must be reachable from the internet; try again in a few minutes`;
    return refuse('refresh', fault, advice);
  }
  const advice = `${command} prints what IAM must trust; to sign in again`;
  return refuse('sign-in', fault, { advice, command: `daypass login --force ${signInFlags}` });
}

/** Returns `hint` if a terminal shows it whole and unchanged, since a person copies it; else `otherwise`. */
function fitting(hint: Hint, otherwise: Hint): Hint {
  const text = hintText(hint);
  return printable(text, longestHint) === text ? hint : otherwise;
}

/** Returns how much of its space AWS says that the policies and tags take. */
function packedSize(message: string): string | undefined {
  const [, percent] = /\b(\d{1,6}) ?%/.exec(message) ?? [];
  return percent && `: they take ${percent} % of the space that AWS has for them`;
}

function shorterPolicies({ policy, policyArns }: Settings): string {
  const fewer = 'name fewer policies in daypass_policy_arns';
  if (!policy) return fewer;
  const shorter = `shorten ${policy.shown}`;
  return policyArns.length > 0 ? `${shorter}, ${fewer}` : shorter;
}

/** Returns the session policies that the settings name, as words of a hint. */
function policiesOf({ policy, policyArns }: Settings): string {
  const named = 'the policies that daypass_policy_arns names';
  if (!policy) return named;
  return policyArns.length > 0 ? `${policy.shown} or ${named}` : policy.shown;
}

/** Returns which setting to correct, by the parameter that a ValidationError names. */
function validationHint(message: string, settings: Settings): string {
  if (/duration/i.test(message)) return `set daypass_duration = ${everyRoleAllows}, which every role allows`;
  if (/roleSessionName/i.test(message))
    return 'set daypass_session_name to 2 to 64 letters, digits or any of _+=,.@-';
  if (/webIdentityToken/i.test(message))
    return 'the ID token is too long for AWS: have the provider put fewer claims (groups, for one) into it';
  if (/policyArns|policy/i.test(message)) return `correct ${policiesOf(settings)}`;
  if (/roleArn|arn:/i.test(message)) return 'correct daypass_role_arn';
  // Ceph RGW rejects the `+` that AWS allows in a session name, which is made from the e-mail address.
  return 'check daypass_role_arn, daypass_duration, daypass_session_name (some servers allow no + in it) and daypass_policy_arns';
}

/** Returns which clock to correct, by STS's Date header. */
function clockAdvice(error: unknown): string {
  const { $response } = error as SdkError;
  const theirs = peerTime(new Headers($response?.headers));
  const ahead = Math.round((Date.now() - (theirs ?? Number.NaN)) / 1000);
  if (Number.isNaN(ahead)) return 'check the clock of this machine, then sign in again';
  return Math.abs(ahead) <= 30
    ? "this machine's clock is right, so the provider's clock is wrong or its ID tokens expire too soon; to sign in again"
    : `this machine's clock is ${clockDifference(ahead)} ${ahead > 0 ? 'ahead' : 'behind'}: correct it, then sign in again`;
}
