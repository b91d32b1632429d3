import type { AwsFile } from '../aws-config/config-file.ts';
import type { AwsConfigFile, ConfigEntry } from '../aws-config/parse.ts';
import type { AwsProfiles } from '../aws-config/profiles.ts';
import { assertWritable } from '../aws-config/writable-value.ts';
import { checkProfile } from '../configure/profile-gate.ts';
import { asDaypassError, DaypassError, type Hint } from '../errors.ts';
import { knownProvider, type UncheckedMetadata } from '../oidc/known-providers.ts';
import type { Place } from '../process/expand-path.ts';
import { partitionOfRole } from '../settings/aws-partition.ts';
import { regionIn } from '../settings/region.ts';
import { settingNames, spellings } from '../settings/setting-table.ts';
import { loadSettings, type Settings } from '../settings/settings.ts';
import { openSources } from '../settings/sources.ts';
import { readIssuers } from './issuers.ts';
import { changesOf, isEmptyPlan, type PlannedProfile, type TeamPlan } from './plan.ts';
import { sectionKeys } from './section-keys.ts';
import { issuerKey } from './team-keys.ts';
import type { TeamSource } from './team-source.ts';

/** A plan whose profiles work, with what `configure` adds to each. */
export interface CheckedPlan extends TeamPlan {
  /** The issuers of the profiles that are new or change. */
  issuers: string[];
}

type Config = AwsFile & AwsConfigFile;

/**
 * Checks every profile as `configure` does, reads the metadata of each issuer once, and adds what a known provider
 * needs and a region to new profiles. Throws all faults of the profiles, each with its line in the team's file, or
 * else those of the providers.
 */
export async function checkPlan(
  plan: TeamPlan,
  { shown, from }: TeamSource,
  files: AwsProfiles,
  place: Place,
): Promise<CheckedPlan> {
  if (isEmptyPlan(plan)) return { ...plan, issuers: [] };
  const future = futureConfig(plan, files.config, { path: from, shown });
  const settings = checkedSettings(plan, future, files, place);
  const renamed = new Set(plan.issuerChanges.flatMap(({ profiles }) => profiles));
  const toRead = plan.profiles.flatMap((profile) => {
    const { issuer } = settings.get(profile.name) ?? {};
    const isTouched = profile.state !== 'unchanged' || renamed.has(profile.name);
    return issuer !== undefined && isTouched
      ? [{ issuer, place: `${shown}:${profile.line}: ${profile.name}` }]
      : [];
  });
  const metadata = await readIssuers(toRead);
  const present = sectionKeys(files.config);
  const profiles = plan.profiles.map((profile): PlannedProfile => {
    if (profile.state === 'unchanged') return profile;
    const before = present.get(profile.name);
    const keys = {
      ...profile.keys,
      ...(before?.get(issuerKey) === profile.keys[issuerKey] ? {} : needs(profile, metadata, future, place)),
      ...(before ? {} : regionOf(profile, settings.get(profile.name), place)),
    };
    return { ...profile, keys, changes: before ? changesOf({ ...profile, keys }, before) : [] };
  });
  return { ...plan, profiles, issuers: [...metadata.keys()] };
}

/** Returns the profiles as they will be, with the lines of the team's file. */
function futureConfig({ profiles }: TeamPlan, config: Config, file: AwsFile): Config {
  const future = new Map(config.profiles);
  for (const { name, line, keys } of profiles) {
    const entries = Object.entries(keys).map(([key, value]): [string, ConfigEntry] => [key, { value, line }]);
    future.set(name, new Map(entries));
  }
  return { ...file, lines: [], sections: new Map(), faults: [], refusals: [], profiles: future };
}

/** Returns the settings of each profile that has a role. Throws with all faults. */
function checkedSettings(
  { profiles }: TeamPlan,
  future: Config,
  files: AwsProfiles,
  place: Place,
): Map<string, Settings> {
  const settings = new Map<string, Settings>();
  const faults = new Set<string>();
  let hint: Hint | undefined;
  for (const { name, line, keys, state, isMereSource } of profiles) {
    const where = `${future.shown}:${line}`;
    const check = (action: () => void) => {
      try {
        action();
      } catch (thrown) {
        const error = asDaypassError(thrown);
        if (error.code !== 'bad-configuration') throw error;
        for (const fault of error.faults)
          faults.add(`${where}: ${name}: ${fault.replace(` (${where})`, '')}`);
        hint ??= error.nextStep;
      }
    };
    if (!isMereSource) check(() => settings.set(name, settingsOf(name, future, place)));
    if (state === 'unchanged') continue;
    check(() => assertWritable(name, keys));
    check(() => checkProfile(name, files, keys.credential_process ?? ''));
  }
  if (faults.size > 0) throw new DaypassError('bad-configuration', [...faults], { hint });
  return settings;
}

/** Returns the settings that the profile alone gives: the environment concerns the calls, not the file. */
function settingsOf(name: string, config: Config, { home }: Place): Settings {
  return loadSettings({ flags: new Map([['profile', name]]), env: {}, home, config });
}

/** Returns the keys that the provider of a profile needs, where neither the profile nor its sources have them. */
function needs(
  { name, keys }: PlannedProfile,
  metadata: ReadonlyMap<string, UncheckedMetadata>,
  config: Config,
  { home }: Place,
): Record<string, string> {
  const issuer = keys[issuerKey];
  const provider = issuer === undefined ? undefined : knownProvider(issuer, metadata.get(issuer));
  if (!provider) return {};
  const { find } = openSources({ flags: new Map([['profile', name]]), env: {}, home, config });
  return Object.fromEntries(
    settingNames.flatMap((setting) => {
      const value = provider.settings[setting];
      return value === undefined || find(setting) ? [] : [[spellings(setting).key, value]];
    }),
  );
}

/** Returns a region for AWS clients. A source profile lends its region to daypass alone. */
function regionOf(
  { name, keys }: PlannedProfile,
  settings: Settings | undefined,
  { env }: Place,
): Record<string, string> {
  if (!settings || keys.region !== undefined) return {};
  const use = { env, profile: name, partition: partitionOfRole(settings.roleArn) };
  return { region: regionIn(use) ?? settings.region };
}
