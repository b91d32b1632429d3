import type { Context } from '../context.ts';
import { hintText } from '../errors.ts';
import { remaining } from '../session/freshness.ts';
import type { SessionReader, SessionState } from '../session/state.ts';
import { noRefreshToken, refreshRefused, timeLeft } from '../session/summary.ts';
import { longestHint, printable } from '../terminal/printable.ts';
import { type Finding, note, ok, warning } from './finding.ts';

/** Reports sign-in, renewal without a browser, and the last failure. Throws `keychain-…`. */
export async function session(context: Context, sessions: SessionReader): Promise<Finding[]> {
  const state = await sessions.read(context);
  return [
    ...signedIn(state, sessions.now, `run: daypass login ${context.settings.signInFlags}`),
    { code: 'last-failure', ...lastFailure(state) },
  ];
}

function signedIn({ record, signIn, usable }: SessionState, now: number, login: string): Finding[] {
  if (!signIn) return [note('there is no sign-in', login)];
  const left =
    record && usable ? `credentials: ${timeLeft(remaining(record, now))}` : 'no valid credentials stored';
  return [
    ok(`${printable(signIn.name)} is signed in, ${left}`),
    { code: 'refresh-token', ...refreshToken(signIn) },
  ];
}

function refreshToken(signIn: NonNullable<SessionState['signIn']>): Finding {
  const { refreshToken, refreshIsUseless, refreshRefused: refused } = signIn;
  if (!refreshToken)
    return warning(
      noRefreshToken,
      'ask the administrator to allow the client the refresh-token grant and offline_access',
    );
  if (refused) return warning(refreshRefused, 'see the last failure, and check the client at the provider');
  return refreshIsUseless
    ? warning('the provider answers a refresh without an ID token, so the browser opens every time')
    : ok('the session renews without a browser');
}

function lastFailure({ failure }: SessionState): Finding {
  if (!failure) return ok('no renewal has failed recently');
  const { error, at } = failure;
  const finding = `${new Date(at).toISOString()} ${error.code}: ${printable(error.faults.join('; '))}`;
  return warning(finding, error.hint && printable(hintText(error.hint), longestHint));
}
