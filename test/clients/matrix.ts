// Builds the tables at the end of `npm run test:clients`.
import { existsSync, readFileSync } from 'node:fs';
import { lacks, lacksAnyOf } from './installed.ts';
import { requiredKeychains, requiredRows } from './required.ts';

/** The number of times that a case starts daypass. */
export interface Expected {
  starts: number;
  /** True if the number was measured here and does not come from the client's code. */
  ours?: true;
  /** True if fewer starts are correct too. */
  upTo?: true;
}

/** Returns an expectation from the client's code. */
export const counted = (starts: number): Expected => ({ starts });

/** Returns an expectation that was measured here. */
export const ours = (starts: number): Expected => ({ starts, ours: true });

export function isExpected(starts: number, expected: Expected): boolean {
  return expected.upTo ? starts >= 1 && starts <= expected.starts : starts === expected.starts;
}

/** One line of the JSON Lines file that the environment variable DAYPASS_TEST_TABLE names. */
export type Entry =
  | {
      /** The row, for example "C1 stdin is closed". */
      test: string;
      client: string;
      starts: number;
      expected?: Expected;
      tabs: number;
      sts: number;
      result: string;
    }
  | { keychain: string; what: string; result: string };

/** Returns the tables, the rows that are impossible on this machine, by reason, and the missing rows. */
export function clientMatrix(file: string): {
  text: string;
  skipped: Map<string, string[]>;
  missing: string[];
} {
  const entries = existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line): Entry => JSON.parse(line))
    : [];
  const clients = [['case', 'client', 'starts', 'expected', 'tabs', 'STS calls', 'result']];
  const keychains = [['keychain', 'what was done', 'result']];
  for (const entry of entries) {
    if ('keychain' in entry) keychains.push([entry.keychain, entry.what, entry.result]);
    else {
      const { test, client, starts, expected, tabs, sts, result } = entry;
      clients.push([test, client, `${starts}`, told(expected), `${tabs}`, `${sts}`, result]);
    }
  }
  const order = ([name = '']: string[]) => Number(/\d+/.exec(name)?.[0] ?? 0);
  const [head = [], ...rows] = clients;
  const sorted = rows.sort((a, b) => order(a) - order(b) || `${a[1]}`.localeCompare(`${b[1]}`));
  const skipped = new Map<string, string[]>();
  const missing: string[] = [];
  const require = (what: string, isThere: boolean, reason: string | false) => {
    if (isThere) return;
    if (reason) skipped.set(reason, [...(skipped.get(reason) ?? []), what]);
    else missing.push(what);
  };
  for (const [test, each] of Object.entries(requiredRows)) {
    for (const client of each) {
      const isThere = rows.some(
        ([name = '', who]) => who === client && (name === test || name.startsWith(`${test}, `)),
      );
      require(`${test}: ${client}`, isThere, lacksAnyOf(`${test}: ${client}`));
    }
  }
  for (const [keychain, needed] of Object.entries(requiredKeychains))
    require(`keychain ${keychain}`, keychains.some(([name]) => name === keychain), lacks(...needed));
  const text = `${table([head, ...sorted])}\n${legend}\n\n${table(keychains)}\n`;
  return { text, skipped, missing };
}

const legend = "expected: starts by the client's code; * measured here; ≤ at most";

function told(expected: Expected | undefined): string {
  if (!expected) return '-';
  return `${expected.upTo ? '≤ ' : ''}${expected.starts}${expected.ours ? '*' : ''}`;
}

function table(rows: readonly string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
