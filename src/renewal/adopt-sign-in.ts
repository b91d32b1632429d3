import { DaypassError } from '../errors.ts';
import type { Provider, Tokens } from '../oidc/provider.ts';
import type { SignInRecord } from '../session/records.ts';
import type { RenewalContext } from './context.ts';
import { newSignIn } from './sign-in-record.ts';

/** Saves a new sign-in, unless it belongs to another person than before. Throws `identity-changed`. */
export async function adoptSignIn(
  { settings, store, writer, force }: RenewalContext,
  provider: Provider,
  tokens: Tokens,
  before: SignInRecord | undefined,
): Promise<SignInRecord> {
  const changed = before !== undefined && before.sub !== tokens.claims.sub;
  if (changed && !force) {
    await revokeUnsaved(provider, tokens);
    throw new DaypassError(
      'identity-changed',
      `this session belongs to ${before.name}, and another person signed in`,
      {
        hint: {
          advice: 'to sign in as another person',
          command: `daypass login --force ${settings.signInFlags}`,
        },
      },
    );
  }
  // No call may print the credentials of the previous person, whatever the role.
  for (const account of changed ? before.credentials : []) await store.delete(account);
  const record = newSignIn(settings, tokens, provider.clockSkew, changed ? undefined : before);
  await writer.saveSignIn(record);
  return record;
}

/** Revokes the refresh token of a sign-in that is not saved, if the provider allows it. */
export async function revokeUnsaved(
  provider: Provider,
  { refreshToken }: Pick<Tokens, 'refreshToken'>,
): Promise<void> {
  if (refreshToken) await provider.revoke(refreshToken).catch(() => {});
}
