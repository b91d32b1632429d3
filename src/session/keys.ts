import { createHash } from 'node:crypto';
import type { Settings, SignInSettings } from '../settings/settings.ts';

/** The names of a session's records: lower-case hex of the settings, never of values learned later. */
export interface SessionKeys {
  /** Names lock, outcome, state folder and sign-in record. Profiles with equal sign-in settings share it. */
  signIn: string;
  /** Names the credentials record of one role. */
  credentials: string;
}

/** The settings by which profiles share a sign-in. */
export type SignInIdentity = readonly [
  issuer: string,
  clientId: string,
  scopes: readonly string[] | null,
  parameters: readonly (readonly [name: string, value: string])[],
  store: Settings['store'],
];

/** Returns the settings by which profiles share a sign-in, in a fixed order. Its record repeats them. */
export function signInIdentity(settings: SignInSettings): SignInIdentity {
  const parameters = Object.entries(settings.authorizeParams)
    // A prompt changes how the person is asked, and not who signs in.
    .filter(([name]) => name !== 'prompt')
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const scopes = settings.scopes ? [...settings.scopes].sort() : null;
  return [settings.issuer, settings.clientId, scopes, parameters, settings.store];
}

/** Returns the keys of a profile. */
export function sessionKeys(settings: Settings): SessionKeys {
  const identity = signInIdentity(settings);
  return {
    signIn: signInKey(identity),
    credentials: hash([
      'daypass credentials 1',
      identity,
      settings.roleArn,
      settings.duration,
      [...settings.policyArns].sort(),
      settings.sessionName ?? null,
      settings.stsEndpoint ?? null,
      // Only where there is one: other records keep the names that they have had since 0.1.0.
      ...(settings.policy ? [{ policy: settings.policy.text }] : []),
    ]),
  };
}

/** Returns the key of a sign-in. */
export function signInKey(identity: SignInIdentity): string {
  return hash(['daypass sign-in 1', identity]);
}

/** Returns whether a name looks like the key of a sign-in. */
export function isSignInKey(name: string): boolean {
  return /^[0-9a-f]{32}$/.test(name);
}

// 128 bits are enough to name an entry, and the path of a socket has at most 103 bytes.
function hash(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
