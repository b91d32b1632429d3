import type { Keys } from '../aws-config/edit.ts';
import { isProfileName, profileHeader, profileNameRule } from '../aws-config/lines.ts';
import type { AwsConfigFile } from '../aws-config/parse.ts';
import { DaypassError } from '../errors.ts';
import { originKey } from '../settings/setting-table.ts';
import { didYouMean } from '../terminal/nearest.ts';
import { printable } from '../terminal/printable.ts';
import { someOf } from '../terminal/some-of.ts';
import type { IssuerChange } from './issuer-changes.ts';
import { sectionKeys } from './section-keys.ts';
import type { TeamFile, TeamProfile } from './team-file.ts';
import { roleKey, sourceKey } from './team-keys.ts';
import type { TeamSource } from './team-source.ts';

/** The profiles that a person wants of a team's file, as they are to be in the AWS config file. */
export interface Wanted {
  /** The place of the file, as profiles remember it. */
  from: string;
  prefix: string;
  profiles: { name: string; line: number; keys: Keys; isMereSource: boolean }[];
  /** Returns whether a profile that came from the file and is not among them is no longer in it. */
  isVanished: (name: string) => boolean;
}

/** What a person asks for. */
export interface Choice {
  /** Undefined: the prefix that the profiles of this file have. */
  prefix?: string | undefined;
  /** Names in the file, with `*` for any letters; undefined: all. */
  only?: readonly string[] | undefined;
}

/**
 * Returns the wanted profiles of a team's file, and the profiles that they take settings from. Throws `usage` for a
 * pattern that matches nothing and for prefixes that do not tell.
 */
export function wantedProfiles(
  file: TeamFile,
  source: TeamSource,
  choice: Choice,
  config: AwsConfigFile,
): Wanted {
  const { from } = source;
  const own = profilesFrom(from, config);
  const prefix = choice.prefix ?? presentPrefix(own, file);
  const { only } = choice;
  const matchers = only?.map((pattern) => matcher(pattern, prefix, file, own));
  const matches = (name: string) => !matchers || matchers.some((is) => is(name));
  const chosen = withSources(
    file.profiles.filter(({ name }) => matches(name)),
    file,
  );
  const all = new Set(file.profiles.map(({ name }) => prefix + name));
  const mere = mereSources(file);
  const profiles = chosen.map((profile) => withPrefix(profile, prefix, mere.has(profile.name)));
  refuseNames(profiles, prefix);
  return {
    from,
    prefix,
    profiles,
    isVanished: (name) => !all.has(name) && name.startsWith(prefix) && matches(name.slice(prefix.length)),
  };
}

/** Leaves out profiles that the person does not want, unless others take settings from them. */
export function without(wanted: Wanted, unwanted: ReadonlySet<string>): Wanted {
  const byName = new Map(wanted.profiles.map((profile) => [profile.name, profile]));
  const kept = new Set<string>();
  for (const { name } of wanted.profiles.filter((profile) => !unwanted.has(profile.name)))
    for (let next: string | undefined = name; next; next = byName.get(next)?.keys[sourceKey]) kept.add(next);
  return { ...wanted, profiles: wanted.profiles.filter(({ name }) => kept.has(name)) };
}

/**
 * Leaves out the present profiles whose issuer changes, those that lend it to a profile of the person, and those that
 * take settings from one of them.
 */
export function withoutNewIssuers(
  wanted: Wanted,
  changes: readonly IssuerChange[],
  { profiles }: AwsConfigFile,
): Wanted {
  const byName = new Map(wanted.profiles.map((profile) => [profile.name, profile]));
  const held = new Set<string>();
  for (const changed of changes.flatMap((change) => change.profiles)) {
    // From a profile of the person, the way leads to those of the file, of which the first brings the issuer.
    const passed = new Set<string>();
    let next: string | undefined = changed;
    while (next && !byName.has(next) && !passed.has(next)) {
      passed.add(next);
      next = profiles.get(next)?.get(sourceKey)?.value;
    }
    if (next) held.add(next);
  }
  const isHeld = (name: string | undefined): boolean =>
    name !== undefined && (held.has(name) || isHeld(byName.get(name)?.keys[sourceKey]));
  return { ...wanted, profiles: wanted.profiles.filter(({ name }) => !isHeld(name)) };
}

function withPrefix(
  { name, line, keys }: TeamProfile,
  prefix: string,
  isMereSource: boolean,
): Wanted['profiles'][number] {
  const own: Record<string, string> = Object.fromEntries(keys);
  if (own[sourceKey]) own[sourceKey] = prefix + own[sourceKey];
  return { name: prefix + name, line, keys: own, isMereSource };
}

