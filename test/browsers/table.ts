// The table at the end of `npm run test:browsers`: the page that a person saw, and how the caller ended.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

const browsers = ['Chromium', 'Firefox'] as const;
const outcomes = ['signed in', 'denied', 'role refused'] as const;
const placements = ['https', 'loopback'] as const;

export type Outcome = (typeof outcomes)[number];
/** The provider is at an address of the internet (https) or on this machine (loopback, http). */
export type Placement = (typeof placements)[number];

export interface Cell {
  pause: number;
  placement: Placement;
  outcome: Outcome;
}

/** One line of the file that the environment variable DAYPASS_TEST_TABLE names. */
export interface Entry extends Cell {
  browser: (typeof browsers)[number];
  title: string;
  /** The caller's exit code; null while it still waited. */
  code: number | null;
  tabs: number;
  sts: number;
  passed: boolean;
}

/** The cells that each browser must have. The long ones start first; the short ones fit into their pauses. */
export const longCells: readonly Cell[] = [
  { pause: 240, placement: 'https', outcome: 'signed in' },
  ...cellsAfter(60),
];
export const shortCells: readonly Cell[] = [15, 8, 4, 0].flatMap(cellsAfter);

/** The cells of a person who stays at the provider for `pause` seconds. */
function cellsAfter(pause: number): Cell[] {
  return [
    ...outcomes.map((outcome): Cell => ({ pause, placement: 'https', outcome })),
    { pause, placement: 'loopback', outcome: 'signed in' },
  ];
}

export function record(entry: Entry): void {
  const table = process.env.DAYPASS_TEST_TABLE;
  if (table) appendFileSync(table, `${JSON.stringify(entry)}\n`);
}

/** Returns the table, and the cells that no test tried. */
export function browserTable(file: string): { text: string; missing: string[] } {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  const entries = lines.map((line): Entry => JSON.parse(line));
  const rows = [
    ['browser', 'pause', 'provider', 'outcome', 'title of the tab', 'exit', 'tabs', 'STS', '', 'times'],
  ];
  const missing: string[] = [];
  for (const browser of browsers) {
    for (const cell of [...longCells, ...shortCells].sort((a, b) => order(a) - order(b))) {
      const own = entries.filter((entry) => entry.browser === browser && isOf(cell, entry));
      const name = [browser, `${cell.pause} s`, cell.placement, cell.outcome];
      if (own.length === 0) missing.push(name.join(', '));
      for (const [seen, times] of counted(own.map(shown))) rows.push([...name, ...seen, `${times}`]);
    }
  }
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const padded = rows.map((row) => row.map((text, column) => text.padEnd(widths[column] ?? 0)));
  return { text: padded.map((row) => row.join('  ').trimEnd()).join('\n'), missing };
}

function shown({ title, code, tabs, sts, passed }: Entry): string[] {
  return [title, `${code ?? 'none'}`, `${tabs}`, `${sts}`, passed ? 'passed' : 'FAILED'];
}

/** Returns each row once, with the number of times that it came. */
function counted(rows: readonly string[][]): [row: string[], times: number][] {
  const times = new Map<string, number>();
  for (const row of rows) times.set(JSON.stringify(row), (times.get(JSON.stringify(row)) ?? 0) + 1);
  return [...times].map(([row, count]) => [JSON.parse(row) as string[], count]);
}

function order({ pause, placement, outcome }: Cell): number {
  return placements.indexOf(placement) * 10_000 + outcomes.indexOf(outcome) * 1000 + pause;
}

function isOf(cell: Cell, entry: Entry): boolean {
  return (['pause', 'placement', 'outcome'] as const).every((name) => cell[name] === entry[name]);
}
