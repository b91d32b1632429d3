import { hintText } from '../errors.ts';
import { remaining } from '../session/freshness.ts';
import { type SessionState, sessionState } from '../session/state.ts';
import { noRefreshToken, timeLeft } from '../session/summary.ts';
import { withStore } from '../store/open-store.ts';
import { longestHint, printable } from '../terminal/printable.ts';
import { type Finding, note, ok, type SettledPatient, warning } from './finding.ts';

/**
 * Reports who is signed in, whether the session renews without a browser, and the last failure. Throws
 * `keychain-…`.
 */
export async function session({ context }: SettledPatient): Promise<Finding[]> {
  const { settings, folder } = context;
  const now = Date.now();
  const state = await withStore(settings, folder, (store) => sessionState(context, store, now));
  return [...signedIn(state, now, `run: daypass login ${settings.signInFlags}`), lastFailure(state)];
}

function signedIn({ record, signIn, usable }: SessionState, now: number, login: string): Finding[] {
  if (!signIn) return [note('session', 'there is no sign-in', login)];
  const left =
    record && usable ? `credentials: ${timeLeft(remaining(record, now))}` : 'no valid credentials stored';
  return [ok('session', `${printable(signIn.name)} is signed in, ${left}`), refreshToken(signIn)];
}

function refreshToken({ refreshToken, refreshIsUseless }: NonNullable<SessionState['signIn']>): Finding {
  const code = 'refresh-token';
  if (!refreshToken)
    return warning(
      code,
      noRefreshToken,
      'ask the administrator to allow the client the refresh-token grant and offline_access',
    );
  if (refreshIsUseless)
    return warning(
      code,
      'the provider answers a refresh without an ID token, so the browser opens every time',
    );
  return ok(code, 'the session renews without a browser');
}

function lastFailure({ failure }: SessionState): Finding {
  const code = 'last-failure';
  if (!failure) return ok(code, 'no renewal has failed recently');
  const { error, at } = failure;
  return warning(
    code,
    `${new Date(at).toISOString()} ${error.code}: ${printable(error.faults.join('; '))}`,
    error.hint && printable(hintText(error.hint), longestHint),
  );
}
