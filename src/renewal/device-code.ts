import { asDaypassError } from '../errors.ts';
import { Provider } from '../oidc/provider.ts';
import type { SignInRecord } from '../session/records.ts';
import { adoptSignIn } from './adopt-sign-in.ts';
import { loadStsAhead, type RenewalContext, throwIfCancelled } from './context.ts';
import { Failed, withSignInHint } from './failed.ts';
import { personDeadline } from './person-deadline.ts';
import { refuseWithoutPerson } from './refuse-without-person.ts';

/** Signs a person in on another device with a code (RFC 8628), and saves the sign-in. Throws Failed. */
export async function signInWithDeviceCode(
  context: RenewalContext,
  before: SignInRecord | undefined,
): Promise<SignInRecord> {
  const { settings, waiters, log, cancelled } = context;
  refuseWithoutPerson(context);
  const polling = new AbortController();
  const deadline = personDeadline(settings);
  waiters.onInteractive = deadline.putOff;
  let shown = false;
  try {
    const provider = await Provider.discover(settings);
    const request = await provider.deviceAuthorization();
    // Show no code if the sign-in was cancelled in between.
    await throwIfCancelled(context);
    const { verificationUri: link, userCode } = request;
    waiters.announce({ link, userCode, browser: false });
    shown = true;
    log('device-code', { seconds: request.expiresIn });
    loadStsAhead();
    const tokens = await Promise.race([
      provider.pollDevice(request, polling.signal),
      deadline.passed,
      cancelled,
    ]);
    log('device-approved', { refreshToken: tokens.refreshToken !== undefined });
    return await adoptSignIn(context, provider, tokens, before);
  } catch (error) {
    throw new Failed(
      withSignInHint(asDaypassError(error), settings),
      'sign-in',
      shown ? 'everyone' : undefined,
    );
  } finally {
    deadline.stop();
    polling.abort();
  }
}
