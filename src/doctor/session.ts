import { hintText } from '../errors.ts';
import { remaining } from '../session/freshness.ts';
import { sessionState } from '../session/state.ts';
import { noRefreshToken, timeLeft } from '../session/summary.ts';
import { openStore } from '../store/open-store.ts';
import { longestHint, printable } from '../terminal/printable.ts';
import { type Finding, note, ok, type Patient, warning } from './finding.ts';

/** Who is signed in, whether that renews by itself, and what went wrong last. Throws `keychain-…`. */
export async function session({ context }: Patient): Promise<Finding[]> {
  if (!context) return [];
  const { settings, folder } = context;
  const store = await openStore(settings, folder);
  try {
    const now = Date.now();
    const { record, signIn, usable, failure } = await sessionState(context, store, now);
    const found: Finding[] = [];
    if (!signIn)
      found.push(note('session', 'nobody is signed in', `run: daypass login ${settings.signInFlags}`));
    else {
      const left =
        record && usable ? `credentials: ${timeLeft(remaining(record, now))}` : 'no credentials at hand';
      found.push(ok('session', `${printable(signIn.name)} is signed in, ${left}`));
      if (!signIn.refreshToken)
        found.push(
          warning(
            'refresh-token',
            noRefreshToken,
            'have the client allowed the refresh-token grant and offline_access',
          ),
        );
      else if (signIn.refreshIsUseless)
        found.push(
          warning(
            'refresh-token',
            'the provider answers a refresh without an ID token, so the browser opens every time',
          ),
        );
      else found.push(ok('refresh-token', 'the session renews by itself'));
    }
    if (!failure) found.push(ok('last-failure', 'nothing has failed lately'));
    else {
      const { error, at } = failure;
      const when = new Date(at).toISOString();
      found.push(
        warning(
          'last-failure',
          `${when} ${error.code}: ${printable(error.faults.join('; '))}`,
          error.hint && printable(hintText(error.hint), longestHint),
        ),
      );
    }
    return found;
  } finally {
    store.close();
  }
}
