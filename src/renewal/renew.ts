import { TokenRefused } from '../aws/sts-error.ts';
import { asDaypassError, DaypassError, type ErrorCode } from '../errors.ts';
import { loadFetch } from '../network/bounded-fetch.ts';
import { loginHint, signInNeeded } from '../request/sign-in-needed.ts';
import { canRefresh, idTokenUsableUntil, readSession, willRenewSilently } from '../session/freshness.ts';
import { type Reason, reasonOf } from '../session/next-call.ts';
import type { CredentialsRecord, SignInRecord } from '../session/records.ts';
import { adoptSignIn, revokeUnsaved } from './adopt-sign-in.ts';
import { type RenewalContext, throwIfCancelled } from './context.ts';
import { Failed } from './failed.ts';

/** Refusals that STS repeats: all callers get them without a new attempt, until the cool-down ends. */
const refusals: ReadonlySet<ErrorCode> = new Set(['trust-policy', 'sts-token-refused', 'bad-configuration']);

/** Renews under the lock, cheapest way first. Throws Failed. */
export async function renew(
  context: RenewalContext,
): Promise<{ record: CredentialsRecord; signIn?: SignInRecord }> {
  const { settings, store, writer, force } = context;
  const keychainFailed = (error: unknown): never => {
    throw new Failed(asDaypassError(error), 'sign-in', 'silent');
  };
  const reading = readSession(store, context);
  // Load what almost every renewal needs while the keychain's process starts.
  import('./silent.ts').then(loadFetch).catch(() => {});
  const { record, state, signIn: before } = await reading.catch(keychainFailed);
  writer.found(before);
  // Another renewal may have ended while this process started.
  if (record && !force && state === 'fresh') return { record };
  // Probe the store before a refresh token is spent or a person is asked.
  const writable = store.check().catch(keychainFailed);
  const checked = writable.catch(() => {});
  try {
    return await credentialsBySignIn(context, before, record?.grantedDuration ?? settings.duration, writable);
  } finally {
    // An aborted probe would leave its entry in the store.
    await checked;
  }
}

/** Tries sign-ins until STS accepts an ID token. `duration` is in seconds. Throws Failed. */
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

/** A sign-in and the source of its ID token. */
type SignedIn = { record: SignInRecord; from: 'store' | 'refresh' | 'person' };

/** Returns a sign-in with a valid ID token, without a person if possible. Throws Failed. */
async function signIn(
  context: RenewalContext,
  before: SignInRecord | undefined,
  writable: Promise<void>,
): Promise<SignedIn> {
  // Each library is loaded only when it is needed: a refresh needs no web server.
  const { renewSilently } = await import('./silent.ts');
  await throwIfCancelled(context);
  const silent = context.force ? undefined : await renewSilently(context, before, writable);
  await writable;
  await throwIfCancelled(context);
  if (silent) return { record: silent, from: silent === before ? 'store' : 'refresh' };
  return { record: await signInByPerson(context, before), from: 'person' };
}

/** Signs a person in and saves the sign-in. Ends the wait of callers that allow no browser. Throws Failed. */
async function signInByPerson(
  context: RenewalContext,
  before: SignInRecord | undefined,
): Promise<SignInRecord> {
  const { settings, keys, writer, waiters } = context;
  const { askPerson } = settings.deviceCode ? await import('./device-code.ts') : await import('./browser.ts');
  const reason = reasonFor(context);
  const needed = signInNeeded(settings, { reason });
  if (!waiters.anyInteractive) throw new Failed(needed, 'no-browser', 'silent');
  const { credentials } = keys;
  waiters.refuseNonInteractive({ ok: false, scope: 'no-browser', credentials, error: needed.toReport() });
  context.reason = context.force ? 'forced' : reason;
  // `login --force` may be for another person.
  if (!context.force && before?.accountHint) context.accountHint = before.accountHint;
  try {
    const [provider, tokens] = await askPerson(context);
    // A fast stranger could have the sign-in in the store before the person's browser comes.
    context.throwIfReused = async () => {
      const reused = context.tab?.loopback.reused;
      if (!reused) return;
      await writer.restoreSignIn(before);
      await revokeUnsaved(provider, tokens.refreshToken);
      throw signInFailed(context, reused);
    };
    return await adoptSignIn(context, provider, tokens, before);
  } catch (error) {
    throw signInFailed(context, error);
  }
}

/** Returns why this renewal needs a person. */
function reasonFor({ writer: { signIn } }: RenewalContext): Reason | undefined {
  // STS or daypass rejected an ID token that the records do not tell of.
  return willRenewSilently(undefined, signIn, Date.now()) ? undefined : reasonOf(signIn);
}

function signInFailed({ settings, tab, codeShown }: RenewalContext, error: unknown): Failed {
  const { code, faults, nextStep, cause } = asDaypassError(error);
  const fault = new DaypassError(code, faults, { hint: nextStep ?? loginHint(settings), cause });
  // Without a tab or a code there is no cool-down, because the next attempt disturbs no person.
  return new Failed(fault, 'sign-in', tab || codeShown ? 'everyone' : undefined);
}

/** Returns the sign-in without the refused tokens, or undefined if no other token can help. */
function withoutRefused(signedIn: SignedIn, error: unknown, interactive: boolean): SignInRecord | undefined {
  const { record, from } = signedIn;
  const refusal = error instanceof Failed ? error.error : undefined;
  if (!(refusal instanceof TokenRefused) || refusal.remedy === 'trust') return undefined;
  const { idToken: _refused, ...rest } = record;
  // A stored token may be too old for the clock of STS or the keys of the provider, so try a new one.
  if (from === 'store') return rest;
  if (from === 'person' || refusal.remedy !== 'sign-in' || !interactive) return undefined;
  const { refreshToken: _useless, ...person } = rest;
  return person;
}

async function credentialsFrom(
  { settings, keys, writer, waiters, log, throwIfReused }: RenewalContext,
  signIn: SignInRecord,
  asked: number,
): Promise<CredentialsRecord> {
  // List the credentials before they exist, so that `logout` finds them even if this process is killed.
  if (!signIn.credentials.includes(keys.credentials)) {
    signIn.credentials.push(keys.credentials);
    await writer.saveSignIn(signIn);
  }
  const { assumeRole } = await import('../aws/sts.ts');
  const answer = assumeRole(settings, signIn.idToken ?? '', { name: signIn.name, duration: asked });
  // Even if STS refuses: the sign-in of a stranger must not stay in the store.
  await answer.catch(() => {});
  await throwIfReused?.();
  const { credentials, lifetime, duration, ...reported } = await answer.catch((error) => {
    const fault = asDaypassError(error);
    throw new Failed(fault, 'role', refusals.has(fault.code) ? 'everyone' : 'silent');
  });
  log('sts-answered', { seconds: Math.round(lifetime / 1000), duration });
  if (duration < asked) waiters.remark(`the role allows ${duration} s at most, so daypass requested that`);
  const record: CredentialsRecord = {
    version: 1,
    issuer: settings.issuer,
    roleArn: settings.roleArn,
    credentials,
    issuedAt: Date.now(),
    lifetime,
    sub: signIn.sub,
    ...(settings.policy ? { policy: settings.policy.text } : {}),
    ...reported,
    ...(duration === settings.duration ? {} : { grantedDuration: duration }),
    ...(canRefresh(signIn) ? {} : { silentUntil: idTokenUsableUntil(signIn) }),
  };
  await writer.saveCredentials(record);
  return record;
}
