import { DaypassError } from '../errors.ts';

/** The claims of an ID token that daypass uses (OIDC Core 2). Times are seconds, as in the token. */
export interface IdTokenClaims {
  iss: string;
  sub: string;
  aud: string | string[];
  azp?: unknown;
  exp: number;
  iat: number;
  nonce?: unknown;
  auth_time?: unknown;
  [claim: string]: unknown;
}

/** What an earlier token of the same sign-in said; a refreshed one must agree (OIDC Core 12.2). */
export interface EarlierToken {
  sub: string;
  aud: string | string[];
  authTime?: number | undefined;
  issuedAt?: number | undefined;
  nonce?: unknown;
}

const clockTolerance = 30;
const longestAge = 10 * 60;

/**
 * The checks that openid-client leaves to us; signature, issuer, audience, expiry and nonce it has made before.
 * `now` is in seconds on the provider's clock. Throws `bad-id-token`, or `identity-changed` for another subject.
 */
export function checkIdToken(
  idToken: string,
  claims: IdTokenClaims,
  { clientId, now, earlier }: { clientId: string; now: number; earlier?: EarlierToken },
): void {
  // RFC 7515 2 knows neither padding nor blanks nor the other base64; decoders take them all the same, and STS may not.
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(idToken)) throw bad('it is not correctly encoded');
  const { typ } = JSON.parse(Buffer.from(idToken.split('.')[0] ?? '', 'base64url').toString());
  // RFC 9068 and back-channel logout tokens are signed by the same keys and mean something else.
  if (typ !== undefined && !/^(application\/)?jwt$/i.test(String(typ))) throw bad('it is not an ID token');
  // OIDC Core 2: at most 255 ASCII characters.
  if (typeof claims.sub !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(claims.sub))
    throw bad('its subject is not usable');
  // STS compares azp where there is one, so a token with another azp would speak for another client.
  if (claims.azp !== undefined && claims.azp !== clientId) throw bad('it was issued to another client (azp)');
  if (Array.isArray(claims.aud) && claims.aud.length > 1)
    throw bad('it is valid for other audiences as well');
  if (!Number.isInteger(claims.iat) || claims.iat > now + clockTolerance + longestAge)
    throw bad('it comes from the future');
  if (claims.iat < now - longestAge) throw bad('it was issued too long ago, or this clock is wrong');
  if (!earlier) return;
  if (claims.sub !== earlier.sub) {
    throw new DaypassError('identity-changed', 'the provider answered the refresh with another person', {
      hint: 'sign in again',
    });
  }
  if (String(claims.aud) !== String(earlier.aud)) throw bad('its audience changed');
  if (
    claims.auth_time !== undefined &&
    earlier.authTime !== undefined &&
    claims.auth_time !== earlier.authTime
  ) {
    throw bad('its sign-in time changed');
  }
  if (claims.nonce !== undefined && earlier.nonce !== undefined && claims.nonce !== earlier.nonce)
    throw bad('its nonce changed');
  if (earlier.issuedAt !== undefined && claims.iat < earlier.issuedAt - clockTolerance) {
    throw bad('it is older than the one before');
  }
}

/** How to call the person: the claims that providers fill, most readable first. */
export function displayName(claims: IdTokenClaims): string {
  for (const claim of ['email', 'preferred_username', 'sub']) {
    const value = claims[claim];
    if (typeof value === 'string' && value) return value;
  }
  return claims.sub;
}

function bad(why: string): DaypassError {
  return new DaypassError('bad-id-token', `the provider's ID token was refused: ${why}`, {
    hint: 'check the clock of this machine and the client at the provider',
  });
}
