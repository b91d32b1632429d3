import type { Measurement } from './figure.ts';
import { limitOf } from './limits.ts';
import { median, quantile } from './statistics.ts';

const widths = [42, 11, 8, 6, 10, 13, 7] as const;

export const header = columns(['figure', 'program', 'required', 'aim', 'median', 'spread', 'ms', '']);

/** Returns one line of the results. Its spread is from the lower to the upper quartile. */
export function formatRow(measured: Measurement): string {
  const { name, program, values, unit, milliseconds, note } = measured;
  const limit = limitOf(measured);
  const digits = unit === 'MB' ? 1 : unit === 'packages' ? 0 : 2;
  const suffix = unit === 'MB' ? ' MB' : '';
  const middle = median(values);
  const spread = [quantile(values, 0.25), quantile(values, 0.75)];
  const time = milliseconds && median(milliseconds);
  return columns([
    name,
    program ?? '',
    limit ? `${limit.required}` : '',
    limit ? `${limit.aim}` : '',
    values.length === 0 ? '–' : `${middle.toFixed(digits)}${suffix}`,
    values.length > 1 ? spread.map((value) => value.toFixed(digits)).join('–') : '',
    time === undefined ? '' : time.toFixed(time < 100 ? 1 : 0),
    [limit && middle > limit.required ? 'OVER' : '', note].filter(Boolean).join('; '),
  ]);
}

export function toJson(results: readonly Measurement[], pairs: number): string {
  const { version, platform, arch } = process;
  const figures = results.map((each) => ({ ...each, ...limitOf(each), median: median(each.values) }));
  return `${JSON.stringify({ node: version, platform, arch, pairs, figures }, null, 2)}\n`;
}

function columns(cells: readonly string[]): string {
  return cells
    .map((cell, index) => (index < 2 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0)))
    .join('  ')
    .trimEnd();
}
