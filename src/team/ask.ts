import type { AwsConfigFile } from '../aws-config/parse.ts';
import { columns } from '../terminal/columns.ts';
import { printable } from '../terminal/printable.ts';
import { askSeveral, askYes } from '../terminal/prompts.ts';
import type { CheckedPlan } from './check-plan.ts';
import { removable, type TeamPlan } from './plan.ts';
import { type Wanted, without, withoutNewIssuers } from './wanted.ts';

/** The columns that the guide beside the questions leaves. */
export const besideGuide = () => columns() - 4;

/** Lets the person choose among several new profiles. Throws `interrupted`. */
export async function askNew(wanted: Wanted, plan: TeamPlan): Promise<Wanted> {
  const added = plan.profiles.filter(({ state, isMereSource }) => state === 'new' && !isMereSource);
  if (added.length < 2) return wanted;
  const options = added.map(({ name }) => ({ value: name, label: name }));
  const chosen = new Set(
    await askSeveral('Which profiles? Space chooses, and a all or none of them', options),
  );
  return without(wanted, new Set(added.map(({ name }) => name).filter((name) => !chosen.has(name))));
}

/**
 * Asks about new issuers and about vanished profiles, each with no as the usual answer. Returns what remains of the
 * plan. Throws `interrupted`.
 */
export async function askRisky(
  plan: CheckedPlan,
  wanted: Wanted,
  config: AwsConfigFile,
  planOf: (wanted: Wanted) => TeamPlan,
): Promise<{ plan: CheckedPlan; wanted: Wanted }> {
  let agreed = { plan, wanted };
  if (plan.issuerChanges.length > 0) {
    const issuers = new Set(plan.issuerChanges.map(({ to }) => printable(to ?? 'none')));
    const isTaken = await askYes(`Accept as the new issuer: ${[...issuers].join(', ')}?`, false);
    if (!isTaken) agreed = reduced(plan, withoutNewIssuers(wanted, plan.issuerChanges, config), planOf);
  }
  const names = removable(agreed.plan);
  if (names.length === 0) return agreed;
  const what = names.length === 1 ? names[0] : `these ${names.length} profiles`;
  const isRemoved = await askYes(`Remove ${what}, which the file no longer has?`, false);
  return isRemoved ? agreed : { ...agreed, plan: { ...agreed.plan, vanished: [] } };
}

/** Returns the checked plan for fewer profiles. */
function reduced(
  plan: CheckedPlan,
  wanted: Wanted,
  planOf: (wanted: Wanted) => TeamPlan,
): { plan: CheckedPlan; wanted: Wanted } {
  const names = new Set(wanted.profiles.map(({ name }) => name));
  const profiles = plan.profiles.filter(({ name }) => names.has(name));
  return { plan: { ...plan, ...planOf(wanted), profiles }, wanted };
}
