import { asDaypassError, DaypassError } from '../errors.ts';
import { isLate } from '../network/unreachable.ts';
import { Provider, type Tokens } from '../oidc/provider.ts';
import { RefreshNeedsPerson, RefreshTokenRefused, RefreshWithoutIdToken } from '../oidc/provider-error.ts';
import { signInNeeded } from '../request/sign-in-needed.ts';
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
      await writer.saveSignIn({ ...without(current, 'refreshToken'), refreshEnded: 'refused' });
      return undefined;
    }
    if (error instanceof RefreshWithoutIdToken) {
      log('refresh-without-id-token');
      await writer.saveSignIn({ ...without(current, 'idToken'), refreshIsUseless: true });
      return undefined;
    }
    const fault = asDaypassError(error);
    const { code } = fault;
    if (code === 'identity-changed') {
      log('refresh-failed', { code });
      forgetRefresh(folder);
      // The refresh token belongs to somebody else.
      const ended = without(without(current, 'refreshToken'), 'idToken');
      await writer.saveSignIn({ ...ended, refreshEnded: 'other-person' });
      if (provider) await revokeUnsaved(provider, current.refreshToken);
      return needPerson(context, fault.message);
    }
    // The token is kept, since the cause may be fixed at the provider. `status` promises no renewal meanwhile.
    if (error instanceof RefreshNeedsPerson) await writer.saveSignIn({ ...current, refreshRefused: true });
    const isBad = code === 'bad-id-token';
    // The next refresh may be answered well, so the refresh token stays. A person need not wait for that.
    const needsPerson = waiters.anyInteractive && (isBad || error instanceof RefreshNeedsPerson);
    log(needsPerson ? 'refresh-needs-person' : 'refresh-failed', { code });
    if (isBad || needsPerson) forgetRefresh(folder);
    if (needsPerson) return undefined;
    const told = isBad ? withWayOut(fault, context) : fault;
    throw new Failed(told, 'sign-in', code === 'cancelled' ? undefined : 'silent');
  }
}

/** Tells why a sign-in is over. Returns if a person can sign in again now, else throws Failed. */
function needPerson({ settings, waiters }: RenewalContext, why: string): undefined {
  const { code, faults, nextStep } = signInNeeded(settings);
  if (!waiters.anyInteractive)
    throw new Failed(new DaypassError(code, [why, ...faults], { hint: nextStep }), 'no-browser', 'silent');
  waiters.remark(`${why}, so you have to sign in again`);
}

/** Adds what ends a fault that the provider repeats. */
function withWayOut(
  { code, faults, nextStep, cause }: DaypassError,
  { settings }: RenewalContext,
): DaypassError {
  const advice = `${nextStep?.advice}; if it keeps happening, sign in again`;
  const command = `daypass login --force ${settings.signInFlags}`;
  return new DaypassError(code, faults, { hint: { advice, command }, cause });
}

/** Refreshes, and posts the token again if the answer was lost: if it is spent, that loses nothing. */
async function refreshTwiceIfUnsure(
  provider: Provider,
  { refreshToken = '', sub }: SignInRecord,
  onRotated: (refreshToken: string) => Promise<void>,
): Promise<Tokens> {
  let rotated = false;
  try {
    return await provider.refresh(refreshToken, sub, (successor) => {
      rotated = true;
      return onRotated(successor);
    });
  } catch (error) {
    // A token with a successor is spent. After a timeout the provider may still be working on the first post.
    const { code, cause } = asDaypassError(error);
    if (rotated || code !== 'provider-unreachable' || isLate(cause)) throw error;
    return await provider.refresh(refreshToken, sub, onRotated);
  }
}

function without(record: SignInRecord, key: 'refreshToken' | 'idToken'): SignInRecord {
  const rest = { ...record };
  delete rest[key];
  return rest;
}
