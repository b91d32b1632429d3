import { isDeepStrictEqual } from 'node:util';
import type { ReadConfigFile } from '../aws-config/config-file.ts';
import { editProfiles } from '../aws-config/edit.ts';
import { decodeAwsConfigFile } from '../aws-config/parse.ts';
import type { AwsProfiles } from '../aws-config/profiles.ts';
import { rewriteConfig } from '../aws-config/write.ts';
import { type CommandLink, makeCommandLink } from '../configure/command-link.ts';
import { credentialProcessLine, newLink, type OwnProgram } from '../configure/credential-process-line.ts';
import { writeOrPrint } from '../configure/write-or-print.ts';
import { writtenSections } from '../configure/written-section.ts';
import { DaypassError } from '../errors.ts';
import type { Place } from '../process/expand-path.ts';
import { planTeam, type TeamPlan } from './plan.ts';
import { planEdits } from './plan-edits.ts';
import type { TeamSource } from './team-source.ts';
import { refuseConflicts, type Wanted } from './wanted.ts';

/** What one `configure --from` works with. */
export interface Work {
  source: TeamSource;
  /** The lines of the file's own comment. */
  comment: readonly string[];
  /** The AWS config file, as it was read for the plan. */
  config: ReadConfigFile;
  files: AwsProfiles;
  program: OwnProgram;
  /** A link may be made where AWS clients read the path of daypass in different ways. */
  wantsLink: boolean;
  place: Place;
}

/** Compares the file with the present profiles. */
export function planOf(wanted: Wanted, work: Work, config: TeamConfig = work.files.config): TeamPlan {
  const { program, wantsLink } = work;
  const { profiles } = work.files.config;
  return planTeam(wanted, config, (name) => credentialProcessLine(name, program, { profiles, wantsLink }));
}

type TeamConfig = Parameters<typeof planTeam>[1];

/** Returns the link that the lines of a plan need and that is not there yet. */
export function linkOf({ profiles }: TeamPlan, { program }: Work): CommandLink | undefined {
  const written = profiles.filter(({ state }) => state !== 'unchanged');
  const line = written.find(({ keys }) => keys.credential_process)?.keys.credential_process;
  return line === undefined ? undefined : newLink(line, program);
}

/**
 * Writes a plan in one step, unless the profiles that it is about have changed since it was made. If the file cannot be
 * changed, prints the sections (not with `isJson`). Throws `io`, and `bad-configuration` for new conflicts.
 */
export async function savePlan(plan: TeamPlan, wanted: Wanted, work: Work, isJson: boolean): Promise<void> {
  const { source, config, files, place } = work;
  const edits = planEdits(plan, source.from);
  makeCommandLink(linkOf(plan, work));
  const edit = (now: string, bytes: Buffer) => {
    if (!bytes.equals(config.bytes)) {
      const present = { ...files.config, ...decodeAwsConfigFile(bytes) };
      refuseConflicts(wanted, source, present);
      if (!isDeepStrictEqual(planOf(wanted, work, present), planOf(wanted, work)))
        throw changedMeanwhile(work);
    }
    return editProfiles(now, edits, config.shown);
  };
  await writeOrPrint(
    () => rewriteConfig(config.path, edit, place.home),
    () => writtenSections(files.config, edits),
    place,
    isJson,
  );
}

function changedMeanwhile({ config }: Work): DaypassError {
  const fault = `another program changed these profiles in ${config.shown} meanwhile`;
  return new DaypassError('io', fault, { hint: { advice: 'nothing was written', again: true } });
}
