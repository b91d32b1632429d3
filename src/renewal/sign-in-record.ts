import { displayName } from '../oidc/id-token.ts';
import type { Tokens } from '../oidc/provider.ts';
import { signInIdentity } from '../session/keys.ts';
import type { SignInRecord } from '../session/records.ts';
import type { Settings } from '../settings/settings.ts';

/** Seconds. */
const longestIdToken = 24 * 3600;

/** Returns the record of a new sign-in. It keeps the roles of `before`, so that `logout` finds them. */
export function newSignIn(
  settings: Settings,
  tokens: Tokens,
  clockSkew: number,
  before: SignInRecord | undefined,
): SignInRecord {
  const { claims } = tokens;
  const record: SignInRecord = {
    version: 1,
    identity: signInIdentity(settings),
    iss: claims.iss,
    sub: claims.sub,
    aud: claims.aud,
    ...(typeof claims.auth_time === 'number' ? { authTime: claims.auth_time } : {}),
    ...(typeof claims.nonce === 'string' ? { nonce: claims.nonce } : {}),
    name: displayName(claims),
    generation: (before?.generation ?? 0) + 1,
    credentials: before?.credentials ?? [],
  };
  return withTokens(record, tokens, clockSkew);
}

/** Returns the record with a new ID token, and with the new refresh token if there is one. */
export function withTokens(
  record: SignInRecord,
  { idToken, claims, refreshToken }: Tokens,
  clockSkew: number,
): SignInRecord {
  const now = Date.now();
  // `exp` is a time of the provider's clock. Limit it, because it may be far too late.
  const seconds = Math.min(claims.exp - (now / 1000 + clockSkew), longestIdToken);
  return {
    ...record,
    ...(refreshToken ? { refreshToken } : {}),
    idToken,
    idTokenIssued: claims.iat,
    idTokenExpires: Math.round(now + seconds * 1000),
  };
}
