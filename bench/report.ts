import type { Figure, Measurement } from './figure.ts';
import { median, quantile } from './statistics.ts';

export interface Row {
  name: string;
  required: number | undefined;
  aim: number | undefined;
  unit: 'ratio' | 'MB' | 'packages';
  median: number | undefined;
  /** The lower and the upper quartile. */
  spread: [low: number, high: number] | undefined;
  milliseconds: number | undefined;
  values: number[];
  note: string | undefined;
}

export function rowOf({ name, required, aim }: Figure, measured: Measurement): Row {
  const row = { name, required, aim, unit: 'ratio' as const };
  if ('skipped' in measured) {
    const nothing = { median: undefined, spread: undefined, milliseconds: undefined, values: [] };
    return { ...row, ...nothing, note: `SKIPPED: ${measured.skipped}` };
  }
  const { values, unit = 'ratio', milliseconds, note } = measured;
  return {
    ...row,
    unit,
    median: median(values),
    spread: values.length > 1 ? [quantile(values, 0.25), quantile(values, 0.75)] : undefined,
    milliseconds: milliseconds && median(milliseconds),
    values,
    note,
  };
}

const widths = [46, 8, 6, 10, 13, 7] as const;

export const header = columns(['figure', 'required', 'aim', 'median', 'spread', 'ms', '']);

export function formatRow(row: Row): string {
  const { required, aim, unit, spread, milliseconds, note = '' } = row;
  const digits = unit === 'ratio' ? 2 : unit === 'MB' ? 1 : 0;
  const suffix = unit === 'MB' ? ' MB' : '';
  const over = row.median !== undefined && required !== undefined && row.median > required;
  return columns([
    row.name,
    required === undefined ? '' : `${required}`,
    aim === undefined ? '' : `${aim}`,
    row.median === undefined ? '–' : `${row.median.toFixed(digits)}${suffix}`,
    spread ? spread.map((value) => value.toFixed(digits)).join('–') : '',
    milliseconds === undefined ? '' : milliseconds.toFixed(milliseconds < 100 ? 1 : 0),
    [over ? 'OVER' : '', note].filter(Boolean).join('; '),
  ]);
}

export function toJson(rows: readonly Row[], pairs: number): string {
  const { version, platform, arch } = process;
  return `${JSON.stringify({ node: version, platform, arch, pairs, figures: rows }, null, 2)}\n`;
}

function columns(cells: readonly string[]): string {
  return cells
    .map((cell, index) => (index === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[index] ?? 0)))
    .join('  ')
    .trimEnd();
}
