import { DaypassError } from '../errors.ts';
import type { Provider, Tokens } from '../oidc/provider.ts';
import type { SignInRecord } from '../session/records.ts';
import type { RenewalContext } from './context.ts';
import { newSignIn } from './sign-in-record.ts';

/** Saves the sign-in that a person has made, unless it is somebody else's session. Throws `identity-changed`. */
export async function adoptSignIn(
  { settings, store, writer, force }: RenewalContext,
  provider: Provider,
  tokens: Tokens,
  before: SignInRecord | undefined,
): Promise<SignInRecord> {
  const changed = before !== undefined && before.sub !== tokens.claims.sub;
  if (changed && !force) {
    await forget(provider, tokens);
    throw new DaypassError(
      'identity-changed',
      `this session belongs to ${before.name}, and somebody else signed in`,
      {
        hint: { advice: 'to change the person', command: `daypass login --force ${settings.signInFlags}` },
      },
    );
  }
  // Credentials of the person before must not be handed out any more, whatever the role.
  for (const account of changed ? before.credentials : []) await store.delete(account);
  const record = newSignIn(settings, tokens, provider.clockSkew, changed ? undefined : before);
  await writer.saveSignIn(record);
  return record;
}

/** Tokens that nobody is to use are not kept, and not left alive either where the provider allows it. */
export async function forget(
  provider: Provider,
  { refreshToken }: Pick<Tokens, 'refreshToken'>,
): Promise<void> {
  if (refreshToken) await provider.revoke(refreshToken).catch(() => {});
}
