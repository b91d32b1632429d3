import { asDaypassError, type ErrorCode } from '../errors.ts';
import { freshness } from '../session/freshness.ts';
import {
  type CredentialsRecord,
  parseCredentialsRecord,
  parseSignInRecord,
  type SignInRecord,
} from '../session/records.ts';
import { Failed } from './failed.ts';
import { idTokenMargin } from './id-token-margin.ts';
import type { RenewalContext } from './renewal-context.ts';

/** What STS will say again: asking anew helps nobody, while a call that only failed may well succeed, and needs no tab. */
const refusals: ReadonlySet<ErrorCode> = new Set(['trust-policy', 'sts-token-refused', 'bad-configuration']);

/** The work of a renewal under its lock, cheapest first. Throws Failed. */
export async function renew(
  context: RenewalContext,
): Promise<{ record: CredentialsRecord; signIn?: SignInRecord }> {
  const { settings, keys, store, force, log } = context;
  let stored: CredentialsRecord | undefined;
  let before: SignInRecord | undefined;
  try {
    const reading = store.read(keys.credentials);
    // While the keychain's process starts; every way from here needs it.
    import('./silent-renewal.ts').catch(() => {});
    stored = parseCredentialsRecord(await reading, settings);
    // Somebody else renewed while this process came up.
    if (stored && !force && freshness(stored, Date.now()) === 'fresh') return { record: stored };
    // A keychain that cannot be written is found before a refresh token is spent or a person is asked.
    await store.check();
    before = parseSignInRecord(await store.read(keys.signIn), settings);
  } catch (error) {
    throw new Failed(asDaypassError(error), 'sign-in', 'silent');
  }
  const signIn = await signedIn(context, before);
  const duration = stored?.grantedDuration ?? settings.duration;
  try {
    return { record: await credentialsFrom(context, signIn, duration), signIn };
  } catch (error) {
    // STS's clock and the provider's keys decide about a token that lay here, and not we: once more with a new one.
    const refused = error instanceof Failed && error.error.code === 'sts-token-refused';
    if (!before || signIn !== before || !refused) throw error;
    log('id-token-refused');
    const { idToken: _refused, ...rest } = before;
    const again = await signedIn(context, rest);
    return { record: await credentialsFrom(context, again, duration), signIn: again };
  }
}

/**
 * A sign-in whose ID token STS will take, without a person if possible. Libraries are loaded only now and each where it is needed: a
 * client may be waiting for the lock alone, and a refresh needs no web server.
 */
async function signedIn(context: RenewalContext, before: SignInRecord | undefined): Promise<SignInRecord> {
  const { renewSilently } = await import('./silent-renewal.ts');
  const silent = context.force ? undefined : await renewSilently(context, before);
  if (silent) return silent;
  if (context.settings.deviceCode) {
    const { signInWithDeviceCode } = await import('./device-sign-in.ts');
    return await signInWithDeviceCode(context, before);
  }
  const { signInWithBrowser } = await import('./browser-sign-in.ts');
  return await signInWithBrowser(context, before);
}

async function credentialsFrom(
  { settings, keys, writer, waiters, log }: RenewalContext,
  signIn: SignInRecord,
  asked: number,
): Promise<CredentialsRecord> {
  // Listed before they exist, so that `logout` finds them wherever this process ends.
  if (!signIn.credentials.includes(keys.credentials)) {
    signIn.credentials.push(keys.credentials);
    await writer.saveSignIn(signIn);
  }
  const { assumeRole } = await import('../aws/sts.ts');
  const { credentials, lifetime, duration } = await assumeRole(settings, signIn.idToken ?? '', {
    name: signIn.name,
    duration: asked,
  }).catch((error) => {
    const fault = asDaypassError(error);
    throw new Failed(fault, 'role', refusals.has(fault.code) ? 'everyone' : 'silent');
  });
  log('sts-answered', { seconds: Math.round(lifetime / 1000), duration });
  if (duration < asked)
    waiters.remark(`the role allows ${duration} s at most, so that is what was asked for`);
  const refreshable = signIn.refreshToken !== undefined && !signIn.refreshIsUseless;
  const record: CredentialsRecord = {
    version: 1,
    issuer: settings.issuer,
    roleArn: settings.roleArn,
    credentials,
    issuedAt: Date.now(),
    lifetime,
    sub: signIn.sub,
    ...(duration === settings.duration ? {} : { grantedDuration: duration }),
    ...(refreshable ? {} : { silentUntil: (signIn.idTokenExpires ?? 0) - idTokenMargin }),
  };
  await writer.saveCredentials(record);
  return record;
}
