import { type AwsProfiles, readAwsProfiles } from '../aws-config/profiles.ts';
import { knownProvider } from '../oidc/known-providers.ts';
import { awsPartition, parseRoleArn } from '../settings/aws-partition.ts';
import { type SettingName, settingNames, spellings } from '../settings/setting-table.ts';
import { loadSettings, type Settings } from '../settings/settings.ts';
import { openSources, type SettingSources, type Sources } from '../settings/sources.ts';

/** A profile that is to be written: its name, and what was said of it. */
export interface Draft {
  profile: string;
  values: ReadonlyMap<SettingName, string>;
}

type Place = { env: NodeJS.ProcessEnv; home: string };

/**
 * The draft with what its provider is known to need beside, and with a region for the AWS clients; what the profile says already
 * stays, and what neither says the environment does, as on a terminal it is offered. Checked as a sign-in would check it, all faults at
 * once. Throws `bad-configuration`, `usage` and `io`.
 */
export function completeDraft(
  { profile, values }: Draft,
  place: Place,
): { draft: Draft; settings: Settings } {
  const all = new Map(values);
  const say = (name: SettingName, value: string | undefined, isSaid: boolean) => {
    if (value !== undefined && !isSaid) all.set(name, value);
  };
  const offered = unsaid(['issuer', 'clientId', 'roleArn'], openSources(sources(profile, all, place)), place);
  const lent = Object.fromEntries(offered.map(({ variable, value }) => [variable, value]));
  const said = openSources(sources(profile, all, place, lent));
  const advice = knownProvider(said.find('issuer')?.value ?? '')?.settings ?? {};
  for (const name of settingNames) say(name, advice[name], said.find(name) !== undefined);
  const settings = loadSettings(sources(profile, all, place, lent));
  for (const { name, value } of offered) all.set(name, value);
  const partition = awsPartition(parseRoleArn(settings.roleArn)?.partition ?? '');
  const [region] = unsaid(['region'], said, place).filter(({ value }) => partition?.regions.test(value));
  // A source profile lends its region to daypass, and not to the AWS clients.
  const own = readAwsProfiles(place).config.profiles.get(profile);
  say('region', region?.value ?? settings.region, all.has('region') || own?.has('region') === true);
  return { draft: { profile, values: all }, settings };
}

/** Those of these settings that the environment alone says. */
function unsaid(
  names: readonly SettingName[],
  said: Sources,
  { env }: Place,
): { name: SettingName; variable: string; value: string }[] {
  return names.flatMap((name) => {
    const variable = spellings(name).env.find((candidate) => env[candidate]);
    const value = variable && env[variable];
    return value && !said.find(name) ? [{ name, variable, value }] : [];
  });
}

/** The keys of a draft as they stand in the config file, the line that starts daypass first. */
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

/** What the section will say of daypass, old keys included: lines for a person, without the client secret. */
export function sectionLines(
  { profile }: Draft,
  keys: Readonly<Record<string, string>>,
  { config }: AwsProfiles,
): string[] {
  const ours = [...(config.profiles.get(profile) ?? [])].flatMap(([key, { value }]) =>
    /^(daypass_|region$|credential_process$)/.test(key) ? [[key, value] as const] : [],
  );
  const secret = spellings('clientSecret').key;
  const lines = Object.entries({ ...Object.fromEntries(ours), ...keys }).map(
    ([key, value]) => `${key} = ${key === secret ? '(not shown)' : value}`,
  );
  return [profile === 'default' ? '[default]' : `[profile ${profile}]`, ...lines];
}

/** Nothing else of this environment may hide what the profile lacks: it is another one when an AWS client calls. */
function sources(
  profile: string,
  values: Draft['values'],
  { env, home }: Place,
  lent: Record<string, string> = {},
): SettingSources {
  const { AWS_CONFIG_FILE } = env;
  return {
    flags: new Map([...values, ['profile', profile]]),
    env: { ...(AWS_CONFIG_FILE ? { AWS_CONFIG_FILE } : {}), ...lent },
    home,
    configuring: true,
  };
}
