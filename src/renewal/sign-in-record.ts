import { displayName } from '../oidc/id-token.ts';
import type { Tokens } from '../oidc/provider.ts';
import { signInIdentity } from '../session/keys.ts';
import type { SignInRecord } from '../session/records.ts';
import type { Settings } from '../settings/settings.ts';

const longestIdToken = 24 * 3600;

/** The record of a first sign-in, or of one that replaces `before`; the roles made from it stay listed for `logout`. */
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

/** The record with a new ID token, and with the refresh token that came along, else the one it had. */
export function withTokens(
  record: SignInRecord,
  { idToken, claims, refreshToken }: Tokens,
  clockSkew: number,
): SignInRecord {
  const now = Date.now();
  // An absurd expiry must not outlive every session (and `exp` counts on the provider's clock).
  const seconds = Math.min(claims.exp - (now / 1000 + clockSkew), longestIdToken);
  return {
    ...record,
    ...(refreshToken ? { refreshToken } : {}),
    idToken,
    idTokenIssued: claims.iat,
    idTokenExpires: Math.round(now + seconds * 1000),
  };
}
