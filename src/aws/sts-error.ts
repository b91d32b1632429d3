import { DaypassError, systemCode } from '../errors.ts';
import { networkHint, networkReason } from '../network/reason.ts';
import { printable } from '../printable.ts';
import { parseRoleArn } from '../settings/aws-partition.ts';
import type { Settings } from '../settings/settings.ts';
import { stsEndpoint } from './sts-endpoint.ts';
import { type TokenClaims, tokenClaims } from './token-claims.ts';

interface SdkError {
  name?: string;
  message?: string;
  $metadata?: { httpStatusCode?: number };
  $response?: { statusCode?: number; headers?: Record<string, string> };
}

/**
 * STS's refusal in our words, with the reason worked out from our own token: STS itself tells the caller next to nothing.
 * The codes: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */
export function stsError(error: unknown, settings: Settings, idToken: string): DaypassError {
  if (error instanceof DaypassError) return error;
  const { name = '', message = '' } = error as SdkError;
  const { account } = parseRoleArn(settings.roleArn) ?? {};
  const claims = tokenClaims(idToken);
  const fits = `for what fits, run: daypass trust-policy ${settings.signInFlags}`;
  const said = whatItSaid(message);
  switch (name.replace(/Exception$/, '')) {
    case 'AccessDenied':
      return new DaypassError(
        'trust-policy',
        [
          `AWS does not let this sign-in assume ${settings.roleArn}: there is no such role, or it does not trust this token`,
          `the trust policy must allow ${allowed(claims)}: this token has iss=${settings.issuer} ${shown(claims)}`,
        ],
        { hint: fits, cause: error },
      );
    case 'InvalidIdentityToken':
      return new DaypassError('sts-token-refused', `AWS account ${account} refused the ID token${said}`, {
        hint: refusalHint(message, settings, claims, fits),
        cause: error,
      });
    case 'ExpiredToken':
    case 'IDPRejectedClaim':
      return new DaypassError('sts-token-refused', `AWS refused the ID token${said}`, {
        hint: `${clockHint(error)}run: daypass login --force ${settings.signInFlags}`,
        cause: error,
      });
    case 'IDPCommunicationError':
      return new DaypassError('sts-failed', `AWS could not reach ${settings.issuer} to check the ID token`, {
        hint: "the provider's discovery and keys must be reachable from the internet; try again in a while",
        cause: error,
      });
    case 'RegionDisabled':
      return new DaypassError(
        'sts-failed',
        `STS is not active in ${settings.region} for account ${account}`,
        {
          hint: 'set region to one in which it is',
          cause: error,
        },
      );
    case 'PackedPolicyTooLarge':
    case 'MalformedPolicyDocument':
    case 'ValidationError':
      return new DaypassError('bad-configuration', `STS refused the request${said}`, {
        hint: 'check daypass_duration, daypass_session_name and daypass_policy_arns',
        cause: error,
      });
  }
  return otherError(error, settings);
}

/** Why STS does not say who the credentials belong to. */
export function identityError(error: unknown, settings: Settings): DaypassError {
  if (error instanceof DaypassError) return error;
  const { name = '' } = error as Partial<Error>;
  if (/^(ExpiredToken|InvalidClientTokenId|SignatureDoesNotMatch|AccessDenied)/.test(name)) {
    return new DaypassError('sts-failed', `AWS does not accept these credentials (${printable(name)})`, {
      hint: `run: daypass login --force ${settings.signInFlags}`,
      cause: error,
    });
  }
  return otherError(error, settings);
}

/** An answer that says nothing about the request, or none at all. */
function otherError(error: unknown, settings: Settings): DaypassError {
  const { name = '', message = '', $metadata, $response } = error as SdkError;
  const status = $metadata?.httpStatusCode ?? $response?.statusCode;
  const broken = systemCode(error) !== undefined;
  if (status !== undefined && status < 300 && !broken) {
    // The SDK's parser quotes what it stumbles over, and that may be a secret.
    return new DaypassError('sts-failed', 'the answer of STS cannot be read', {
      hint: settings.stsEndpoint ? 'check daypass_sts_endpoint' : 'try again in a while',
      cause: error,
    });
  }
  // An answer that broke off has a status too.
  if (status !== undefined && !broken) {
    const word = /^[A-Za-z]{1,64}$/.test(name) ? ` (${name})` : '';
    // Then the SDK has advice for programmers.
    const foreign = message.includes('Deserialization error');
    const said = foreign ? ', but not as STS does; is it a proxy?' : `${word}${whatItSaid(message)}`;
    return new DaypassError('sts-failed', `STS answered ${status}${said}`, {
      hint: 'try again in a while',
      cause: error,
    });
  }
  const reason = networkReason(error);
  return new DaypassError('sts-unreachable', `cannot reach STS at ${stsEndpoint(settings)}: ${reason}`, {
    hint: networkHint(reason, 'region'),
    cause: error,
  });
}

/** A ValidationError quotes the value that it does not like, and that may be the token. */
function whatItSaid(message: string): string {
  return message ? `: ${printable(message.replace(/eyJ[\w-]+(\.[\w-]*)*/g, '(token)'))}` : '';
}

/** The values that trust policies compare, to paste; the token itself is never told. */
function shown(claims: TokenClaims | undefined): string {
  return claims ? `aud=${printable(claims.audience)} sub=${printable(claims.sub)}` : '';
}

function allowed(claims: TokenClaims | undefined): string {
  const [assume = 'sts:AssumeRoleWithWebIdentity', ...others] = claims?.actions ?? [];
  return others.length > 0 ? `${assume}, and ${others.join(' and ')} for what the token carries` : assume;
}

/** STS says which part of IAM's identity provider it missed; these are its words. */
function refusalHint(
  message: string,
  { issuer, roleArn }: Settings,
  claims: TokenClaims | undefined,
  fits: string,
): string {
  const { account } = parseRoleArn(roleArn) ?? {};
  if (/No OpenIDConnect provider/i.test(message))
    return `create an IAM identity provider for exactly ${issuer} in account ${account}; ${fits}`;
  if (/audience/i.test(message))
    return `add the client id ${printable(claims?.audience ?? '')} to the IAM identity provider for ${issuer}; ${fits}`;
  if (/verification key/i.test(message))
    return `AWS could not get the provider's keys: ${issuer} and its jwks_uri must be reachable from the internet; try again in a while`;
  return `IAM needs an OIDC provider for exactly ${issuer}, with this token's audience: ${shown(claims)}; ${fits}`;
}

/** Names the clock where STS's Date says that it is the cause. */
function clockHint(error: unknown): string {
  const { $response } = error as SdkError;
  const ahead = Math.round((Date.now() - Date.parse($response?.headers?.date ?? '')) / 60_000);
  return Math.abs(ahead) >= 1
    ? `this machine's clock is ${Math.abs(ahead)} min ${ahead > 0 ? 'ahead' : 'behind'}: set it right, then `
    : 'check the clock of this machine, then ';
}
