import type { ProfileTrust } from '../aws/account-trust.ts';
import { issuerName, openProvider } from '../aws/identity-provider.ts';
import { tokenClaims } from '../aws/trust-policy.ts';
import type { Context } from '../context.ts';
import { asDaypassError, DaypassError } from '../errors.ts';
import { parseSignInRecord, type SignInRecord } from '../session/records.ts';
import { readIndexEntry } from '../session/sign-in-index.ts';
import type { Settings } from '../settings/settings.ts';
import { withStore } from '../store/open-store.ts';
import { someOf } from '../terminal/some-of.ts';
import type { Call } from './command.ts';

/**
 * Returns the tokens that the role of each profile is to trust. Throws the faults of all profiles at once: first
 * those of settings, then `sign-in-needed` and `unsafe-trust`. Throws `keychain-…` for the first profile that meets it.
 */
export async function profileTrusts(
  profiles: readonly (string | undefined)[],
  { open, switches }: Call,
): Promise<ProfileTrust[]> {
  const faults = new ProfileFaults(profiles.length > 1);
  const contexts = profiles.flatMap((profile) => faults.collect(profile, () => open(profile)) ?? []);
  faults.end();
  const anyUser = switches.has('any-user');
  const signIns = new Map<string, SignInRecord | undefined>();
  for (const context of contexts) {
    const { signIn } = context.keys;
    if (!signIns.has(signIn)) signIns.set(signIn, await storedSignIn(context, anyUser));
  }
  const trusts = contexts.flatMap(({ settings, keys }) => {
    const trust = () => profileTrust(settings, signIns.get(keys.signIn), anyUser);
    return faults.collect(settings.profile, trust) ?? [];
  });
  faults.end();
  return trusts;
}

/** The faults of several profiles, which become one error. */
class ProfileFaults {
  readonly #several: boolean;
  readonly #errors: { profile: string; error: DaypassError }[] = [];

  constructor(several: boolean) {
    this.#several = several;
  }

  /** Returns what `act` returns, or undefined after a fault of the profile. Throws unexpected exceptions. */
  collect<Value>(profile: string | undefined, act: () => Value): Value | undefined {
    try {
      return act();
    } catch (thrown) {
      const error = asDaypassError(thrown);
      if (error.code === 'internal') throw thrown;
      this.#errors.push({ profile: profile ?? 'default', error });
      return undefined;
    }
  }

  /**
   * Throws the error of all profiles, with the code and the hint of the first. A profile has one line, since a terminal
   * shows three, and profiles with the same fault share it.
   */
  end(): void {
    const [first] = this.#errors;
    if (!first) return;
    if (!this.#several) throw first.error;
    const profilesOf = new Map<string, string[]>();
    for (const { profile, error } of this.#errors) {
      const [fault = '', ...others] = error.faults;
      const line = others.length > 0 ? `${fault} (and ${others.length} more)` : fault;
      profilesOf.set(line, [...(profilesOf.get(line) ?? []), profile]);
    }
    const faults = [...profilesOf].map(
      ([line, names]) => `profile${names.length > 1 ? 's' : ''} ${someOf(names)}: ${line}`,
    );
    throw new DaypassError(first.error.code, faults, { hint: first.error.nextStep });
  }
}

/** Returns the tokens that a profile's role is to trust. Throws `sign-in-needed` and `unsafe-trust`. */
function profileTrust(settings: Settings, signIn: SignInRecord | undefined, anyUser: boolean): ProfileTrust {
  if (anyUser) refuseEveryone(settings, signIn !== undefined);
  else if (!signIn) throw noUser(settings);
  const claims = tokenClaims(signIn?.idToken ?? '');
  const { sub, name } = (anyUser ? undefined : signIn) ?? {};
  return {
    settings,
    trusted: {
      audience: claims?.audience ?? settings.clientId,
      sub,
      actions: claims?.actions ?? ['sts:AssumeRoleWithWebIdentity'],
    },
    name: name ?? sub,
  };
}

/**
 * Returns the stored sign-in; undefined if there is none. With `--any-user`, which needs none, no fault of the
 * keychain matters. Throws `keychain-…`.
 */
async function storedSignIn({ settings, keys, folder }: Context, anyUser: boolean) {
  const found = withStore(settings, folder, async (store) => {
    const record = parseSignInRecord(await store.read(keys.signIn), settings);
    // A locked keychain looks empty until something is written, although the index has a sign-in.
    if (!record && readIndexEntry(folder)) await store.check();
    return record;
  });
  return anyUser ? await found.catch(() => undefined) : await found;
}

function noUser(settings: Settings): DaypassError {
  refuseEveryone(settings, false);
  const fault = 'there is no sign-in yet, so the policy could trust only everyone';
  const advice =
    'to print a policy for every user, add --any-user; to sign in first, even if AWS refuses the role';
  const hint = { advice, command: `daypass login ${settings.signInFlags}` };
  return new DaypassError('sign-in-needed', fault, { hint });
}

/** Throws `unsafe-trust` if a policy without a user would trust the whole world. */
function refuseEveryone({ issuer, signInFlags }: Settings, isSignedIn: boolean): void {
  const name = openProvider(issuer);
  if (!name) return;
  const key = `${issuerName(issuer)}:sub`;
  throw new DaypassError(
    'unsafe-trust',
    `anyone in the world can register at ${name}, so this policy would trust everyone`,
    {
      hint: isSignedIn
        ? `leave out --any-user, and list the sub of each user in the condition ${key}, or require a claim of your company such as hd`
        : {
            advice:
              'sign in first, so that the policy names the sub of a user; or require a claim such as hd',
            command: `daypass login ${signInFlags}`,
          },
    },
  );
}
