import { daypassProfiles, shownPath } from '../aws-config/config-file.ts';
import { DaypassError } from '../errors.ts';
import type { Place } from '../process/expand-path.ts';
import { printable } from '../terminal/printable.ts';
import { someOf } from '../terminal/some-of.ts';
import { signInFlags } from './arguments.ts';
import { type AwsPartition, fipsRegions, hasFipsSts, partitionOfRole } from './aws-partition.ts';
import { parseSetting } from './parse-setting.ts';
import { BadValue } from './parse-values.ts';
import { longestPolicy, readSessionPolicy, type SessionPolicy } from './session-policy.ts';
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
  /** As the file has it at the start of the call. */
  readonly policy?: SessionPolicy;
  readonly region: string;
  readonly stsEndpoint?: string;
  /** The host of STS that has validated cryptography, and the one that has IPv6. An endpoint wins over both. */
  readonly useFipsEndpoint?: boolean;
  readonly useDualstackEndpoint?: boolean;
  /** The settings that choose one of these hosts, as messages show them. */
  readonly stsOrigins?: readonly string[];
  /** The file with further authorities of TLS, and the setting that names it. */
  readonly caBundle?: Readonly<{ path: string; origin: string }>;
  /** Empty: any free port. */
  readonly redirectPorts: readonly number[];
  readonly redirectHost: '127.0.0.1' | 'localhost';
  readonly redirectPath: string;
  /** Undefined: the default browser of the desktop. */
  readonly browser?: 'none' | readonly [program: string, ...args: string[]];
  /** `--browser` is on the command line, so that it holds in CI too. */
  readonly browserGiven?: true;
  readonly store: 'keychain' | 'file';
  readonly nonInteractive: boolean;
  /** RFC 8628 instead of the loopback redirect. */
  readonly deviceCode: boolean;
  readonly log?: string;
  /** Seconds that a credential_process call waits for a sign-in, unless its caller waits longer. */
  readonly timeout: number;
  /** A flag, a variable or the profile names `timeout`, so it holds for every caller. */
  readonly timeoutGiven?: true;
}

/** The settings that identify a sign-in. */
export type SignInSettings = Pick<Settings, 'issuer' | 'clientId' | 'scopes' | 'authorizeParams' | 'store'>;

/** The settings of the client at the provider. */
export type ClientSettings = Omit<SignInSettings, 'store'> & Pick<Settings, 'clientSecret' | 'caBundle'>;

/**
 * Reads and checks every setting; opens only the AWS config file, that of `--env-file` and that of the session
 * policy. Throws `bad-configuration` with all faults, and the errors of `openSources`.
 */
export function loadSettings(given: SettingSources): Settings {
  const sources = openSources(given);
  const faults = [...sources.faults];
  const values = parseAll(sources, given, faults);
  const {
    sourceProfile,
    redirectPort,
    issuer,
    clientId,
    roleArn,
    region,
    caBundle,
    policy: policyPath,
    ...others
  } = values;
  const partition = partitionOfRole(roleArn ?? '');
  if (roleArn && !partition) faults.push(`${roleArn} is in a partition that daypass does not support`);
  if (region && partition && !partition.regions.test(region))
    faults.push(`${sources.find('region')?.origin} is ${region}, which is not a region of ${partition.id}`);
  const policy =
    policyPath === undefined ? undefined : policyOf(sources, values, policyPath, given.home, faults);
  const stsOrigins = endpointOrigins(sources, values);
  if (partition) faults.push(...fipsFaults(sources, values, partition));
  if (faults.length > 0 || !issuer || !clientId || !roleArn || !partition) {
    const flags = signInFlags(sources.profile, given.flags, { forbidden: false });
    const required = settingNames.filter((name) => settingOf(name).example);
    const missing = required.filter((name) => !sources.find(name));
    const { configuring } = given;
    const isNew = !configuring && missing.length === required.length;
    if (isNew && profileToUse(given) === undefined) refuseUnnamed(sources, missing.length === faults.length);
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
    ...(given.flags.has('browser') ? { browserGiven: true } : {}),
    ...(values.timeout === undefined ? {} : { timeoutGiven: true }),
    ...others,
    ...(policy ? { policy } : {}),
    ...(stsOrigins.length > 0 ? { stsOrigins } : {}),
    ...(caBundle ? { caBundle: { path: caBundle, origin: originOf(sources, 'caBundle') } } : {}),
  });
}

