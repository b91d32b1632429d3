import type { Settings } from '../settings/settings.ts';
import type { SecretStore } from '../store/secret-store.ts';
import { type Freshness, freshness } from './freshness.ts';
import type { SessionKeys } from './keys.ts';
import {
  type CredentialsRecord,
  parseCredentialsRecord,
  parseSignInRecord,
  type SignInRecord,
} from './records.ts';

/** The stored credentials of a role. */
export interface StoredCredentials {
  /** The record, even if it has expired. */
  record: CredentialsRecord | undefined;
  /** `expired` also if there is no record. */
  state: Freshness;
  /** The record, unless it has expired. */
  usable: CredentialsRecord | undefined;
}

/** Parses `text`, the credentials entry of the store, and determines its freshness. */
export function storedCredentials(
  text: string | undefined,
  settings: Pick<Settings, 'issuer' | 'roleArn'>,
): StoredCredentials {
  return judge(parseCredentialsRecord(text, settings));
}

/** Reads both records of a profile. Credentials of a person who is not signed in count as none. */
export async function readSession(
  store: Pick<SecretStore, 'read'>,
  { settings, keys }: { settings: Settings; keys: SessionKeys },
): Promise<StoredCredentials & { signIn: SignInRecord | undefined }> {
  const [text, signInText] = await Promise.all([store.read(keys.credentials), store.read(keys.signIn)]);
  const signIn = parseSignInRecord(signInText, settings);
  const record = parseCredentialsRecord(text, settings);
  // Without a sign-in record it is unknown who is signed in.
  const ofSamePerson = !signIn || record?.sub === signIn.sub;
  return { ...judge(ofSamePerson ? record : undefined), signIn };
}

function judge(record: CredentialsRecord | undefined): StoredCredentials {
  const state = record ? freshness(record, Date.now()) : 'expired';
  return { record, state, usable: state === 'expired' ? undefined : record };
}
