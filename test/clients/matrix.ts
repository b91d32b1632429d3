// The tables at the end of `npm run test:clients`.
import { existsSync, readFileSync } from 'node:fs';

/** What a case leaves in the file that the environment variable DAYPASS_TEST_TABLE names, one JSON line each. */
export type Entry =
  | {
      /** C1 and so on, of the research; or of a keychain. */
      test: string;
      client: string;
      starts: number;
      /** What the research counted for this client, where it did. */
      expected?: number;
      tabs: number;
      sts: number;
      result: string;
    }
  | { keychain: string; what: string; result: string };

export function clientMatrix(file: string): string {
  const entries = existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line): Entry => JSON.parse(line))
    : [];
  const clients = [['case', 'client', 'starts', 'as counted', 'tabs', 'STS calls', 'result']];
  const keychains = [['keychain', 'what was done', 'result']];
  for (const entry of entries) {
    if ('keychain' in entry) keychains.push([entry.keychain, entry.what, entry.result]);
    else {
      const { test, client, starts, expected, tabs, sts, result } = entry;
      clients.push([test, client, `${starts}`, `${expected ?? '-'}`, `${tabs}`, `${sts}`, result]);
    }
  }
  const order = ([name = '']: string[]) => Number(/\d+/.exec(name)?.[0] ?? 0);
  const [head = [], ...rows] = clients;
  const sorted = rows.sort((a, b) => order(a) - order(b) || `${a[1]}`.localeCompare(`${b[1]}`));
  return `${table([head, ...sorted])}\n\n${table(keychains)}\n`;
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
