import { createRemoteJWKSet, decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose';
import { invalidValue, StsRefusal } from './refusal.ts';
import { allows } from './trust-policy.ts';

/** One role, with the IAM OIDC provider and the trust policy that allow a token to assume it. */
export interface Trust {
  roleArn: string;
  /** Compared byte for byte, as IAM does. */
  issuer: string;
  jwksUri: string;
  /** The role's trust policy. Without one, tokens of `audience` (and `subject`) are allowed. */
  policy?: unknown;
  /** The client id of the provider and of the policy's `:aud` condition. */
  audience: string;
  /** The policy's `:sub` condition. Without it any subject is allowed. */
  subject?: string;
  /** The maximum duration in seconds. IAM's default is 3600. */
  maxSessionDuration?: number;
}

export interface WebIdentity {
  trust: Trust;
  subject: string;
  audience: string;
  sourceIdentity?: string;
}

type KeySet = ReturnType<typeof createRemoteJWKSet>;

/** Returns the identity of a token after all checks of AWS. Throws `StsRefusal`. */
export function webIdentityVerifier(trusts: readonly Trust[]) {
  const keySets = new Map<string, KeySet>();
  return (token: string, roleArn: string) => verify(token, roleArn, trusts, keySets);
}

async function verify(
  token: string,
  roleArn: string,
  trusts: readonly Trust[],
  keySets: Map<string, KeySet>,
): Promise<WebIdentity> {
  if (token.length < 4 || token.length > 20_000) {
    throw invalidValue('<sensitive>', 'webIdentityToken', 'have length between 4 and 20000');
  }
  const claims = unverifiedClaims(token);
  const account = roleArn.split(':')[4];
  const providers = trusts.filter(
    (trust) => trust.issuer === claims.iss && trust.roleArn.split(':')[4] === account,
  );
  const [provider] = providers;
  if (!provider) {
    throw invalidToken(`No OpenIDConnect provider found in your account for ${claims.iss}`);
  }
  const audience = effectiveAudience(claims);
  if (!providers.some((trust) => trust.audience === audience)) throw invalidToken('Incorrect token audience');
  // AWS caches a provider's keys and requests them again for an unknown kid.
  const keys =
    keySets.get(provider.jwksUri) ?? createRemoteJWKSet(new URL(provider.jwksUri), { cooldownDuration: 0 });
  keySets.set(provider.jwksUri, keys);
  await verifySignatureAndTimes(token, provider.issuer, keys);

  const trust = providers.find(
    (candidate) =>
      candidate.roleArn === roleArn &&
      candidate.audience === audience &&
      (candidate.subject ?? claims.sub) === claims.sub &&
      (candidate.policy === undefined || allows(candidate.policy, providerArn(candidate), claims, audience)),
  );
  if (!trust) {
    throw new StsRefusal('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity', 403);
  }
  const sourceIdentity = claims['https://aws.amazon.com/source_identity'];
  return {
    ...{ trust, subject: claims.sub, audience },
    ...(typeof sourceIdentity === 'string' ? { sourceIdentity } : {}),
  };
}

/** Returns the principal of the provider; Google is part of IAM and has no ARN. */
function providerArn({ roleArn, issuer }: Trust): string {
  if (issuer === 'https://accounts.google.com') return 'accounts.google.com';
  const [, partition, , , account] = roleArn.split(':');
  return `arn:${partition}:iam::${account}:oidc-provider/${issuer.replace(/^https?:\/\//, '')}`;
}

function unverifiedClaims(token: string): JWTPayload & { iss: string; sub: string } {
  let claims: JWTPayload;
  try {
    claims = decodeJwt(token);
  } catch {
    throw invalidToken(
      'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
    );
  }
  for (const name of ['iss', 'sub', 'aud'] as const) {
    if (!claims[name]?.length) throw invalidToken(`Missing a required claim: ${name}`);
  }
  for (const name of ['iat', 'exp'] as const) {
    if (!Number.isInteger(claims[name])) throw invalidToken(`Missing a required claim: ${name}`);
  }
  return claims as JWTPayload & { iss: string; sub: string };
}

/** Returns the audience: IAM uses azp if there is one, and rejects several audiences without it. */
function effectiveAudience({ azp, aud }: JWTPayload): string {
  if (typeof azp === 'string') return azp;
  const audiences = [aud ?? []].flat();
  return audiences.length === 1 ? String(audiences[0]) : '';
}

async function verifySignatureAndTimes(token: string, issuer: string, keys: KeySet): Promise<void> {
  try {
    await jwtVerify(token, keys, {
      issuer,
      algorithms: ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'],
    });
  } catch (error) {
    throw tokenRefusal(error);
  }
}

function tokenRefusal(error: unknown): StsRefusal {
  if (error instanceof errors.JWTExpired) {
    const now = Math.floor(Date.now() / 1000);
    return new StsRefusal(
      'ExpiredTokenException',
      `Token expired: current date/time ${now} must be before the expiration date/time ${error.payload.exp}`,
    );
  }
  if (error instanceof errors.JWKSTimeout) {
    return new StsRefusal('IDPCommunicationError', 'The identity provider did not answer in time');
  }
  if (
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JWTClaimValidationFailed ||
    error instanceof errors.JOSEAlgNotAllowed
  ) {
    return invalidToken(`The web identity token could not be validated: ${error.message}`);
  }
  return invalidToken(
    "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements",
  );
}

function invalidToken(message: string): StsRefusal {
  return new StsRefusal('InvalidIdentityToken', message);
}