/** Reads the session policy. A call never goes on without one that is configured: it would allow more. */
function policyOf(
  sources: Sources,
  { policyArns = [] }: Values,
  path: string,
  home: string,
  faults: string[],
): SessionPolicy | undefined {
  const origin = originOf(sources, 'policy');
  try {
    const policy = readSessionPolicy(path, shownPath(path, home));
    const length = policy.text.length + policyArns.join('').length;
    if (length <= longestPolicy) return policy;
    const arns = policyArns.length > 0 ? ' together with daypass_policy_arns' : '';
    faults.push(`${origin} has ${length} characters${arns}, and STS accepts ${longestPolicy}`);
  } catch (error) {
    if (!(error instanceof BadValue)) throw error;
    faults.push(`${origin}: ${error.message}`);
  }
  return undefined;
}

/** Returns the settings that choose another host of STS than the usual one of its region. */
function endpointOrigins(sources: Sources, values: Values): string[] {
  const choices = ['useFipsEndpoint', 'useDualstackEndpoint'] as const;
  return choices.filter((name) => values[name]).map((name) => originOf(sources, name));
}

/** Returns the fault of a region without a FIPS endpoint, since the name that SDKs build there has no address. */
function fipsFaults(sources: Sources, values: Values, partition: AwsPartition): string[] {
  const { useFipsEndpoint, stsEndpoint, region = partition.defaultRegion } = values;
  if (!useFipsEndpoint || stsEndpoint || hasFipsSts(partition, region)) return [];
  const origin = originOf(sources, 'useFipsEndpoint');
  const others = partition.id === 'aws' ? ` (only in ${fipsRegions.join(', ')})` : '';
  return [
    `${origin} is true, but STS has no FIPS endpoint in ${region}${others}: set another region, or daypass_sts_endpoint`,
  ];
}

function originOf(sources: Sources, name: SettingName): string {
  return sources.find(name)?.origin ?? spellings(name).key;
}

/**
 * Throws `bad-configuration` if another profile uses daypass, since the person probably forgot to name it, and
 * `not-set-up` if there is none and nothing else is wrong.
 */
function refuseUnnamed({ config }: Sources, isEmpty: boolean): void {
  const profiles = daypassProfiles(config);
  const [first] = profiles;
  if (first === undefined && isEmpty) {
    const hint = createProfile(config);
    if (hint.command) throw new DaypassError('not-set-up', 'daypass is not set up yet', { hint });
  }
  if (first === undefined || profiles.includes('default')) return;
  const only = `name a profile: --profile ${first}, or set AWS_PROFILE`;
  throw new DaypassError('bad-configuration', 'no profile is named, and [default] does not use daypass', {
    hint: profiles.length === 1 ? only : `name a profile with --profile or AWS_PROFILE: ${someOf(profiles)}`,
  });
}

function exampleFlags(names: readonly SettingName[]): string {
  return names.map((name) => `${spellings(name).flag} ${settingOf(name).example}`).join(' ');
}

function parseAll(sources: Sources, place: Place, faults: string[]): Values {
  const values: Record<string, unknown> = {};
  for (const name of settingNames) {
    const { example, allows } = settingOf(name);
    const found = sources.find(name);
    // `openSources` has followed it.
    if (name === 'sourceProfile') continue;
    if (!found) {
      if (example) faults.push(sources.missing(name, example));
      continue;
    }
    try {
      values[name] = parseSetting(name, found.value, place);
    } catch (error) {
      if (!(error instanceof BadValue)) throw error;
      const shown = allows?.secret ? '' : `, not "${printable(found.value)}"`;
      faults.push(`${found.origin} ${error.message}${shown}`);
    }
  }
  return values as Values;
}
