import { DaypassError } from '../errors.ts';
import { accountHint, displayName } from '../oidc/id-token.ts';
import type { Provider, Tokens } from '../oidc/provider.ts';
import { signInIdentity } from '../session/keys.ts';
import type { SignInRecord } from '../session/records.ts';
import type { Settings } from '../settings/settings.ts';
import type { RenewalContext } from './context.ts';

/** Seconds. */
const longestIdToken = 24 * 3600;

/** Saves a new sign-in, unless it belongs to another person than before. Throws `identity-changed`. */
export async function adoptSignIn(
  { settings, store, writer, force }: RenewalContext,
  provider: Provider,
  tokens: Tokens,
  before: SignInRecord | undefined,
): Promise<SignInRecord> {
  const changed = before !== undefined && before.sub !== tokens.claims.sub;
  if (changed && !force) {
    await revokeUnsaved(provider, tokens.refreshToken);
    const fault = `this session belongs to ${before.name}, and another person signed in`;
    const command = `daypass login --force ${settings.signInFlags}`;
    const hint = { advice: 'to sign in as another person', command };
    throw new DaypassError('identity-changed', fault, { hint });
  }
  // No call may print the credentials of the previous person, whatever the role.
  for (const account of changed ? before.credentials : []) await store.delete(account);
  const kept = changed ? undefined : before;
  const record = withTokens(newSignIn(settings, tokens, kept), tokens, provider.clockSkew);
  await writer.saveSignIn(record);
  return record;
}

/** Revokes the refresh token of a sign-in that is not saved, if the provider allows it. */
export async function revokeUnsaved(provider: Provider, refreshToken: string | undefined): Promise<void> {
  if (refreshToken) await provider.revoke(refreshToken).catch(() => {});
}

/** Returns the record of a new sign-in. It keeps the roles of `before`, so that `logout` finds them. */
function newSignIn(settings: Settings, { claims }: Tokens, before: SignInRecord | undefined): SignInRecord {
  return {
    version: 1,
    identity: signInIdentity(settings),
    iss: claims.iss,
    sub: claims.sub,
    aud: claims.aud,
    name: displayName(claims),
    accountHint: accountHint(claims),
    generation: (before?.generation ?? 0) + 1,
    credentials: before?.credentials ?? [],
  };
}

/** Returns the record with a new ID token, and with the new refresh token if there is one. */
export function withTokens(record: SignInRecord, tokens: Tokens, clockSkew: number): SignInRecord {
  const { idToken, claims, refreshToken } = tokens;
  const now = Date.now();
  // `exp` is a time of the provider's clock. Limit it, because it may be far too late.
  const seconds = Math.min(claims.exp - (now / 1000 + clockSkew), longestIdToken);
  const { refreshRefused: _ended, ...rest } = record;
  return {
    ...rest,
    ...(refreshToken ? { refreshToken } : {}),
    idToken,
    idTokenExpires: Math.round(now + seconds * 1000),
  };
}
