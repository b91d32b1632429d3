import type { AwsConfigFile } from '../aws-config/parse.ts';
import { asDaypassError, type DaypassError } from '../errors.ts';
import { originKey } from '../settings/setting-table.ts';
import { planTeam } from './plan.ts';
import { sectionKeys } from './section-keys.ts';
import { parseTeamFile } from './team-file.ts';
import { readTeamSource, teamSource } from './team-source.ts';
import { updateCommand } from './update-command.ts';
import { profilesFrom, wantedProfiles } from './wanted.ts';

/** How the profiles of one team's file differ from it now. */
export interface SourceUpdate {
  /** As the profiles remember the file. */
  from: string;
  /** As messages show it. */
  shown: string;
  /** Profiles that have other settings than the file, or would have another issuer. */
  changed: string[];
  /** Profiles of the file that this person does not have. */
  added: string[];
  /** Profiles that came from the file and are no longer in it. */
  vanished: string[];
  /** Why the file cannot be compared; then the lists are empty. */
  error?: DaypassError;
  /** The command that updates the profiles. */
  command: string;
}

/** How one profile differs from its file. */
export type UpdateState = 'current' | 'changed' | 'vanished' | 'unknown';

/**
 * Reads each file once that a profile came from, or only that of one profile, and compares it with the profiles. A file
 * that cannot be read has an error. Never throws.
 */
export async function checkUpdates(
  config: AwsConfigFile,
  home: string,
  only?: string,
): Promise<SourceUpdate[]> {
  const sources = [...sectionKeys(config)].flatMap(([name, keys]) =>
    only === undefined || name === only ? (keys.get(originKey) ?? []) : [],
  );
  return await Promise.all([...new Set(sources)].map((from) => compare(from, config, home)));
}

/** Returns how a profile differs from the file that it came from; undefined if it came from none of these. */
export function updateState(
  profile: string,
  updates: readonly SourceUpdate[],
  config: AwsConfigFile,
): { from: string; update: UpdateState } | undefined {
  const from = config.profiles.get(profile)?.get(originKey)?.value;
  const source = updates.find((update) => update.from === from);
  if (!source) return undefined;
  const { error, changed, vanished } = source;
  const differs = changed.includes(profile) ? 'changed' : vanished.includes(profile) ? 'vanished' : 'current';
  return { from: source.from, update: error ? 'unknown' : differs };
}

async function compare(from: string, config: AwsConfigFile, home: string): Promise<SourceUpdate> {
  const nothing = {
    from,
    shown: from,
    changed: [],
    added: [],
    vanished: [],
    command: updateCommand(from),
  };
  try {
    const source = teamSource(from, home);
    const { shown } = source;
    try {
      const file = parseTeamFile(await readTeamSource(source), shown);
      const { profiles, vanished, issuerChanges } = planTeam(
        wantedProfiles(file, source, {}, config),
        config,
      );
      const own = new Set(profilesFrom(from, config));
      const moved = new Set(issuerChanges.flatMap((change) => change.profiles));
      const inFile = profiles.filter(({ name }) => own.has(name));
      const differing = inFile.filter(({ name, state }) => state === 'changed' || moved.has(name));
      return {
        ...nothing,
        shown,
        changed: differing.map(({ name }) => name),
        added: profiles.flatMap(({ name, state }) => (state === 'new' ? [name] : [])),
        vanished: vanished.map(({ name }) => name),
      };
    } catch (thrown) {
      return { ...nothing, shown, error: asDaypassError(thrown) };
    }
  } catch (thrown) {
    return { ...nothing, error: asDaypassError(thrown) };
  }
}
