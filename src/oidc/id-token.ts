import { DaypassError } from '../errors.ts';

/** The claims of an ID token (OIDC Core 2). Times are seconds, as in the token. */
export interface IdTokenClaims {
  iss: string;
  sub: string;
  aud: string | string[];
  exp: number;
  iat: number;
  [claim: string]: unknown;
}

/** What an ID token must agree with. */
interface Expected {
  clientId: string;
  /** Seconds on the provider's clock. */
  now: number;
  /** The subject of the sign-in that a refresh renews. */
  sub?: string | undefined;
  /** Seconds: the requested max_age. */
  maxAge?: string | undefined;
}

/** Seconds. */
const clockTolerance = 30;
/** Seconds. */
const longestAge = 10 * 60;

/**
 * Checks what openid-client has not: it checked signature, issuer, audience, nonce and the types of times.
 * A refreshed token is held to the same, and to its subject, but not to its other claims: providers set a
 * later auth_time, another nonce or more audiences (OIDC Core 12.2 forbids it, and nothing depends on it).
 * Throws `bad-id-token`, or `identity-changed` for another subject.
 */
export function checkIdToken(idToken: string, claims: IdTokenClaims, expected: Expected): void {
  const { clientId, sub } = expected;
  // RFC 7515 2 allows no padding, blanks or other base64. Decoders accept them, but STS may not.
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(idToken)) throw bad('it is not correctly encoded');
  const { typ } = JSON.parse(Buffer.from(idToken.split('.')[0] ?? '', 'base64url').toString());
  // Access tokens (RFC 9068) and logout tokens are signed by the same keys and mean something else.
  if (typ !== undefined && !/^(application\/)?jwt$/i.test(String(typ))) throw bad('it is not an ID token');
  // OIDC Core 2: at most 255 ASCII characters.
  if (typeof claims.sub !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(claims.sub))
    throw bad('its subject is not usable');
  // STS compares azp instead of aud if the token has one, and needs it among several audiences.
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
  const azp = claims.azp ?? undefined;
  if (azp !== undefined && azp !== clientId) throw bad('it was issued to another client (azp)');
  if (azp === undefined && Array.isArray(claims.aud) && claims.aud.length > 1)
    throw bad('it is valid for other audiences as well, and does not say to whom it was issued (azp)');
  if (sub !== undefined && claims.sub !== sub) throw otherIdentity('person');
  checkTimes(claims, expected);
}

/** OIDC Core 3.1.3.7 (9), (10), (13), RFC 7519 4.1.5. openid-client has checked that these are numbers. */
function checkTimes({ exp, nbf, iat, auth_time: authTime }: IdTokenClaims, { now, maxAge }: Expected): void {
  if (exp <= now - clockTolerance) throw badTime('it has expired');
  if (typeof nbf === 'number' && nbf > now + clockTolerance) throw badTime('it is not valid yet');
  if (!Number.isInteger(iat) || iat > now + clockTolerance + longestAge)
    throw badTime('it comes from the future');
  if (iat < now - longestAge) throw badTime('it was issued too long ago, or this clock is wrong');
  if (maxAge !== undefined && Number(authTime) + Number(maxAge) < now - clockTolerance)
    throw badTime('the provider did not ask you to sign in again, as max_age requires');
}

/** Returns the error of a refresh that was answered for another identity: the sign-in is over. */
export function otherIdentity(what: 'person' | 'issuer'): DaypassError {
  const fault = `the provider answered the refresh with another ${what}`;
  return new DaypassError('identity-changed', fault, { hint: 'sign in again' });
}

/** Returns whether openid-client rejected an ID token for its issuer. Its errors carry the compared claim. */
export function isOtherIssuer(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { claim, claims } = (cause.cause ?? {}) as { claim?: unknown; claims?: { iss?: unknown } };
    if (claim === 'iss') return typeof claims?.iss === 'string';
  }
  return false;
}

/** The claims that can name a person, the most readable first. Entra and ADFS fill the later ones. */
const names = ['email', 'preferred_username', 'upn', 'unique_name', 'name'];
/** The claims with which a person signs in at the provider. Entra's login_hint is made for that. */
const logins = ['login_hint', 'preferred_username', 'upn', 'email', 'unique_name'];

/** Returns the person's name: the most readable claim that the provider fills. */
export function displayName(claims: IdTokenClaims): string {
  return texts(claims, names)[0] ?? claims.sub;
}

/** Returns the value with which the provider preselects the account (OIDC Core 3.1.2.1, login_hint). */
export function accountHint(claims: IdTokenClaims): string | undefined {
  return texts(claims, logins).find((claim) => /^\P{Cc}{1,512}$/u.test(claim));
}

/** Returns those of these claims that are text. */
function texts(claims: IdTokenClaims, order: readonly string[]): string[] {
  const isText = (claim: unknown): claim is string => typeof claim === 'string' && /\S/.test(claim);
  return order.map((name) => claims[name]).filter(isText);
}

function bad(why: string, check = ''): DaypassError {
  const hint = `check ${check}the client at the provider`;
  return new DaypassError('bad-id-token', `the provider's ID token was rejected: ${why}`, { hint });
}

function badTime(why: string): DaypassError {
  return bad(why, 'the clock of this machine and ');
}
