// The table at the end of `npm run test:windows`: each step with its result and its time.
import { existsSync, readFileSync } from 'node:fs';

/** The steps that must be in the table. */
export const steps = [
  "keytar's Windows binding",
  'exclusive names of pipes',
  'configure',
  'first sign-in',
  'hit from the Windows credential store',
  'silent renewal',
  '20 callers, one sign-in',
  '20 callers, one silent renewal',
  'TerminateProcess of callers',
  'TerminateProcess of the renewal',
  'exec',
  'exec with a .cmd',
  'env for PowerShell',
  'env for cmd',
  'console --print',
  'doctor',
  'logout',
  'portable files',
] as const;

export type StepName = (typeof steps)[number];

/** What a step leaves in the file that the environment variable DAYPASS_TEST_TABLE names, one JSON line each. */
export interface Entry {
  step: StepName;
  passed: boolean;
  seconds: number;
}

/** Returns the table, and the steps that should be in it and are not. */
export function windowsTable(file: string): { text: string; missing: string[] } {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  const entries = lines.map((line): Entry => JSON.parse(line));
  const missing: string[] = [];
  const rows = [['step', 'result', 'seconds']];
  for (const step of steps) {
    const entry = entries.find((each) => each.step === step);
    if (!entry) missing.push(step);
    else rows.push([step, entry.passed ? 'ok' : 'FAILED', entry.seconds.toFixed(1)]);
  }
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const text = rows.map((row) =>
    row
      .map((cell, column) =>
        column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  );
  return { text: text.join('\n'), missing };
}
