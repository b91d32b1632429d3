import type { Keys, ProfileEdit } from '../aws-config/edit.ts';
import { originKey, settingNames, spellings } from '../settings/setting-table.ts';
import { removable, type TeamPlan } from './plan.ts';

/** Returns the edits of the AWS config file that make a plan true. */
export function planEdits(plan: TeamPlan, from: string): ProfileEdit[] {
  const written = plan.profiles.filter(({ state }) => state !== 'unchanged');
  return [
    ...written.map(({ name, keys, changes }) => ({
      profile: name,
      set: inOrder({ ...keys, [originKey]: from }),
      unset: changes.flatMap(({ key, to }) => (to === undefined ? [key] : [])),
    })),
    ...removable(plan).map((profile) => ({ profile, remove: true as const })),
  ];
}

const order = ['credential_process', 'region', 'output', ...settingNames.map((name) => spellings(name).key)];

/** Sorts the keys as `configure` writes them, and the place of the team's file last. */
function inOrder(keys: Keys): Keys {
  const rank = (key: string) => (order.includes(key) ? order.indexOf(key) : order.length);
  return Object.fromEntries(Object.entries(keys).sort(([a], [b]) => rank(a) - rank(b)));
}
