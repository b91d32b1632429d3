import type { Context } from '../context.ts';
import type { Hint } from '../errors.ts';
import { remaining } from '../session/freshness.ts';
import type { SessionReader, SessionState } from '../session/state.ts';
import { noRefreshToken, reasons, refreshRefused, standing, timeLeft } from '../session/summary.ts';
import { localTime } from '../terminal/local-time.ts';
import { printable } from '../terminal/printable.ts';
import { type Finding, note, ok, warning } from './finding.ts';

/** Reports sign-in, renewal without a browser, and the last failure. Throws `keychain-…`. */
export async function session(context: Context, sessions: SessionReader): Promise<Finding[]> {
  const state = await sessions.read(context);
  return [...signedIn(context, state, sessions.now), { code: 'last-failure', ...lastFailure(state) }];
}

function signedIn({ settings }: Context, state: SessionState, now: number): Finding[] {
  const { signIn, next } = state;
  const login = { command: `daypass login ${settings.signInFlags}` };
  if (!signIn) return [note('there is no sign-in', login)];
  const left = next.usable
    ? `credentials: ${timeLeft(remaining(next.usable, now))}`
    : 'no valid credentials stored';
  const isWell = next.does === 'prints' || next.does === 'renews';
  return [
    isWell && !next.ofAnother
      ? ok(`${printable(signIn.name)} is signed in, ${left}`)
      : warning(standing({ settings, ...state, now }), login),
    { code: 'refresh-token', ...refreshToken(signIn, login) },
  ];
}

function refreshToken(signIn: NonNullable<SessionState['signIn']>, login: Hint): Finding {
  const { refreshToken, refreshIsUseless, refreshRefused: refused, refreshEnded } = signIn;
  if (refreshEnded)
    return warning(reasons[refreshEnded === 'refused' ? 'token-refused' : 'token-of-another-person'], login);
  if (!refreshToken)
    return warning(
      noRefreshToken,
      'ask the administrator to allow the client the refresh-token grant and offline_access',
    );
  if (refused) return warning(refreshRefused, 'see the last failure, and check the client at the provider');
  return refreshIsUseless
    ? warning(
        'the provider answers a refresh without an ID token, so the browser opens every time',
        'ask the administrator to have the provider send an ID token with each refresh',
      )
    : ok('the session renews without a browser');
}

function lastFailure({ failure }: SessionState): Finding {
  if (!failure) return ok('no renewal has failed recently');
  const { error, at } = failure;
  const finding = `${localTime(at)} ${error.code}: ${printable(error.faults.join('; '))}`;
  return warning(finding, error.hint);
}
