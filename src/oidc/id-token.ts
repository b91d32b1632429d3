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

/** The claims of an earlier token of the sign-in, with which a refreshed one must agree (OIDC Core 12.2). */
export interface EarlierToken {
  sub: string;
  aud: string | string[];
  authTime?: number | undefined;
  issuedAt?: number | undefined;
  nonce?: unknown;
}

/** Seconds. */
const clockTolerance = 30;
/** Seconds. */
const longestAge = 10 * 60;

/**
 * Checks what openid-client has not: it checked signature, issuer, audience, expiry and nonce. `now` is in
 * seconds on the provider's clock. Throws `bad-id-token`, or `identity-changed` for another subject.
 */
export function checkIdToken(
  idToken: string,
  claims: IdTokenClaims,
  { clientId, now, earlier }: { clientId: string; now: number; earlier: EarlierToken | undefined },
): void {
  // RFC 7515 2 allows no padding, blanks or other base64. Decoders accept them, but STS may not.
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(idToken)) throw bad('it is not correctly encoded');
  const { typ } = JSON.parse(Buffer.from(idToken.split('.')[0] ?? '', 'base64url').toString());
  // Access tokens (RFC 9068) and logout tokens are signed by the same keys and mean something else.
  if (typ !== undefined && !/^(application\/)?jwt$/i.test(String(typ))) throw bad('it is not an ID token');
  // OIDC Core 2: at most 255 ASCII characters.
  if (typeof claims.sub !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(claims.sub))
    throw bad('its subject is not usable');
  // STS compares azp if the token has one, so another azp would stand for another client.
  if (claims.azp !== undefined && claims.azp !== clientId) throw bad('it was issued to another client (azp)');
  if (Array.isArray(claims.aud) && claims.aud.length > 1)
    throw bad('it is valid for other audiences as well');
  if (!Number.isInteger(claims.iat) || claims.iat > now + clockTolerance + longestAge)
    throw bad('it comes from the future');
  if (claims.iat < now - longestAge) throw bad('it was issued too long ago, or this clock is wrong');
  if (!earlier) return;
  if (claims.sub !== earlier.sub) {
    const fault = 'the provider answered the refresh with another person';
    throw new DaypassError('identity-changed', fault, { hint: 'sign in again' });
  }
  if (String(claims.aud) !== String(earlier.aud)) throw bad('its audience changed');
  if (differ(claims.auth_time, earlier.authTime)) throw bad('its sign-in time changed');
  if (differ(claims.nonce, earlier.nonce)) throw bad('its nonce changed');
  if (earlier.issuedAt !== undefined && claims.iat < earlier.issuedAt - clockTolerance)
    throw bad('it is older than the one before');
}

/** Returns whether both tokens have a claim, with different values. */
function differ(claim: unknown, earlier: unknown): boolean {
  return claim !== undefined && earlier !== undefined && claim !== earlier;
}

/** Returns the person's name: the most readable claim that the provider fills. */
export function displayName({ email, preferred_username, sub }: IdTokenClaims): string {
  const isName = (claim: unknown): claim is string => typeof claim === 'string' && claim !== '';
  return [email, preferred_username].find(isName) ?? sub;
}

function bad(why: string): DaypassError {
  const hint = 'check the clock of this machine and the client at the provider';
  return new DaypassError('bad-id-token', `the provider's ID token was rejected: ${why}`, { hint });
}
