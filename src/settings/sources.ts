import { type AwsFile, readAwsConfigFile } from '../aws-config/config-file.ts';
import { isProfileName, profileHeader, profileNameRule } from '../aws-config/lines.ts';
import type { AwsConfigFile } from '../aws-config/parse.ts';
import { DaypassError } from '../errors.ts';
import { didYouMean, nearest } from '../terminal/nearest.ts';
import { printable } from '../terminal/printable.ts';
import type { Flags } from './arguments.ts';
import { partitionOfRole } from './aws-partition.ts';
import { readEnvFile } from './env-file.ts';
import { oddFault } from './parse-setting.ts';
import { whyIgnored } from './region.ts';
import { originKey, type SettingName, settingNames, settingOf, spellings } from './setting-table.ts';
import { unknownProfile } from './unknown-profile.ts';

export interface SettingSources {
  flags: Flags;
  env: NodeJS.ProcessEnv;
  home: string;
  /** `configure` writes this profile: it may be new, and its missing settings come from flags. */
  configuring?: true;
  /** The AWS config file, if it has been read already. */
  config?: AwsFile & AwsConfigFile;
}

/** The places that settings come from, opened and checked. */
export interface Sources {
  profile: string;
  config: AwsFile & AwsConfigFile;
  /** The faults of the places themselves. */
  faults: readonly string[];
  /** Returns the fault of a required setting that no place gives. */
  missing(name: SettingName, example: string): string;
  /** Precedence: flags > environment > `--env-file` > profile > source profiles; an empty value is none. */
  find(name: SettingName): Found | undefined;
}

/** A value and the place that gives it, as messages show it. */
interface Found {
  value: string;
  origin: string;
}

/** Opens the places of settings. Throws `usage`, `unknown-profile`, `bad-configuration` or `io`. */
export function openSources({ flags, env, home, configuring, ...read }: SettingSources): Sources {
  const named = profileToUse({ flags, env });
  const profile = named ?? 'default';
  const config = read.config ?? readAwsConfigFile({ env, home });
  const file = config.shown;
  if (named && named !== 'default' && !configuring && !config.profiles.has(named))
    throw unknownProfile(named, config, { env, home });
  const given = outside({ flags, env }, (name, value) => name !== 'region' || !regionFault(value));
  const { chain, faults } = profileChain(profile, given('sourceProfile'), config);
  for (const fault of config.faults) {
    if (!fault.profile || chain.includes(fault.profile)) faults.push(`${file}:${fault.line}: ${fault.text}`);
  }
  const find = (name: SettingName) =>
    given(name) ?? chain.map((from) => inProfile(from, name, config)).find(Boolean);
  const regionFault = (region: string) =>
    whyIgnored(region, { env, profile, partition: partitionOfRole(find('roleArn')?.value ?? '') });
  return {
    profile,
    config,
    faults: [...faults, ...unknownKeys(chain, config)],
    missing(name, example) {
      const { flag, key } = spellings(name);
      return configuring
        ? `${flag} is missing: add ${flag} ${example}`
        : `${key} is missing: add "${key} = ${example}" to ${profileHeader(profile)} in ${file}`;
    },
    find,
  };
}

/** Returns the profile that a flag or the environment names. Throws `usage`. */
export function profileToUse({ flags, env }: Pick<SettingSources, 'flags' | 'env'>): string | undefined {
  const named = flags.get('profile') ?? (env.AWS_PROFILE || undefined);
  if (named !== undefined && !isProfileName(named)) {
    const origin = flags.has('profile') ? '--profile' : 'AWS_PROFILE';
    const bare = named
      .trim()
      .replace(/^(["'])(.*)\1$/, '$2')
      .trim();
    throw new DaypassError('usage', `the profile name ${profileNameRule}, not "${printable(named)}"`, {
      hint: isProfileName(bare) ? `did you mean ${bare}? correct ${origin}` : `correct ${origin}`,
    });
  }
  return named;
}

/** Returns the settings in flags and the file of `--env-file`. Throws `bad-configuration` or `io`. */
export function givenByName(flags: Flags): Map<SettingName, string> {
  const given = outside({ flags, env: {} });
  return new Map(
    settingNames.flatMap((name) => {
      const found = given(name);
      return found ? [[name, found.value] as const] : [];
    }),
  );
}

/**
 * Returns a search of flags, environment and `--env-file`, in order, without the variables whose value `isMeant`
 * rejects. Throws `bad-configuration` or `io`.
 */
function outside(
  { flags, env }: Pick<SettingSources, 'flags' | 'env'>,
  isMeant: (name: SettingName, value: string) => boolean = () => true,
) {
  const envFile = flags.get('envFile');
  const fileEnv = envFile === undefined ? {} : readEnvFile(envFile);
  return (name: SettingName): Found | undefined => {
    const { flag, env: variables, key } = spellings(name);
    const given = flags.get(name);
    if (given !== undefined) return { value: given, origin: flag ?? key };
    for (const [from, where] of [
      [env, ''],
      [fileEnv, ` (${printable(envFile ?? '')})`],
    ] as const) {
      for (const variable of variables) {
        const value = from[variable];
        if (value && isMeant(name, value)) return { value, origin: `${variable}${where}` };
      }
    }
    return undefined;
  };
}

function inProfile(
  profile: string,
  name: SettingName,
  { profiles, shown }: Sources['config'],
): Found | undefined {
  const { key } = spellings(name);
  const { value, line } = profiles.get(profile)?.get(key) ?? {};
  return value ? { value, origin: `${key} (${shown}:${line})` } : undefined;
}

/** Returns the profile and the profiles that lend it settings, nearest first. */
function profileChain(
  profile: string,
  given: Found | undefined,
  config: Sources['config'],
): { chain: string[]; faults: string[] } {
  const chain = [profile];
  for (let source = given ?? inProfile(profile, 'sourceProfile', config); source?.value; ) {
    const { value, origin } = source;
    const isCircle = chain.includes(value);
    if (isCircle || !config.profiles.has(value)) {
      const odd = oddFault(
        value,
        settingOf('sourceProfile').allows,
        (name) => config.profiles.has(name) || undefined,
      );
      const none = odd ? `${odd}, not` : `does not name a profile of ${config.shown}:`;
      const why = isCircle ? 'leads back to itself:' : none;
      const names = [...config.profiles.keys()].filter(isProfileName);
      const near = isCircle || odd ? undefined : didYouMean(value, names);
      return { chain, faults: [`${origin} ${why} ${printable(value)}${near ? `, ${near}` : ''}`] };
    }
    chain.push(value);
    source = inProfile(value, 'sourceProfile', config);
  }
  return { chain, faults: [] };
}

/** `daypass_`, rightly or wrongly spelled. */
const prefix = /^day[-_]?pas+[-_]?/;

/** Returns misspelled keys, which would leave a default in force without notice. */
function unknownKeys(chain: readonly string[], { profiles, shown }: Sources['config']): string[] {
  const known = [...settingNames.map((name) => spellings(name).key), originKey];
  return chain.flatMap((profile) =>
    [...(profiles.get(profile) ?? [])]
      .filter(([key]) => prefix.test(key) && !known.includes(key))
      .map(([key, { line }]) => {
        const meant = nearest(
          key.replace(prefix, ''),
          known.map((name) => name.replace(prefix, '')),
        );
        const near = known.filter((name) => meant.includes(name.replace(prefix, '')));
        const question = near.length > 0 ? `: did you mean ${near.join(' or ')}?` : '';
        return `${printable(key)} (${shown}:${line}) is not a setting of daypass${question}`;
      }),
  );
}
