import { iamFault, iamRemedy } from '../aws/identity-provider.ts';
import { readAwsProfiles } from '../aws-config/profiles.ts';
import { lineRemarks, ownProgram } from '../configure/credential-process-line.ts';
import { profileRemarks } from '../configure/profile-gate.ts';
import { writtenSections } from '../configure/written-section.ts';
import { asDaypassError, DaypassError } from '../errors.ts';
import { askNew, askRisky, besideGuide } from '../team/ask.ts';
import { type CheckedPlan, checkPlan } from '../team/check-plan.ts';
import { isEmptyPlan, removable, type TeamPlan } from '../team/plan.ts';
import { planEdits } from '../team/plan-edits.ts';
import { doneText, issuerText, marked, planLines } from '../team/plan-text.ts';
import { linkOf, planOf, savePlan, type Work } from '../team/save-plan.ts';
import { parseTeamFile } from '../team/team-file.ts';
import { readTeamSource, teamSource } from '../team/team-source.ts';
import { updateCommand } from '../team/update-command.ts';
import { refuseConflicts, type Wanted, wantedProfiles } from '../team/wanted.ts';
import { columns, fitLines } from '../terminal/columns.ts';
import { askYes, tell } from '../terminal/prompts.ts';
import { shellWord } from '../terminal/shell-word.ts';
import { mark } from '../terminal/style.ts';
import { canAsk, writeOut } from '../terminal/terminal.ts';
import type { Call } from './command.ts';
import { json } from './json.ts';

/** Writes the profiles of a team's file, after questions on a terminal. Returns the exit code. Throws a DaypassError. */
export async function run(call: Call): Promise<number> {
  const { switches, options, surroundings } = call;
  refuseOthers(call);
  const isPrinted = switches.has('print');
  const isJson = switches.has('json');
  const isAgreed = switches.has('yes') && !isPrinted;
  const asks = !isPrinted && !isAgreed && !isJson && !call.flags.has('nonInteractive') && canAsk();
  if (!asks && !isAgreed && !isPrinted) throw nobodyToAsk();
  const source = teamSource(options.get('from') ?? '', surroundings.home);
  const file = parseTeamFile(await readTeamSource(source), source.shown);
  const config = call.config();
  const work: Work = {
    source,
    comment: file.comment?.split('\n') ?? [],
    config,
    files: readAwsProfiles(surroundings, config),
    program: ownProgram(surroundings),
    wantsLink: !isPrinted,
    place: surroundings,
  };
  const only = options
    .get('only')
    ?.split(/[\s,]+/)
    .filter(Boolean);
  const wanted = wantedProfiles(file, source, { prefix: options.get('prefix'), only }, config);
  refuseConflicts(wanted, source, config);
  if (asks) {
    try {
      return await converse(wanted, only !== undefined, work);
    } catch (error) {
      if (asDaypassError(error).code === 'interrupted') tell.cancelled('nothing was written');
      throw error;
    }
  }
  const plan = await checkPlan(planOf(wanted, work), source, work.files, surroundings);
  return isPrinted ? print(plan, work, call) : await write(plan, wanted, work, isJson);
}

/** Throws `usage` for what only makes sense for one profile that a person describes. */
function refuseOthers({ flags, options }: Call): void {
  const hint = { command: 'daypass configure --help' };
  const [other] = [...flags.keys()].filter((name) => name !== 'nonInteractive');
  if (other === 'profile')
    throw new DaypassError('usage', '--from writes the profiles of a file, so it takes no profile', {
      hint: 'choose profiles of the file with --only',
    });
  if (other !== undefined)
    throw new DaypassError('usage', '--from takes every setting from a file, so it takes no other', { hint });
  if (options.get('only')?.replace(/[\s,]/g, '') === '')
    throw new DaypassError('usage', '--only names no profile', { hint });
}

function nobodyToAsk(): DaypassError {
  return new DaypassError('usage', '--from asks before it writes, which needs a terminal', {
    hint: 'add --yes to write without questions, or --print to see the plan',
  });
}

/** Prints the plan, and the command that writes it. */
function print(plan: CheckedPlan, work: Work, { options, switches }: Call): number {
  const { source, files } = work;
  const next = updateCommand(source.from, options);
  if (switches.has('json')) {
    const sections = writtenSections(files.config, planEdits(plan, source.from));
    return printed(json({ ...facts(plan, work), written: false, sections, next }));
  }
  const width = columns();
  const end = isEmptyPlan(plan)
    ? [`${mark('good')} ${upToDate(work)}`]
    : [...noteLines(plan, work), `next: ${next}`];
  return printed(text([...heading(work, width), ...planLines(plan, { width, isWhole: true }), '', ...end]));
}

