// Builds the table at the end of `npm run test:faults`: the cases of docs/threats.md and their results.
import { existsSync, readFileSync } from 'node:fs';
import { testsMadeForNode } from '../made-for-node.ts';
import { executableUnderTest } from '../support/executable-under-test.ts';

/** One line of the JSON Lines file that the environment variable DAYPASS_TEST_TABLE names. */
export type Entry = { id: string; what: string; passed: boolean } | { id: string; notApplicable: string };

/** The groups of docs/threats.md, each with its number of cases. */
const groups: Record<string, [what: string, cases: number]> = {
  I: ['provider misbehaves', 56],
  P: ['known providers', 14],
  S: ['STS misbehaves', 18],
  L: ['requests at the listener', 109],
  B: ['browser', 22],
  PE: ['other accounts at the listener', 2],
  K: ['storage', 19],
  KC: ['other keychains', 6],
  D: ['files of other users', 7],
  C: ['concurrency and crashes', 12],
  G: ['configuration and command line', 19],
  NW: ['network', 9],
  TM: ['clock', 7],
  T: ['providers as they answer', 11],
  X: ['leaks', 8],
  E: ['surroundings', 5],
  SV: ['values and variables', 2],
  W: ['holders of a lock', 6],
  LK: ['the lock on Windows', 4],
  H: ['answers that are not HTTP, trust policies, native libraries', 8],
  FI: ['company settings, numbers of locks', 3],
  F: ['files that are long or no files', 7],
  O: ['providers that answer otherwise', 12],
  V: ['the way through browsers', 7],
  WP: ['tabs that come back', 3],
  BR: ['where no browser may open', 3],
  QP: ['the path of the program', 2],
  WA: ['requests at the endpoint of exec --server', 18],
  WT: ['files of a team', 12],
  WX: ['first failures of a new user', 15],
  WD: ["plans of a team's file", 6],
  WV: ['trust policies of several profiles', 2],
};

/** Returns the id of every case, in the order of the groups. */
export function faultIds(): string[] {
  return Object.entries(groups).flatMap(([group, [, cases]]) => idsOf(group, cases));
}

/** Returns the table, and the cases that are neither tried nor not applicable. */
export function faultTable(file: string): { text: string; missing: string[] } {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  const entries = [...lines.map((line): Entry => JSON.parse(line)), ...leftOut()];
  const missing: string[] = [];
  const rows = [['group', '', 'cases', 'tried', 'stimuli', 'passed', 'not applicable']];
  const reasons: string[] = [];
  for (const [group, [what, cases]] of Object.entries(groups)) {
    const own = entries.filter(({ id }) => id.replace(/\d+$/, '') === group);
    const tried = own.filter((entry) => 'passed' in entry);
    const excused = own.filter((entry) => 'notApplicable' in entry);
    const seen = new Set(own.map(({ id }) => id));
    missing.push(...idsOf(group, cases).filter((id) => !seen.has(id)));
    const triedIds = new Set(tried.map(({ id }) => id));
    const passed = tried.filter((entry) => entry.passed).length;
    const excusedIds = [...new Set(excused.map(({ id }) => id))].filter((id) => !triedIds.has(id));
    rows.push([group, what, ...[cases, triedIds.size, tried.length, passed, excusedIds.length].map(String)]);
    reasons.push(...excused.map(({ id, notApplicable }) => `${id} not applicable: ${notApplicable}`));
  }
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const text = rows.map((row) =>
    row
      .map((cell, column) =>
        column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  );
  return { text: [...text, ...reasons.sort()].join('\n'), missing };
}

/** The cases that a run with the single executable leaves out. */
function leftOut(): Entry[] {
  const tests = executableUnderTest ? testsMadeForNode() : [];
  return tests.flatMap(({ title, reason }) => {
    const id = /^[A-Z]+\d+(?= $)/.exec(title)?.[0];
    return id ? [{ id, notApplicable: reason }] : [];
  });
}

function idsOf(group: string, cases: number): string[] {
  return Array.from({ length: cases }, (_, index) => group + String(index + 1).padStart(2, '0'));
}
