import { parseEnv } from 'node:util';
import { type AwsConfigFile, parseAwsConfigFile } from '../aws-config/config-file.ts';
import { awsConfigPath, readText } from '../aws-config/files.ts';
import { isProfileName, profileNameRule } from '../aws-config/profile-name.ts';
import { DaypassError } from '../errors.ts';
import { printable } from '../terminal/printable.ts';
import { type SettingName, settingNames, spellings } from './setting-table.ts';

export interface SettingSources {
  /** `--client-id X` as `['clientId', 'X']`. */
  flags: ReadonlyMap<SettingName | 'profile' | 'envFile', string>;
  env: NodeJS.ProcessEnv;
  home: string;
  /** The profile is being written: it need not be there yet, and what it lacks belongs into a flag. */
  configuring?: true;
}

/** All places that settings come from, opened and looked through. */
export interface Sources {
  profile: string;
  /** `[profile developer] in ~/.aws/config`. */
  place: string;
  /** What is wrong with the places themselves. */
  faults: readonly string[];
  /** The fault of a required setting that is nowhere. */
  missing(name: SettingName, example: string): string;
  /** Flags, then environment, then `--env-file`, then the profile, then its source profiles; empty means unset. */
  find(name: SettingName): { value: string; origin: string } | undefined;
}

/** Throws `usage`, `unknown-profile`, `bad-configuration` or `io`. */
export function openSources({ flags, env, home, configuring }: SettingSources): Sources {
  const named = profileToUse({ flags, env });
  const profile = named ?? 'default';
  const { path, shown: file } = awsConfigPath({ env, home });
  const config = parseAwsConfigFile(readText(path, 'the AWS config file') ?? '');
  if (named && named !== 'default' && !configuring && !config.profiles.has(named)) {
    throw new DaypassError('unknown-profile', `there is no [profile ${named}] in ${file}`, {
      hint: {
        advice: 'name an existing profile, or make this one',
        command: `daypass configure --profile ${named}`,
      },
    });
  }
  const envFile = flags.get('envFile');
  const fileEnv = envFile === undefined ? {} : readEnvFile(envFile);
  const given = (name: SettingName) => outside(name, { flags, env, fileEnv, envFile });
  const { chain, faults } = profileChain(profile, given('sourceProfile'), config, file);
  for (const fault of config.faults) {
    if (!fault.profile || chain.includes(fault.profile))
      faults.push(`line ${fault.line}: ${fault.text} (${file})`);
  }
  const place = `[${profile === 'default' ? profile : `profile ${profile}`}] in ${file}`;
  return {
    profile,
    place,
    faults: [...faults, ...unknownKeys(chain, config, file)],
    missing(name, example) {
      const { flag, key } = spellings(name);
      return configuring
        ? `${flag} is missing: add ${flag} ${example}`
        : `${key} is missing: add "${key} = ${example}" to ${place}`;
    },
    find(name) {
      const found = given(name);
      if (found) return found;
      for (const from of chain) {
        const entry = config.profiles.get(from)?.get(spellings(name).key);
        if (entry?.value)
          return { value: entry.value, origin: `${spellings(name).key} (line ${entry.line} of ${file})` };
      }
      return undefined;
    },
  };
}

/** The profile that flag or environment names, if one does. Throws `usage`. */
export function profileToUse({ flags, env }: Pick<SettingSources, 'flags' | 'env'>): string | undefined {
  const named = flags.get('profile') ?? (env.AWS_PROFILE || undefined);
  if (named !== undefined && !isProfileName(named)) {
    throw new DaypassError('usage', `the profile name ${profileNameRule}`, {
      hint: 'correct --profile or AWS_PROFILE',
    });
  }
  return named;
}

/** What the person says in this very call, by flag or in the file of `--env-file`. */
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

/** What flags, environment and `--env-file` say, in this order. */
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

/** The profile itself and the profiles that lend it settings, nearest first. */
function profileChain(
  profile: string,
  given: { value: string; origin: string } | undefined,
  config: AwsConfigFile,
  file: string,
): { chain: string[]; faults: string[] } {
  const chain = [profile];
  for (;;) {
    const entry = config.profiles.get(chain.at(-1) ?? profile)?.get('daypass_source_profile');
    const own = entry && {
      value: entry.value,
      origin: `daypass_source_profile (line ${entry.line} of ${file})`,
    };
    const source = chain.length === 1 ? (given ?? own) : own;
    if (!source?.value) return { chain, faults: [] };
    if (chain.includes(source.value) || !config.profiles.has(source.value)) {
      const why = chain.includes(source.value) ? 'leads back to itself' : `names no profile of ${file}`;
      return { chain, faults: [`${source.origin} ${why}: ${printable(source.value)}`] };
    }
    chain.push(source.value);
  }
}

/** A misspelt key would silently leave a default in force. */
function unknownKeys(chain: readonly string[], config: AwsConfigFile, file: string): string[] {
  const known = new Set(settingNames.map((name) => spellings(name).key));
  return chain.flatMap((name) =>
    [...(config.profiles.get(name) ?? [])]
      .filter(([key]) => key.startsWith('daypass_') && !known.has(key))
      .map(([key, { line }]) => `${printable(key)} (line ${line} of ${file}) is not a setting of daypass`),
  );
}

function readEnvFile(path: string): NodeJS.Dict<string> {
  const text = readText(path, '--env-file');
  if (text === undefined) {
    throw new DaypassError('bad-configuration', `--env-file: there is no file ${printable(path)}`, {
      hint: 'give the path of one that is there',
    });
  }
  return parseEnv(text) as NodeJS.Dict<string>;
}
