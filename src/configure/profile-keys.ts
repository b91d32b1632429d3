import type { AwsConfigFile } from '../aws-config/config-file.ts';
import type { AwsFile, Place } from '../aws-config/file-location.ts';
import { profileHeader } from '../aws-config/profile-name.ts';
import { knownProvider } from '../oidc/known-providers.ts';
import { awsPartition, parseRoleArn } from '../settings/aws-partition.ts';
import { type SettingName, settingNames, spellings } from '../settings/setting-table.ts';
import { loadSettings, type Settings } from '../settings/settings.ts';
import { openSources, type SettingSources, type Sources } from '../settings/sources.ts';

/** A profile to write: its name and the settings that are given for it. */
export interface Draft {
  profile: string;
  values: ReadonlyMap<SettingName, string>;
}

/**
 * Adds to a draft the settings that its provider is known to need, a region for the AWS clients, and issuer,
 * client id and role from the environment. Settings of the draft and of the profile take precedence. Checks
 * the result as a sign-in does, and throws `bad-configuration` with all faults, `usage` or `io`.
 */
export function completeDraft(
  { profile, values }: Draft,
  { env, home }: Place,
  config: AwsFile & AwsConfigFile,
): { draft: Draft; settings: Settings } {
  const all = new Map(values);
  const add = (name: SettingName, value: string | undefined, isGiven: boolean) => {
    if (value !== undefined && !isGiven) all.set(name, value);
  };
  // The rest of this environment must not hide a missing setting: an AWS client calls with another one.
  const sources = (variables: NodeJS.ProcessEnv): SettingSources => ({
    flags: new Map([...all, ['profile', profile]]),
    env: variables,
    home,
    configuring: true,
    config,
  });
  const offered = onlyInEnvironment(['issuer', 'clientId', 'roleArn'], openSources(sources({})), env);
  const lent = Object.fromEntries(offered.map(({ variable, value }) => [variable, value]));
  const given = openSources(sources(lent));
  const advice = knownProvider(given.find('issuer')?.value ?? '')?.settings ?? {};
  for (const name of settingNames) add(name, advice[name], given.find(name) !== undefined);
  const settings = loadSettings(sources(lent));
  for (const { name, value } of offered) all.set(name, value);
  const partition = awsPartition(parseRoleArn(settings.roleArn)?.partition ?? '');
  const [region] = onlyInEnvironment(['region'], given, env).filter(({ value }) =>
    partition?.regions.test(value),
  );
  // A source profile lends its region to daypass, but not to AWS clients.
  const hasRegion = all.has('region') || config.profiles.get(profile)?.has('region') === true;
  add('region', region?.value ?? settings.region, hasRegion);
  return { draft: { profile, values: all }, settings };
}

/** Returns those of these settings that the environment alone gives. */
function onlyInEnvironment(
  names: readonly SettingName[],
  given: Sources,
  env: NodeJS.ProcessEnv,
): { name: SettingName; variable: string; value: string }[] {
  return names.flatMap((name) => {
    const variable = spellings(name).env.find((candidate) => env[candidate]);
    const value = variable && env[variable];
    return value && !given.find(name) ? [{ name, variable, value }] : [];
  });
}

/** Returns the keys of a draft as the config file spells them, `credential_process` first. */
export function profileKeys({ values }: Draft, credentialProcess: string): Record<string, string> {
  const keys: Record<string, string> = { credential_process: credentialProcess };
  const region = values.get('region');
  if (region !== undefined) keys.region = region;
  for (const name of settingNames) {
    const value = values.get(name);
    if (value !== undefined) keys[spellings(name).key] = value;
  }
  return keys;
}

/**
 * Returns the section as it will be, for a person: the keys of daypass, old ones included, without the client
 * secret.
 */
export function sectionLines(
  { profile }: Draft,
  keys: Readonly<Record<string, string>>,
  { profiles }: Pick<AwsConfigFile, 'profiles'>,
): string[] {
  const ours = [...(profiles.get(profile) ?? [])].flatMap(([key, { value }]) =>
    /^(daypass_|region$|credential_process$)/.test(key) ? [[key, value] as const] : [],
  );
  const secret = spellings('clientSecret').key;
  const lines = Object.entries({ ...Object.fromEntries(ours), ...keys }).map(
    ([key, value]) => `${key} = ${key === secret ? '(not shown)' : value}`,
  );
  return [profileHeader(profile), ...lines];
}
