import { settingNames, spellings } from '../settings/setting-table.ts';
import { nearest } from '../terminal/nearest.ts';
import { printable } from '../terminal/printable.ts';
import { type Findings, type Patient, warning } from './finding.ts';

/** `DAYPASS_`, rightly or wrongly spelled. */
const prefix = /^DAY[-_]?PAS+[-_]?/i;

/** What the launcher tells the program. */
const internal = ['DAYPASS_LAUNCHER', 'DAYPASS_NODE_OPTIONS'];

const remedy = 'correct the name, or remove the variable';

/** Reports variables that look like settings of daypass and are none: their values count nowhere. */
export function variables({ env }: Patient): Findings {
  const known = settingNames.flatMap((name) => spellings(name).env).filter((name) => prefix.test(name));
  const found = Object.keys(env).filter(
    (name) => prefix.test(name) && env[name] && ![...known, ...internal].includes(name),
  );
  const rest = (name: string) => name.replace(prefix, '');
  return found.map((name) => {
    const near = nearest(rest(name), known.map(rest));
    const meant = known.filter((each) => near.includes(rest(each)));
    const question = meant.length > 0 ? `: did you mean ${meant.join(' or ')}?` : '';
    return warning(`${printable(name)} is not a setting of daypass${question}`, remedy);
  });
}