/** Writes the plan without a question, and says what --yes agreed to. */
async function write(plan: CheckedPlan, wanted: Wanted, work: Work, isJson: boolean): Promise<number> {
  const isEmpty = isEmptyPlan(plan);
  const { files } = work;
  if (!isEmpty) await savePlan(plan, wanted, work, isJson);
  const next = nextCommand(plan);
  if (isJson) return printed(json({ ...facts(plan, work), written: !isEmpty, ...(next ? { next } : {}) }));
  const width = columns();
  const agreed = [
    ...plan.issuerChanges.map(issuerText),
    ...(removable(plan).length > 0 ? [`${removable(plan).join(', ')} removed`] : []),
  ];
  return printed(
    text([
      ...(isEmpty ? [] : heading(work, width)),
      ...(isEmpty && plan.vanished.length === 0 ? [] : [...planLines(plan, { width, isWhole: false }), '']),
      ...agreed.flatMap((what) => marked(`agreed by --yes: ${what}`, width)),
      `${mark('good')} ${isEmpty ? upToDate(work) : doneText(plan, files.config.shown)}`,
      ...(isEmpty ? [] : noteLines(plan, work)),
      ...(next ? [`next: ${next}`] : []),
    ]),
  );
}

/** Shows the plan, asks and writes. Returns the exit code. Throws `interrupted`. */
async function converse(given: Wanted, isChosen: boolean, all: Work): Promise<number> {
  const { source, files, comment, place } = all;
  tell.title(`daypass configure: profiles of ${source.shown}`);
  if (comment.length > 0) tell.text(comment.map((line) => fitLines(line, besideGuide())).join('\n'));
  let work = all;
  const first = planOf(given, work);
  const wanted = isChosen ? given : await askNew(given, first);
  const link = linkOf(first, work);
  const question = `Make the link ${link?.shown}? AWS clients read the present path in different ways`;
  if (link && !(await askYes(question))) work = { ...work, wantsLink: false };
  const checked = await checkPlan(planOf(wanted, work), source, files, place);
  if (!isEmptyPlan(checked) || checked.vanished.length > 0)
    tell.text(planLines(checked, { width: besideGuide(), isWhole: false }).join('\n'));
  if (isEmptyPlan(checked)) return end(upToDate(work));
  const agreed = await askRisky(checked, wanted, files.config, (fewer) => planOf(fewer, work));
  if (isEmptyPlan(agreed.plan)) return end('nothing was written');
  for (const note of notes(agreed.plan, work)) tell.warning(note);
  if (!(await askYes(`Write this to ${files.config.shown}?`))) return end('nothing was written');
  await savePlan(agreed.plan, agreed.wanted, work, false);
  tell.done(doneText(agreed.plan, files.config.shown));
  const next = nextCommand(agreed.plan);
  return end(next ? `next: ${next}` : 'done');
}

function end(told: string): number {
  tell.end(told);
  return 0;
}

/** Returns what a person should know beside the plan. */
function notes({ profiles, issuers, ...plan }: CheckedPlan, { program, files }: Work): string[] {
  const [line] = profiles.flatMap(
    ({ state, keys }) => (state !== 'unchanged' && keys.credential_process) || [],
  );
  const faults = issuers.flatMap((issuer) => iamFault(issuer) ?? []);
  const stored =
    'the sessions of removed profiles stay in the store: daypass logout --all deletes every session';
  return [
    ...(line === undefined ? [] : lineRemarks(line, program)),
    ...faults.map((fault) => `${fault} (to avoid this: ${iamRemedy})`),
    ...profileRemarks(files),
    ...(removable(plan).length > 0 ? [stored] : []),
  ];
}

function noteLines(plan: CheckedPlan, work: Work): string[] {
  return notes(plan, work).map((note) => fitLines(`note: ${note}`, columns()));
}

/** Returns the command that signs in with a profile that is new, or else changed. */
function nextCommand({ profiles }: TeamPlan): string | undefined {
  const usable = profiles.filter(({ isMereSource }) => !isMereSource);
  const found =
    usable.find(({ state }) => state === 'new') ?? usable.find(({ state }) => state === 'changed');
  return found && `daypass login --profile ${shellWord(found.name)}`;
}

function heading({ source, comment }: Work, width: number): string[] {
  const own = comment.map((line) => fitLines(`  ${line}`, width));
  return [fitLines(`Profiles of ${source.shown}`, width), ...own, ''];
}

function upToDate({ source, files }: Work): string {
  return `${files.config.shown} is up to date with ${source.shown}`;
}

/** Returns the object for `--json`. */
function facts(plan: CheckedPlan, work: Work): object {
  const { source, comment, config } = work;
  return {
    from: source.from,
    ...(comment.length > 0 ? { comment: comment.join('\n') } : {}),
    file: config.path,
    profiles: plan.profiles.map(({ name, state, keys, changes }) => ({
      name,
      state,
      ...(state === 'new' ? { settings: keys } : {}),
      ...(state === 'changed' ? { changes } : {}),
    })),
    vanished: plan.vanished,
    issuerChanges: plan.issuerChanges,
    notes: isEmptyPlan(plan) ? [] : notes(plan, work),
  };
}

function text(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

function printed(output: string): number {
  return writeOut(output) ? 0 : 1;
}
