import { TokenRefused } from '../aws/sts-error.ts';
import { asDaypassError, type ErrorCode } from '../errors.ts';
import { loadFetch } from '../network/bounded-fetch.ts';
import { canRefresh, idTokenUsableUntil } from '../session/freshness.ts';
import type { CredentialsRecord, SignInRecord } from '../session/records.ts';
import { readSession } from '../session/stored-credentials.ts';
import { goOn, type RenewalContext } from './context.ts';
import { Failed } from './failed.ts';

/** What STS will say again: asking anew helps nobody, while a call that only failed may well succeed, and needs no tab. */
const refusals: ReadonlySet<ErrorCode> = new Set(['trust-policy', 'sts-token-refused', 'bad-configuration']);

/** The work of a renewal under its lock, cheapest first. Throws Failed. */
export async function renew(
  context: RenewalContext,
): Promise<{ record: CredentialsRecord; signIn?: SignInRecord }> {
  const { settings, store, writer, force } = context;
  let stored: CredentialsRecord | undefined;
  let before: SignInRecord | undefined;
  const keychainFailed = (error: unknown) => new Failed(asDaypassError(error), 'sign-in', 'silent');
  try {
    const reading = readSession(store, context);
    // Load what almost every renewal needs while the keychain's process starts.
    import('./silent.ts').then(loadFetch).catch(() => {});
    const { record, state, signIn } = await reading;
    stored = record;
    before = signIn;
    writer.found(before);
    // Another renewal may have ended while this process started.
    if (record && !force && state === 'fresh') return { record };
  } catch (error) {
    throw keychainFailed(error);
  }
  // A keychain that cannot be written is found before a refresh token is spent or a person is asked.
  const writable = store.check().catch((error) => {
    throw keychainFailed(error);
  });
  const checked = writable.catch(() => {});
  try {
    return await credentialsBySignIn(context, before, stored?.grantedDuration ?? settings.duration, writable);
  } finally {
    // Cut off in the middle it would leave its probe behind.
    await checked;
  }
}

/** `duration` in seconds; `writable` settles when the store has been tried. */
async function credentialsBySignIn(
  context: RenewalContext,
  before: SignInRecord | undefined,
  duration: number,
  writable: Promise<void>,
): Promise<{ record: CredentialsRecord; signIn: SignInRecord }> {
  for (let basis = before; ; ) {
    const signedIn = await signIn(context, basis, writable);
    try {
      return { record: await credentialsFrom(context, signedIn.record, duration), signIn: signedIn.record };
    } catch (error) {
      basis = withoutRefused(signedIn, error, context.waiters.anyInteractive);
      if (!basis) throw error;
      context.log('id-token-refused', { from: signedIn.from });
    }
  }
}

/** A sign-in, and where its ID token comes from. */
interface SignedIn {
  record: SignInRecord;
  from: 'store' | 'refresh' | 'person';
}

/**
 * A sign-in whose ID token STS will take, without a person if possible. Libraries are loaded only now and each where it is needed: a
 * client may be waiting for the lock alone, and a refresh needs no web server.
 */
async function signIn(
  context: RenewalContext,
  before: SignInRecord | undefined,
  writable: Promise<void>,
): Promise<SignedIn> {
  const { renewSilently } = await import('./silent.ts');
  await goOn(context);
  const silent = context.force ? undefined : await renewSilently(context, before, writable);
  await writable;
  await goOn(context);
  if (silent) return { record: silent, from: silent === before ? 'store' : 'refresh' };
  if (context.settings.deviceCode) {
    const { signInWithDeviceCode } = await import('./device-code.ts');
    return { record: await signInWithDeviceCode(context, before), from: 'person' };
  }
  const { signInWithBrowser } = await import('./browser.ts');
  return { record: await signInWithBrowser(context, before), from: 'person' };
}

/** The sign-in without what led to a token that STS refused; undefined where no other token would do or can be had. */
function withoutRefused(
  { record, from }: SignedIn,
  error: unknown,
  interactive: boolean,
): SignInRecord | undefined {
  const refusal = error instanceof Failed ? error.error : undefined;
  if (!(refusal instanceof TokenRefused) || refusal.remedy === 'trust') return undefined;
  const { idToken: _refused, ...rest } = record;
  // STS's clock and the provider's keys decide about a token that lay here, and not we.
  if (from === 'store') return rest;
  if (from === 'person' || refusal.remedy !== 'sign-in' || !interactive) return undefined;
  const { refreshToken: _useless, ...person } = rest;
  return person;
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
  const record: CredentialsRecord = {
    version: 1,
    issuer: settings.issuer,
    roleArn: settings.roleArn,
    credentials,
    issuedAt: Date.now(),
    lifetime,
    sub: signIn.sub,
    ...(duration === settings.duration ? {} : { grantedDuration: duration }),
    ...(canRefresh(signIn) ? {} : { silentUntil: idTokenUsableUntil(signIn) }),
  };
  await writer.saveCredentials(record);
  return record;
}
