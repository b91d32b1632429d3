import { type Measurement, type ProgramName, programNames } from './figure.ts';
import { limitOf } from './limits.ts';
import { median } from './statistics.ts';

const [begin, end] = ['<!-- written by `npm run bench -- --write` -->', '<!-- end of the table -->'];

/** The rows of the table on the page. A cell contains one value for each name. */
const rows: readonly [label: string, names: readonly string[]][] = [
  ['hit, wall · CPU', ['hit, wall', 'hit, CPU']],
  ['silent refresh · miss to link', ['silent refresh', 'miss to link']],
  ['100 parallel hits, CPU', ['100 parallel hits, CPU']],
  ['renewal, peak RSS', ['renewal, peak RSS']],
  ["AWS CLI ÷ the same with `sh -c 'cat file'`", ['aws configure export-credentials']],
];

/** Returns the page with this machine and a new table. Throws if the page has no markers for them. */
export function withTable(page: string, machine: string, results: readonly Measurement[]): string {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error('docs/performance.md has no place for the table');
  return `${page.slice(0, from)}${begin}\n\n${machine}\n\n${tableOf(results)}\n\n${page.slice(to)}`;
}

/** Returns the table in Markdown. */
export function tableOf(results: readonly Measurement[]): string {
  const titles = programNames.map((name) => (name === 'secret-tool' ? '`secret-tool lookup`' : name));
  const lines = rows.map(([label, names]) => {
    const measured = programNames.map((program) =>
      names.map((name) => results.find((each) => each.program === program && each.name === name)),
    );
    const limits = (['required', 'aim'] as const).map((which) => limitCell(names, which));
    return [label, ...limits, ...measured.map((cell) => joined(cell.map(medianOf)))];
  });
  const head = ['figure, ÷ bare `node -e 0`', 'required', 'aim', ...titles];
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Returns the limits of the executable. For a hit, it also contains that of the npm package. */
function limitCell(names: readonly string[], which: 'required' | 'aim'): string {
  const limit = (program: ProgramName, name: string) => {
    const value = limitOf({ program, name })?.[which];
    return value === undefined ? '' : `${value}${/RSS/.test(name) ? ' MB' : ''}`;
  };
  const own = joined(names.map((name) => limit('executable', name)));
  return names.includes('hit, wall') ? `${own}; npm, wall: ${limit('npm', 'hit, wall')}` : own;
}

function medianOf(measured: Measurement | undefined): string {
  if (!measured || measured.values.length === 0) return '';
  const middle = median(measured.values);
  return measured.unit === 'MB' ? `${middle.toFixed(0)} MB` : middle.toFixed(2);
}

function joined(cells: readonly string[]): string {
  return cells.some(Boolean) ? cells.map((cell) => cell || '–').join(' · ') : '';
}
