import type { AwsFile } from '../aws-config/config-file.ts';
import type { Keys } from '../aws-config/edit.ts';
import { profileHeader } from '../aws-config/lines.ts';
import type { AwsConfigFile } from '../aws-config/parse.ts';
import {
  type KnownProvider,
  knownProvider,
  providerNamed,
  type UncheckedMetadata,
} from '../oidc/known-providers.ts';
import type { Place } from '../process/expand-path.ts';
import { partitionOfRole } from '../settings/aws-partition.ts';
import { regionIn } from '../settings/region.ts';
import { type SettingName, settingNames, spellings } from '../settings/setting-table.ts';
import { loadSettings, type Settings } from '../settings/settings.ts';
import { openSources, type SettingSources, type Sources } from '../settings/sources.ts';

/** A profile to write: its name and the settings that are given for it. */
export interface Draft {
  profile: string;
  values: ReadonlyMap<SettingName, string>;
  /** The provider's metadata, once it is read. */
  metadata?: UncheckedMetadata | undefined;
  /** The seconds that the provider's clock is ahead of this machine's, once that is known. */
  clockAhead?: number | undefined;
  /** The name of the known provider that the person chose, whose metadata may not tell. */
  chosenProvider?: string | undefined;
}

/** A complete draft, the settings that it gives, and its provider if that is known. */
export interface Completed {
  draft: Draft;
  settings: Settings;
  provider?: KnownProvider | undefined;
}

/**
 * Adds to a draft the known needs of its provider (unless the profile has this sign-in already), a region for
 * AWS clients, and issuer, client id and role of the environment. Draft and profile take precedence. Throws `bad-configuration` with all faults, as a sign-in does, `usage` or `io`.
 */
export function completeDraft(
  given: Draft,
  { env, home }: Place,
  config: AwsFile & AwsConfigFile,
): Completed {
  const { profile, metadata, chosenProvider } = given;
  const all = new Map(given.values);
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
  const found = openSources(sources(lent));
  const issuer = found.find('issuer')?.value ?? '';
  const provider = knownProvider(issuer, metadata) ?? providerNamed(chosenProvider ?? '');
  const isNew = issuer !== configuredIssuer(sources({}));
  const advice = (isNew && provider?.settings) || {};
  for (const name of settingNames) {
    const value = advice[name];
    if (value !== undefined && !found.find(name)) all.set(name, value);
  }
  const settings = loadSettings(sources(lent));
  for (const { name, value } of offered) all.set(name, value);
  const partition = partitionOfRole(settings.roleArn);
  const region = found.find('region') ? undefined : regionIn({ env, profile, partition });
  // A source profile lends its region to daypass, but not to AWS clients.
  const hasRegion = all.has('region') || config.profiles.get(profile)?.has('region') === true;
  if (!hasRegion) all.set('region', region ?? settings.region);
  return { draft: { ...given, values: all }, settings, provider };
}

/** Returns the issuer of the profile in the file, or of its source: that sign-in works, and stays. */
function configuredIssuer({ flags, ...place }: SettingSources): string | undefined {
  const names = [...flags].filter(([name]) => name === 'profile' || name === 'sourceProfile');
  return openSources({ ...place, flags: new Map(names) }).find('issuer')?.value;
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

/** Returns the keys of a draft as the config file spells them, `credential_process` and region first. */
export function profileKeys({ values }: Draft, credentialProcess: string): Record<string, string> {
  const keys: Record<string, string> = { credential_process: credentialProcess };
  for (const name of ['region', ...settingNames] as const) {
    const value = values.get(name);
    if (value !== undefined) keys[spellings(name).key] = value;
  }
  return keys;
}

/** Returns the future section, for a person: all keys of daypass, old ones too, but not the client secret. */
export function sectionLines({ profile }: Draft, keys: Keys, { profiles }: AwsConfigFile): string[] {
  const section = new Map<string, string>();
  for (const [key, { value }] of profiles.get(profile) ?? [])
    if (/^(daypass_|region$|credential_process$)/.test(key)) section.set(key, value);
  for (const [key, value] of Object.entries(keys)) section.set(key, value);
  const secret = spellings('clientSecret').key;
  const lines = [...section].map(([key, value]) => `${key} = ${key === secret ? '(not shown)' : value}`);
  return [profileHeader(profile), ...lines];
}
