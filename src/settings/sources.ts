import { parseEnv } from 'node:util';
import { type AwsConfigFile, readAwsConfigFile } from '../aws-config/config-file.ts';
import type { AwsFile } from '../aws-config/file-location.ts';
import { isProfileName, profileHeader, profileNameRule } from '../aws-config/profile-name.ts';
import { DaypassError } from '../errors.ts';
import { readFileIfAny } from '../process/files.ts';
import { printable } from '../terminal/printable.ts';
import { type SettingName, settingNames, spellings } from './setting-table.ts';

export interface SettingSources {
  /** `--client-id X` as `['clientId', 'X']`. */
  flags: ReadonlyMap<SettingName | 'profile' | 'envFile', string>;
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
  /**
   * Precedence: flags > environment > `--env-file` > profile > its source profiles. An empty value is unset.
   */
  find(name: SettingName): { value: string; origin: string } | undefined;
}

/** Opens the places of settings. Throws `usage`, `unknown-profile`, `bad-configuration` or `io`. */
export function openSources({ flags, env, home, configuring, ...read }: SettingSources): Sources {
  const named = profileToUse({ flags, env });
  const profile = named ?? 'default';
  const config = read.config ?? readAwsConfigFile({ env, home });
  const file = config.shown;
  if (named && named !== 'default' && !configuring && !config.profiles.has(named)) {
    throw new DaypassError('unknown-profile', `there is no [profile ${named}] in ${file}`, {
      hint: {
        advice: 'to create this profile',
        command: `daypass configure --profile ${named}`,
      },
    });
  }
  const envFile = flags.get('envFile');
  const fileEnv = envFile === undefined ? {} : readEnvFile(envFile);
  const given = (name: SettingName) => outside(name, { flags, env, fileEnv, envFile });
  const { chain, faults } = profileChain(profile, given('sourceProfile'), config);
  for (const fault of config.faults) {
    if (!fault.profile || chain.includes(fault.profile)) faults.push(`${file}:${fault.line}: ${fault.text}`);
  }
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
    find(name) {
      const found = given(name);
      if (found) return found;
      for (const from of chain) {
        const entry = config.profiles.get(from)?.get(spellings(name).key);
        if (entry?.value)
          return { value: entry.value, origin: `${spellings(name).key} (${file}:${entry.line})` };
      }
      return undefined;
    },
  };
}

/** Returns the profile that a flag or the environment names. Throws `usage`. */
export function profileToUse({ flags, env }: Pick<SettingSources, 'flags' | 'env'>): string | undefined {
  const named = flags.get('profile') ?? (env.AWS_PROFILE || undefined);
  if (named !== undefined && !isProfileName(named)) {
    throw new DaypassError('usage', `the profile name ${profileNameRule}`, {
      hint: 'correct --profile or AWS_PROFILE',
    });
  }
  return named;
}

/**
 * Returns the settings that this call gives as flags or in the file of `--env-file`. Throws
 * `bad-configuration` or `io`.
 */
export function givenByName(flags: SettingSources['flags']): Map<SettingName, string> {
  const envFile = flags.get('envFile');
  const fileEnv = envFile === undefined ? {} : readEnvFile(envFile);
  return new Map(
    settingNames.flatMap((name) => {
      const found = outside(name, { flags, env: {}, fileEnv, envFile });
      return found ? [[name, found.value] as const] : [];
    }),
  );
}

/** Finds a setting in flags, environment and `--env-file`, in this order. */
function outside(
  name: SettingName,
  {
    flags,
    env,
    fileEnv,
    envFile,
  }: Pick<SettingSources, 'flags' | 'env'> & { fileEnv: NodeJS.Dict<string>; envFile: string | undefined },
): { value: string; origin: string } | undefined {
  const { flag, env: variables } = spellings(name);
  const given = flags.get(name);
  if (given !== undefined) return { value: given, origin: flag ?? name };
  for (const variable of variables) {
    if (env[variable]) return { value: env[variable], origin: variable };
  }
  for (const variable of variables) {
    const value = fileEnv[variable];
    if (value) return { value, origin: `${variable} (${printable(envFile ?? '')})` };
  }
  return undefined;
}

/** Returns the profile and the profiles that lend it settings, nearest first. */
function profileChain(
  profile: string,
  given: { value: string; origin: string } | undefined,
  config: Sources['config'],
): { chain: string[]; faults: string[] } {
  const chain = [profile];
  for (;;) {
    const entry = config.profiles.get(chain.at(-1) ?? profile)?.get('daypass_source_profile');
    const own = entry && {
      value: entry.value,
      origin: `daypass_source_profile (${config.shown}:${entry.line})`,
    };
    const source = chain.length === 1 ? (given ?? own) : own;
    if (!source?.value) return { chain, faults: [] };
    if (chain.includes(source.value) || !config.profiles.has(source.value)) {
      const why = chain.includes(source.value)
        ? 'leads back to itself'
        : `does not name a profile of ${config.shown}`;
      return { chain, faults: [`${source.origin} ${why}: ${printable(source.value)}`] };
    }
    chain.push(source.value);
  }
}

/** Returns misspelled keys, which would leave a default in force without notice. */
function unknownKeys(chain: readonly string[], { profiles, shown }: Sources['config']): string[] {
  const known = new Set(settingNames.map((name) => spellings(name).key));
  return chain.flatMap((name) =>
    [...(profiles.get(name) ?? [])]
      .filter(([key]) => key.startsWith('daypass_') && !known.has(key))
      .map(([key, { line }]) => `${printable(key)} (${shown}:${line}) is not a setting of daypass`),
  );
}

function readEnvFile(path: string): NodeJS.Dict<string> {
  const text = readFileIfAny(path)?.toString();
  if (text === undefined) {
    throw new DaypassError('bad-configuration', `--env-file: ${printable(path)} does not exist`, {
      hint: 'give the path of an existing file',
    });
  }
  return parseEnv(text) as NodeJS.Dict<string>;
}
