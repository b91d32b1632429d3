import type { Hint } from '../errors.ts';
import { columns, padded, shownWidth, wrapped } from '../terminal/columns.ts';
import { hintParts } from '../terminal/hint-parts.ts';
import { longestHint, printable } from '../terminal/printable.ts';
import { shellWord } from '../terminal/shell-word.ts';
import { mark, paint } from '../terminal/style.ts';
import type { Finding, Report } from './finding.ts';

/** Exit codes, the worst first. Any other code comes after these. */
const severity = [78, 65, 75, 69];

/** The states in the order in which a person reads them. */
const states: readonly Finding['state'][] = ['error', 'warning', 'note', 'ok'];

/** Returns the findings in the order in which a person should deal with them. */
export function worstFirst(findings: readonly Report[]): Report[] {
  const rank = ({ state, exitCode = 0 }: Report) => {
    const place = severity.indexOf(exitCode);
    return states.indexOf(state) * 10 + (place < 0 ? severity.length : place);
  };
  return findings.toSorted((a, b) => rank(a) - rank(b));
}

/** Returns the lines for a person: problems, then warnings, then all else if `isVerbose`, and the next step. */
export function reportText(
  profile: string,
  findings: readonly Report[],
  { isVerbose, width = columns() }: { isVerbose: boolean; width?: number },
): string {
  const sorted = worstFirst(findings);
  const problems = sorted.filter((report) => !isWell(report));
  const shown = isVerbose ? sorted : problems;
  const sum = [...count(problems, 'error'), ...count(problems, 'warning')].join(', ') || 'no problems';
  const parts = [
    [paint('heading', `Profile ${printable(profile)}: ${sum}`)],
    entries(shown, width),
    isVerbose ? [] : passedLines(profile, findings, width),
    nextLines(profile, sorted, width),
  ];
  return parts
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n');
}

/** Returns `2 errors`, for example, and nothing for none. */
function count(findings: readonly Report[], state: 'error' | 'warning'): string[] {
  const number = findings.filter((finding) => finding.state === state).length;
  return number === 0 ? [] : [`${number} ${state}${number === 1 ? '' : 's'}`];
}

/** The columns that a text needs beside its label, so that it does not become a tower of words. */
const readable = 40;

/** Returns each finding with its remedy, beside its label or, on a narrow terminal, below it. */
function entries(findings: readonly Report[], width: number): string[] {
  const labels = Math.max(0, ...findings.map(({ code }) => labelOf(code).length));
  const isNarrow = width - labels - 4 < readable;
  const indent = isNarrow ? 2 : labels + 4;
  return findings.flatMap(({ code, state, finding, remedy }) => {
    const room = width - indent;
    const texts = [...wrapped(printable(finding), room), ...remedyLines(remedy, room)];
    const head = `${markOf(state)} ${paint('heading', labelOf(code))}`;
    // A command is not split, so one that is too long begins farther left.
    const below = (text: string) =>
      ' '.repeat(Math.max(2, Math.min(indent, width - shownWidth(text)))) + text;
    if (isNarrow) return [head, ...texts.map(below)];
    const [first = '', ...others] = texts;
    return [`${padded(head, indent)}${first}`, ...others.map(below)];
  });
}

/** Returns the words for a person: the code, which scripts rely on, or words that say more. */
function labelOf(code: string): string {
  return code === 'rivals' ? 'shadowed by' : code;
}

function markOf(state: Finding['state']): string {
  if (state === 'error') return mark('bad');
  if (state === 'warning') return mark('warning');
  return state === 'ok' ? mark('good') : '-';
}

function remedyLines(remedy: Hint | undefined, width: number): string[] {
  const lines = remedy
    ? hintParts(remedy).flatMap(({ text, whole }) => (whole ? [text] : wrapped(text, width - 3)))
    : [];
  return lines.map((line, index) => `${index === 0 ? '-> ' : '   '}${line}`);
}

/** Returns how many findings are not shown, and the command that shows them. */
function passedLines(profile: string, findings: readonly Report[], width: number): string[] {
  const notes = findings.filter(({ state }) => state === 'note').length;
  const passed = findings.filter(({ state }) => state === 'ok').length + notes;
  if (passed === 0) return [];
  const other = passed < findings.length ? ' other' : '';
  const line = `${passed}${other} check${passed === 1 ? '' : 's'} passed${notes > 0 ? `, ${notes} with a note` : ''}`;
  const command = `daypass doctor --profile ${shellWord(profile)} --verbose`;
  const whole = `${line} (${command} lists them)`;
  const fits = 2 + shownWidth(whole) <= width;
  return fits ? [`${mark('good')} ${whole}`] : [`${mark('good')} ${line}`, `  List them: ${command}`];
}

/** Returns the command against the worst finding; without problems, that against a missing session. */
function nextLines(profile: string, sorted: readonly Report[], width: number): string[] {
  const [worst] = sorted.filter(
    (report) => report.remedy && (!isWell(report) || (report.code === 'session' && report.state === 'note')),
  );
  if (!worst) return sorted.every(isWell) ? ['Next: nothing, all is well'] : [];
  const { command } = worst.remedy ?? {};
  if (command) return [`Next: ${printable(command, longestHint)}`];
  // Its advice stands above, and may not make sense without its problem.
  const words = `Next: correct the first ${worst.state === 'error' ? 'problem' : 'warning'} above, then run:`;
  const again = `daypass doctor --profile ${shellWord(profile)}`;
  const line = `${words} ${again}`;
  return shownWidth(line) <= width ? [line] : [...wrapped(words, width), `  ${again}`];
}

function isWell({ state }: Report): boolean {
  return state === 'ok' || state === 'note';
}
