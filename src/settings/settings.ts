import { DaypassError } from '../errors.ts';
import { printable } from '../terminal/printable.ts';
import { awsPartition, parseRoleArn } from './aws-partition.ts';
import { daypassProfiles } from './daypass-profiles.ts';
import { BadValue } from './parse-values.ts';
import { type SettingName, settingNames, settingOf, settingTable, spellings } from './setting-table.ts';
import { signInFlags } from './sign-in-flags.ts';
import { openSources, profileToUse, type SettingSources, type Sources } from './sources.ts';

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

/** The settings of the client at the provider. */
export type ClientSettings = Pick<
  Settings,
  'issuer' | 'clientId' | 'clientSecret' | 'scopes' | 'authorizeParams'
>;

/** The settings that identify a sign-in. */
export type SignInSettings = Pick<Settings, 'issuer' | 'clientId' | 'scopes' | 'authorizeParams' | 'store'>;

/**
 * Reads and checks every setting; opens only the AWS config file and the file of `--env-file`. Throws
 * `bad-configuration` with all faults, and the errors of `openSources`.
 */
export function loadSettings(given: SettingSources): Settings {
  const sources = openSources(given);
  const faults = [...sources.faults];
  const values = parseAll(sources, given.home, faults);
  checkRegion(values, sources, faults);
  const { issuer, clientId, roleArn } = values;
  const partition = awsPartition(parseRoleArn(roleArn ?? '')?.partition ?? '');
  if (faults.length > 0 || !issuer || !clientId || !roleArn || !partition) {
    const flags = signInFlags(sources.profile, given.flags, { forbidden: false });
    const required = settingNames.filter((name) => exampleOf(name) !== undefined);
    const missing = required.filter((name) => !sources.find(name));
    const configuring = given.configuring ?? false;
    const isNew = !configuring && missing.length === required.length;
    if (isNew && profileToUse(given) === undefined) refuseUnnamed({ ...given, config: sources.config });
    throw new DaypassError('bad-configuration', faults, {
      hint: isNew
        ? { command: `daypass configure ${flags}` }
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
    ...(values.clientSecret ? { clientSecret: values.clientSecret } : {}),
    roleArn,
    ...(values.scopes ? { scopes: values.scopes } : {}),
    authorizeParams: values.authorizeParams ?? {},
    duration: values.duration ?? settingTable.duration.fallback,
    ...(values.sessionName ? { sessionName: values.sessionName } : {}),
    policyArns: values.policyArns ?? [],
    region: values.region ?? partition.defaultRegion,
    ...(values.stsEndpoint ? { stsEndpoint: values.stsEndpoint } : {}),
    redirectPorts: values.redirectPort ?? [],
    redirectHost: values.redirectHost ?? '127.0.0.1',
    redirectPath: values.redirectPath ?? '/callback',
    ...(values.browser ? { browser: values.browser } : {}),
    store: values.store ?? settingTable.store.fallback,
    nonInteractive: values.nonInteractive ?? false,
    deviceCode: values.deviceCode ?? false,
    ...(values.log ? { log: values.log } : {}),
    timeout: values.timeout ?? settingTable.timeout.fallback,
  });
}

/** Throws `bad-configuration` if another profile uses daypass: the person probably forgot to name it. */
function refuseUnnamed(given: SettingSources): void {
  const profiles = daypassProfiles(given);
  const [first] = profiles;
  if (first === undefined || profiles.includes('default')) return;
  const unnamed = profiles.length - 5;
  const names = `${profiles.slice(0, 5).join(', ')}${unnamed > 0 ? ` and ${unnamed} more` : ''}`;
  throw new DaypassError('bad-configuration', 'no profile is named, and [default] does not use daypass', {
    hint:
      profiles.length === 1
        ? `name a profile: --profile ${first}, or set AWS_PROFILE`
        : `name a profile with --profile or AWS_PROFILE: ${names}`,
  });
}

function exampleFlags(names: readonly SettingName[]): string {
  return names.map((name) => `${spellings(name).flag} ${exampleOf(name)}`).join(' ');
}

function exampleOf(name: SettingName): string | undefined {
  return settingOf(name).example;
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

function checkRegion({ roleArn, region }: Values, sources: Sources, faults: string[]): void {
  if (!roleArn) return;
  const partition = awsPartition(parseRoleArn(roleArn)?.partition ?? '');
  if (!partition) faults.push(`${roleArn} is in a partition that daypass does not support`);
  else if (region && !partition.regions.test(region)) {
    faults.push(`${sources.find('region')?.origin} is ${region}, which is not a region of ${partition.id}`);
  }
}