/** Returns the profiles and all that they take settings from, in the order of the file. */
function withSources(profiles: readonly TeamProfile[], file: TeamFile): TeamProfile[] {
  const byName = new Map(file.profiles.map((profile) => [profile.name, profile]));
  const chosen = new Set<TeamProfile>();
  for (const profile of profiles)
    for (let next: TeamProfile | undefined = profile; next && !chosen.has(next); ) {
      chosen.add(next);
      next = byName.get(next.keys.get(sourceKey) ?? '');
    }
  return file.profiles.filter((profile) => chosen.has(profile));
}

/** Returns the names of the profiles that have no role, not even by their sources, and are the source of others. */
function mereSources({ profiles }: TeamFile): Set<string> {
  const byName = new Map(profiles.map((profile) => [profile.name, profile.keys]));
  const sources = new Set(profiles.map(({ keys }) => keys.get(sourceKey)));
  const hasRole = (name: string | undefined): boolean => {
    const keys = byName.get(name ?? '');
    return keys !== undefined && (keys.has(roleKey) || hasRole(keys.get(sourceKey)));
  };
  return new Set(profiles.map(({ name }) => name).filter((name) => sources.has(name) && !hasRole(name)));
}

/** Returns the prefix of the profiles that came from this file; none if no name in the file tells it. */
function presentPrefix(own: readonly string[], { profiles }: TeamFile): string {
  const names = new Set(profiles.map(({ name }) => name));
  const prefixesOf = (name: string) =>
    Array.from(name, (_, at) => at).flatMap((at) => (names.has(name.slice(at)) ? [name.slice(0, at)] : []));
  const found = own.map(prefixesOf).filter((prefixes) => prefixes.length > 0);
  const counts = new Map<string, number>();
  for (const prefix of found.flat()) counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
  const byCount = [...counts.keys()].sort(
    (a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0) || a.length - b.length,
  );
  const [most = ''] = byCount;
  const other = found.find((prefixes) => !prefixes.includes(most));
  if (!other) return most;
  const shown = [most, other[0] ?? ''].map((prefix) => `"${prefix}"`).join(' and ');
  throw new DaypassError('usage', `your profiles of this file have different prefixes: ${shown}`, {
    hint: 'name one of them with --prefix',
  });
}

/** Returns the test of a name in the file by one pattern. A pattern may also begin with the prefix. */
function matcher(
  pattern: string,
  prefix: string,
  { profiles }: TeamFile,
  own: readonly string[],
): (name: string) => boolean {
  const present = own.flatMap((name) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : []));
  const names = [...profiles.map(({ name }) => name), ...present];
  const forms = [pattern, ...(pattern.startsWith(prefix) ? [pattern.slice(prefix.length)] : [])];
  const form = forms.find((text) => names.some((name) => fits(name, text)));
  if (form !== undefined) return (name) => fits(name, form);
  throw new DaypassError('usage', `--only ${printable(pattern)} matches no profile of the file`, {
    hint: didYouMean(pattern, names) ?? `its profiles are ${someOf(names)}`,
  });
}

/** Returns whether a name fits a pattern, in which `*` stands for any letters. In linear time. */
function fits(name: string, pattern: string): boolean {
  const [first = '', ...others] = pattern.split('*');
  const last = others.pop();
  if (last === undefined) return name === first;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const part of others) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}

function refuseNames(profiles: Wanted['profiles'], prefix: string): void {
  const odd = profiles.find(({ name }) => !isProfileName(name));
  if (!odd) return;
  const fault = `--prefix ${printable(prefix)} with ${printable(odd.name.slice(prefix.length))} is no profile name, which ${profileNameRule}`;
  throw new DaypassError('usage', fault, { hint: 'use a shorter prefix of these characters' });
}

/**
 * Throws `bad-configuration` with all names that the person uses for other profiles: one that a person wrote, or that
 * came from another file, is never overwritten.
 */
export function refuseConflicts(
  { from, profiles }: Wanted,
  { shown }: TeamSource,
  config: AwsConfigFile & { shown: string },
): void {
  const own = new Set(profilesFrom(from, config));
  const faults = profiles.flatMap(({ name, line }) => {
    const [section] = config.sections.get(name) ?? [];
    if (!section || own.has(name)) return [];
    const other = config.profiles.get(name)?.get(originKey)?.value;
    const origin = other ? `came from ${printable(other, 150)}` : 'did not come from this file';
    const place = `${config.shown}:${section.number}`;
    return [`${shown}:${line}: ${name}: your ${profileHeader(name)} (${place}) ${origin}`];
  });
  if (faults.length === 0) return;
  throw new DaypassError('bad-configuration', faults, {
    hint: 'nothing was written: to have both, add --prefix TEXT; to leave these out, name the others with --only',
  });
}

/** Returns the profiles that came from a team's file. */
export function profilesFrom(from: string, config: AwsConfigFile): string[] {
  return [...sectionKeys(config)].flatMap(([name, keys]) => (keys.get(originKey) === from ? [name] : []));
}
