import { Provider, type Tokens } from '../oidc/provider.ts';
import { loadStsAhead, type RenewalContext, throwIfCancelled } from './context.ts';
import { personDeadline } from './person-deadline.ts';

/** Lets a person sign in on another device with a code (RFC 8628). Throws a DaypassError. */
export async function askPerson(context: RenewalContext): Promise<[Provider, Tokens]> {
  const { settings, waiters, log, cancelled } = context;
  const polling = new AbortController();
  const deadline = personDeadline();
  waiters.onInteractive = deadline.putOff;
  try {
    const provider = await Provider.discover(settings);
    const request = await provider.deviceAuthorization();
    // Show no code if the sign-in was cancelled in between.
    await throwIfCancelled(context);
    const { verificationUri: link, userCode } = request;
    waiters.announce({ link, userCode, browser: false, reason: context.reason });
    context.codeShown = true;
    log('device-code', { seconds: request.expiresIn });
    loadStsAhead();
    const approved = provider.pollDevice(request, polling.signal);
    const tokens = await Promise.race([approved, deadline.passed, cancelled]);
    log('device-approved', { refreshToken: tokens.refreshToken !== undefined });
    return [provider, tokens];
  } finally {
    deadline.stop();
    polling.abort();
  }
}
