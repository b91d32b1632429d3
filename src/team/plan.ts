import type { Keys } from '../aws-config/edit.ts';
import type { AwsConfigFile } from '../aws-config/parse.ts';
import { isKnownNeed } from '../oidc/known-providers.ts';
import { originKey, settingNames, spellings } from '../settings/setting-table.ts';
import { type IssuerChange, issuerChanges } from './issuer-changes.ts';
import { sectionKeys } from './section-keys.ts';
import { issuerKey, sourceKey, teamKeys } from './team-keys.ts';
import type { Wanted } from './wanted.ts';

/** What a team's file does to the profiles of a person. */
export interface TeamPlan {
  /** Those that are wanted, in the order of the file. */
  profiles: PlannedProfile[];
  /** Profiles that came from this file and are no longer in it. */
  vanished: VanishedProfile[];
  issuerChanges: IssuerChange[];
}

export interface PlannedProfile {
  /** As in the AWS config file, with the prefix. */
  name: string;
  /** In the team's file, counted from 1. */
  line: number;
  state: 'new' | 'changed' | 'unchanged';
  /** All that the team's file says. */
  keys: Keys;
  /** It only lends settings to others of the file, and has no role. */
  isMereSource: boolean;
  changes: KeyChange[];
}

/** One key: without `from` it is added, without `to` it is removed. */
export interface KeyChange {
  key: string;
  from?: string | undefined;
  to?: string | undefined;
}

export interface VanishedProfile {
  name: string;
  /** The profiles that stay and take settings or credentials from it. With one of them, it stays too. */
  neededBy: string[];
}

/**
 * Compares a team's file with the AWS config file. The team's file decides about its keys and about every other
 * `daypass_` key that such a file may have; `region`, `output` and all other keys stay if it is silent. What a known
 * provider needs stays too, since daypass may have added it. `lineOf` returns the `credential_process` of a profile;
 * without it, that key is not compared.
 */
export function planTeam(
  wanted: Wanted,
  config: AwsConfigFile,
  lineOf: (name: string) => string | undefined = () => undefined,
): TeamPlan {
  const present = sectionKeys(config);
  const { isVanished } = wanted;
  const names = new Set(wanted.profiles.map(({ name }) => name));
  const profiles = wanted.profiles.map((profile): PlannedProfile => {
    const before = present.get(profile.name);
    const line = profile.isMereSource ? undefined : lineOf(profile.name);
    const keys = { ...(line === undefined ? {} : { credential_process: line }), ...profile.keys };
    const changes = before ? changesOf({ ...profile, keys }, before) : [];
    const state = !before ? 'new' : changes.length > 0 ? 'changed' : 'unchanged';
    return { ...profile, keys, state, changes };
  });
  const gone = [...present].flatMap(([name, keys]) =>
    keys.get(originKey) === wanted.from && !names.has(name) && isVanished(name) ? [name] : [],
  );
  return {
    profiles,
    vanished: vanishedProfiles(gone, profiles, config),
    issuerChanges: issuerChanges(profiles, config),
  };
}

/** Returns the vanished profiles that nothing needs, which can be removed. */
export function removable({ vanished }: Pick<TeamPlan, 'vanished'>): string[] {
  return vanished.filter(({ neededBy }) => neededBy.length === 0).map(({ name }) => name);
}

/** Returns whether a plan changes nothing. */
export function isEmptyPlan(plan: TeamPlan): boolean {
  return removable(plan).length === 0 && plan.profiles.every(({ state }) => state === 'unchanged');
}

/** Returns the changes of a section that give it these keys. */
export function changesOf(
  { keys, isMereSource }: Pick<PlannedProfile, 'keys' | 'isMereSource'>,
  before: ReadonlyMap<string, string>,
): KeyChange[] {
  const isNewIssuer = keys[issuerKey] !== before.get(issuerKey);
  const set = Object.entries(keys).flatMap(([key, to]) => {
    const from = before.get(key);
    return from === to ? [] : [{ key, ...(from === undefined ? {} : { from }), to }];
  });
  const unset = [...before].flatMap(([key, from]) =>
    key in keys || !isDecided(key, isMereSource) || (!isNewIssuer && isNeed(key, from))
      ? []
      : [{ key, from }],
  );
  return [...set, ...unset];
}

/** Returns whether the team's file decides that a profile does not have the key. */
function isDecided(key: string, isMereSource: boolean): boolean {
  if (key === 'credential_process') return isMereSource;
  return key.startsWith('daypass_') && teamKeys.includes(key);
}

const settingOfKey = new Map(settingNames.map((name) => [spellings(name).key, name]));

function isNeed(key: string, value: string): boolean {
  const name = settingOfKey.get(key);
  return name !== undefined && isKnownNeed(name, value);
}

/** Returns them with the profiles that need them, and stay. */
function vanishedProfiles(
  gone: readonly string[],
  planned: readonly PlannedProfile[],
  { profiles }: AwsConfigFile,
): VanishedProfile[] {
  const after = new Map(planned.map(({ name, keys }) => [name, keys[sourceKey]]));
  const lent = (name: string, key: string) => profiles.get(name)?.get(key)?.value;
  const needs = (name: string) =>
    [after.has(name) ? after.get(name) : lent(name, sourceKey), lent(name, 'source_profile')].filter(
      (source): source is string => source !== undefined && source !== name,
    );
  const neededBy = new Map<string, string[]>(gone.map((name) => [name, []]));
  // One that stays because it is needed has needs of its own.
  const staying = [...new Set([...profiles.keys(), ...after.keys()])].filter((name) => !neededBy.has(name));
  for (const name of staying) {
    for (const source of needs(name)) {
      const others = neededBy.get(source);
      if (others?.length === 0) staying.push(source);
      others?.push(name);
    }
  }
  return gone.map((name) => ({ name, neededBy: neededBy.get(name) ?? [] }));
}
