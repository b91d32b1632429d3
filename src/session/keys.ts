import type { Settings, SignInSettings } from '../settings/settings.ts';
import { sha256 } from '../store/sha256.ts';

/**
 * The names under which a session is found; both are lower-case hex of settings as configured, never of
 * values learned later.
 */
export interface SessionKeys {
  /**
   * Lock, outcome, sign-in record and state folder: profiles share a sign-in exactly when these settings are
   * equal.
   */
  signIn: string;
  /** The AWS credentials of one role made from that sign-in. */
  credentials: string;
}

export type SignInIdentity = readonly [
  issuer: string,
  clientId: string,
  scopes: readonly string[] | null,
  parameters: readonly (readonly [name: string, value: string])[],
  store: Settings['store'],
];

/** The settings that make two profiles share a sign-in, in a fixed order; a sign-in record repeats them. */
export function signInIdentity(settings: SignInSettings): SignInIdentity {
  const parameters = Object.entries(settings.authorizeParams)
    // A prompt changes how the person is asked, not who signs in.
    .filter(([name]) => name !== 'prompt')
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const scopes = settings.scopes ? [...settings.scopes].sort() : null;
  return [settings.issuer, settings.clientId, scopes, parameters, settings.store];
}

export function sessionKeys(settings: Settings): SessionKeys {
  const identity = signInIdentity(settings);
  return {
    // Not worked out before it is asked for: a hit does without.
    get signIn() {
      return signInKey(identity);
    },
    credentials: hash([
      'daypass credentials 1',
      identity,
      settings.roleArn,
      settings.duration,
      [...settings.policyArns].sort(),
      settings.sessionName ?? null,
      settings.stsEndpoint ?? null,
    ]),
  };
}

export function signInKey(identity: SignInIdentity): string {
  return hash(['daypass sign-in 1', identity]);
}

// 128 bits name an entry as surely as 256 do, and a lock's socket path may have 103 bytes in all.
function hash(parts: readonly unknown[]): string {
  return sha256(JSON.stringify(parts)).slice(0, 32);
}
