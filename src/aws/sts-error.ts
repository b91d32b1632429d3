import { DaypassError, systemCode } from '../errors.ts';
import { networkHint, networkReason } from '../network-reason.ts';
import { printable } from '../printable.ts';
import { parseRoleArn } from '../settings/aws-partition.ts';
import type { Settings } from '../settings/settings.ts';
import { stsEndpoint } from './sts-endpoint.ts';

interface SdkError {
  name?: string;
  message?: string;
  $metadata?: { httpStatusCode?: number };
  $response?: { statusCode?: number };
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
  const said = whatItSaid(message);
  switch (name.replace(/Exception$/, '')) {
    case 'AccessDenied':
      return new DaypassError('trust-policy', `AWS does not let this sign-in assume ${settings.roleArn}`, {
        hint: `the role's trust policy must allow sts:AssumeRoleWithWebIdentity: this token has iss=${settings.issuer} ${claims}`,
        cause: error,
      });
    case 'InvalidIdentityToken':
      return new DaypassError('sts-token-refused', `AWS account ${account} refused the ID token${said}`, {
        hint: `IAM needs an OIDC provider for exactly ${settings.issuer}, with this token's audience: ${claims}`,
        cause: error,
      });
    case 'ExpiredToken':
    case 'IDPRejectedClaim':
      return new DaypassError('sts-token-refused', `AWS refused the ID token${said}`, {
        hint: `check the clock of this machine, then run: daypass login --force ${settings.signInFlags}`,
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
    return new DaypassError('sts-failed', `STS answered ${status}${word}${whatItSaid(message)}`, {
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

/** The claims that trust policies compare, as values to paste; the token itself is never told. */
function tokenClaims(idToken: string): string {
  try {
    const claims = JSON.parse(Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString());
    // IAM compares azp instead of aud where the token has one.
    return `aud=${printable(String(claims.azp ?? claims.aud))} sub=${printable(String(claims.sub))}`;
  } catch {
    return '';
  }
}
