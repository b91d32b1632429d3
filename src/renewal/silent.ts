import { asDaypassError } from '../errors.ts';
import { isLate } from '../network/unreachable.ts';
import { Provider, type Tokens } from '../oidc/provider.ts';
import { RefreshNeedsPerson, RefreshTokenRefused, RefreshWithoutIdToken } from '../oidc/provider-error.ts';
import { canRefresh, idTokenUsableUntil } from '../session/freshness.ts';
import type { SignInRecord } from '../session/records.ts';
import { forgetRefresh, noteRefresh, wasInterrupted } from '../state/refreshing.ts';
import { revokeUnsaved, withTokens } from './adopt-sign-in.ts';
import { loadStsAhead, type RenewalContext, throwIfCancelled } from './context.ts';
import { Failed } from './failed.ts';

/**
 * Returns a sign-in with a valid ID token: the stored one, else that of one refresh, which waits for
 * `writable`. Returns undefined if a person is needed. Throws Failed.
 */
export async function renewSilently(
  context: RenewalContext,
  before: SignInRecord | undefined,
  writable: Promise<void>,
): Promise<SignInRecord | undefined> {
  if (!before) return undefined;
  if (before.idToken && Date.now() < idTokenUsableUntil(before)) return before;
  if (!canRefresh(before)) return undefined;

  let current = before;
  const { settings, folder, writer, waiters, log } = context;
  let provider: Provider | undefined;
  const interrupted = wasInterrupted(folder, before.generation);
  try {
    const discovering = Provider.discover(settings);
    loadStsAhead();
    provider = await discovering;
    await provider.fetchKeys();
    await writable;
    await throwIfCancelled(context);
    log('refreshing', { generation: before.generation, interrupted });
    noteRefresh(folder, before.generation);
    const tokens = await refreshTwiceIfUnsure(provider, before, async (refreshToken) => {
      current = { ...current, refreshToken, generation: current.generation + 1 };
      await writer.saveSignIn(current);
    });
    current = withTokens(current, tokens, provider.clockSkew);
    await writer.saveSignIn(current);
    forgetRefresh(folder);
    return current;
  } catch (error) {
    if (error instanceof Failed) throw error;
    if (error instanceof RefreshTokenRefused) {
      log('refresh-refused', { generation: before.generation });
      forgetRefresh(folder);
      if (interrupted)
        waiters.remark(
          'the last renewal ended before it could save the new refresh token, so you have to sign in again',
        );
      await writer.saveSignIn(without(current, 'refreshToken'));
      return undefined;
    }
    if (error instanceof RefreshWithoutIdToken) {
      log('refresh-without-id-token');
      await writer.saveSignIn({ ...without(current, 'idToken'), refreshIsUseless: true });
      return undefined;
    }
    if (error instanceof RefreshNeedsPerson) {
      log('refresh-needs-person', { code: error.code });
      // The token is kept, since the cause may be fixed at the provider. `status` promises no renewal meanwhile.
      await writer.saveSignIn({ ...current, refreshRefused: true });
      if (waiters.anyInteractive) {
        forgetRefresh(folder);
        return undefined;
      }
    }
    const fault = asDaypassError(error);
    log('refresh-failed', { code: fault.code });
    if (fault.code === 'identity-changed' || fault.code === 'bad-id-token') {
      // The answer was complete and wrong, so trust no part of this sign-in until the person signs in again.
      await writer.saveSignIn(without(without(current, 'refreshToken'), 'idToken'));
      if (provider) await revokeUnsaved(provider, current.refreshToken);
      return undefined;
    }
    throw new Failed(fault, 'sign-in', fault.code === 'cancelled' ? undefined : 'silent');
  }
}

/** Refreshes, and posts the token again if the answer was lost: if it is spent, that loses nothing. */
async function refreshTwiceIfUnsure(
  provider: Provider,
  { refreshToken = '', sub, aud, authTime, nonce, idTokenIssued }: SignInRecord,
  onRotated: (refreshToken: string) => Promise<void>,
): Promise<Tokens> {
  const earlier = { sub, aud, authTime, nonce, issuedAt: idTokenIssued };
  let rotated = false;
  try {
    return await provider.refresh(refreshToken, earlier, (successor) => {
      rotated = true;
      return onRotated(successor);
    });
  } catch (error) {
    // A token with a successor is spent. After a timeout the provider may still be working on the first post.
    const { code, cause } = asDaypassError(error);
    if (rotated || code !== 'provider-unreachable' || isLate(cause)) throw error;
    return await provider.refresh(refreshToken, earlier, onRotated);
  }
}

function without(record: SignInRecord, key: 'refreshToken' | 'idToken'): SignInRecord {
  const rest = { ...record };
  delete rest[key];
  return rest;
}
