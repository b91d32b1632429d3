import type { ErrorReport } from '../errors.ts';
import type { Settings } from '../settings/settings.ts';
import { readLastOutcome } from '../state/outcome.ts';
import type { SecretStore } from '../store/secret-store.ts';
import { freshness, willRenewSilently } from './freshness.ts';
import { idTokenMargin } from './id-token-margin.ts';
import type { SessionKeys } from './keys.ts';
import {
  type CredentialsRecord,
  ofSamePerson,
  parseCredentialsRecord,
  parseSignInRecord,
  type SignInRecord,
} from './records.ts';
import { readIndexEntry } from './sign-in-index.ts';

/** What is kept for a profile. */
export interface SessionState {
  record: CredentialsRecord | undefined;
  signIn: SignInRecord | undefined;
  /** The credentials can be handed out. */
  usable: boolean;
  /** New ones need no browser, once they are needed. */
  silent: boolean;
  /** Of the last renewal, with its time in milliseconds. */
  failure: { error: ErrorReport; at: number } | undefined;
}

/** Reads it from the store and the state directory. Throws `keychain-…`. */
export async function sessionState(
  { settings, keys, folder }: { settings: Settings; keys: SessionKeys; folder: string },
  store: SecretStore,
  now: number,
): Promise<SessionState> {
  // A locked keychain looks empty: where something should be, it is asked in a way that tells.
  if (readIndexEntry(folder)) await store.check();
  const stored = parseCredentialsRecord(await store.read(keys.credentials), settings);
  const signIn = parseSignInRecord(await store.read(keys.signIn), settings);
  const record = ofSamePerson(stored, signIn);
  return {
    record,
    signIn,
    usable: record !== undefined && freshness(record, now) !== 'expired',
    silent: record ? willRenewSilently(record, now) : signIn !== undefined && isSilent(signIn, now),
    failure: readLastOutcome(folder).failure,
  };
}

/** Whether a first role, or another one, can be had of it now without a person. */
function isSilent(
  { refreshToken, refreshIsUseless, idTokenExpires = 0 }: SignInRecord,
  now: number,
): boolean {
  return (refreshToken !== undefined && !refreshIsUseless) || now < idTokenExpires - idTokenMargin;
}
