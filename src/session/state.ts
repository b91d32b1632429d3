import type { ErrorReport } from '../errors.ts';
import type { Settings } from '../settings/settings.ts';
import { readLastOutcome } from '../state/outcome.ts';
import type { SecretStore } from '../store/secret-store.ts';
import { readSession, willRenewSilently } from './freshness.ts';
import type { SessionKeys } from './keys.ts';
import type { CredentialsRecord, SignInRecord } from './records.ts';
import { readIndexEntry } from './sign-in-index.ts';

/** The stored session of a profile. */
export interface SessionState {
  record: CredentialsRecord | undefined;
  signIn: SignInRecord | undefined;
  /** The credentials have not expired. */
  usable: boolean;
  /** The next renewal needs no browser. */
  silent: boolean;
  /** The failure of the last renewal, with its time in milliseconds. */
  failure: { error: ErrorReport; at: number } | undefined;
}

/** Reads the session from the store and the state directory. Throws `keychain-…`. */
export async function sessionState(
  context: { settings: Settings; keys: SessionKeys; folder: string },
  store: SecretStore,
  now: number,
): Promise<SessionState> {
  const { folder } = context;
  // A locked keychain looks empty, so probe it if the index knows the sign-in.
  if (readIndexEntry(folder)) await store.check();
  const { record, usable, signIn } = await readSession(store, context);
  return {
    record,
    signIn,
    usable: usable !== undefined,
    silent: willRenewSilently(record, signIn, now),
    failure: readLastOutcome(folder).failure,
  };
}
