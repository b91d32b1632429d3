import { daypassProfiles } from '../aws-config/config-file.ts';
import { DaypassError } from '../errors.ts';
import { printable } from '../terminal/printable.ts';
import { signInFlags } from './arguments.ts';
import { partitionOfRole } from './aws-partition.ts';
import { BadValue } from './parse-values.ts';
import { type SettingName, settingNames, settingOf, settingTable, spellings } from './setting-table.ts';
import { openSources, profileToUse, type SettingSources, type Sources } from './sources.ts';
import { createProfile } from './unknown-profile.ts';

type Values = { [Name in keyof typeof settingTable]?: ReturnType<(typeof settingTable)[Name]['parse']> };

/** The settings of one call, read once, checked as a whole and never changed. */
export interface Settings {
  readonly profile: string;
  /** For hints: the arguments of `daypass login` that sign in to this session. */
  readonly signInFlags: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret?: string;
  readonly roleArn: string;
  /** Undefined: `openid email`, and `offline_access` if the provider offers it. */
  readonly scopes?: readonly string[];
  readonly authorizeParams: Readonly<Record<string, string>>;
  /** Seconds that daypass requests from STS. */
  readonly duration: number;
  readonly sessionName?: string;
  readonly policyArns: readonly string[];
  readonly region: string;
  readonly stsEndpoint?: string;
  /** Empty: any free port. */
  readonly redirectPorts: readonly number[];
  readonly redirectHost: '127.0.0.1' | 'localhost';
  readonly redirectPath: string;
  /** Undefined: the default browser of the desktop. */
  readonly browser?: 'none' | readonly [program: string, ...args: string[]];
  readonly store: 'keychain' | 'file';
  readonly nonInteractive: boolean;
  /** RFC 8628 instead of the loopback redirect. */
  readonly deviceCode: boolean;
  readonly log?: string;
  /** Seconds that a credential_process call waits for a sign-in. */
  readonly timeout: number;
}

/** The settings that identify a sign-in. */
export type SignInSettings = Pick<Settings, 'issuer' | 'clientId' | 'scopes' | 'authorizeParams' | 'store'>;

/** The settings of the client at the provider. */
export type ClientSettings = Omit<SignInSettings, 'store'> & Pick<Settings, 'clientSecret'>;

/**
 * Reads and checks every setting; opens only the AWS config file and that of `--env-file`. Throws
 * `bad-configuration` with all faults, and the errors of `openSources`.
 */
export function loadSettings(given: SettingSources): Settings {
  const sources = openSources(given);
  const faults = [...sources.faults];
  const values = parseAll(sources, given.home, faults);
  const { sourceProfile, redirectPort, issuer, clientId, roleArn, region, ...others } = values;
  const partition = partitionOfRole(roleArn ?? '');
  if (roleArn && !partition) faults.push(`${roleArn} is in a partition that daypass does not support`);
  if (region && partition && !partition.regions.test(region))
    faults.push(`${sources.find('region')?.origin} is ${region}, which is not a region of ${partition.id}`);
  if (faults.length > 0 || !issuer || !clientId || !roleArn || !partition) {
    const flags = signInFlags(sources.profile, given.flags, { forbidden: false });
    const required = settingNames.filter((name) => settingOf(name).example);
    const missing = required.filter((name) => !sources.find(name));
    const { configuring } = given;
    const isNew = !configuring && missing.length === required.length;
    if (isNew && profileToUse(given) === undefined) refuseUnnamed({ ...given, config: sources.config });
    throw new DaypassError('bad-configuration', faults, {
      hint: isNew
        ? createProfile(sources.config, flags)
        : configuring && missing.length === faults.length
          ? { command: `daypass configure ${flags} ${exampleFlags(missing)}` }
          : { advice: 'correct this', again: true },
      allBy: `daypass doctor ${flags}`,
    });
  }
  return Object.freeze({
    profile: sources.profile,
    signInFlags: signInFlags(sources.profile, given.flags, { forbidden: values.nonInteractive ?? false }),
    issuer,
    clientId,
    roleArn,
    authorizeParams: {},
    duration: settingTable.duration.fallback,
    policyArns: [],
    region: region ?? partition.defaultRegion,
    redirectPorts: redirectPort ?? [],
    redirectHost: '127.0.0.1',
    redirectPath: '/callback',
    store: settingTable.store.fallback,
    nonInteractive: false,
    deviceCode: false,
    timeout: settingTable.timeout.fallback,
    ...others,
  });
}

/** Throws `bad-configuration` if another profile uses daypass: the person probably forgot to name it. */
function refuseUnnamed(given: SettingSources): void {
  const profiles = daypassProfiles(given);
  const [first] = profiles;
  if (first === undefined || profiles.includes('default')) return;
  const unnamed = profiles.length - 5;
  const names = `${profiles.slice(0, 5).join(', ')}${unnamed > 0 ? ` and ${unnamed} more` : ''}`;
  const only = `name a profile: --profile ${first}, or set AWS_PROFILE`;
  throw new DaypassError('bad-configuration', 'no profile is named, and [default] does not use daypass', {
    hint: profiles.length === 1 ? only : `name a profile with --profile or AWS_PROFILE: ${names}`,
  });
}

function exampleFlags(names: readonly SettingName[]): string {
  return names.map((name) => `${spellings(name).flag} ${settingOf(name).example}`).join(' ');
}

function parseAll(sources: Sources, home: string, faults: string[]): Values {
  const values: Record<string, unknown> = {};
  for (const name of settingNames) {
    const { parse, example } = settingOf(name);
    const found = sources.find(name);
    if (!found) {
      if (example) faults.push(sources.missing(name, example));
      continue;
    }
    try {
      values[name] = parse(found.value, home);
    } catch (error) {
      if (!(error instanceof BadValue)) throw error;
      const shown = name === 'clientSecret' ? '' : `, not "${printable(found.value)}"`;
      faults.push(`${found.origin} ${error.message}${shown}`);
    }
  }
  return values as Values;
}
