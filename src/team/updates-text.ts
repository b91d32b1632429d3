import { wrapped } from '../terminal/columns.ts';
import { printable } from '../terminal/printable.ts';
import { someOf } from '../terminal/some-of.ts';
import { mark } from '../terminal/style.ts';
import type { SourceUpdate } from './updates.ts';

const mostNamed = 20;

/** Returns lines about each team's file: whether its profiles are behind, which ones, and the command that updates. */
export function updateLines(updates: readonly SourceUpdate[], width: number): string[] {
  return updates.flatMap((update) => {
    const { changed, added, vanished, command, error } = update;
    const shown = printable(update.shown);
    const rest = (text: string) => wrapped(text, width - 2).map((line) => `  ${line}`);
    const first = (tone: 'good' | 'warning', text: string) =>
      wrapped(text, width - 2).map((line, index) => `${index === 0 ? mark(tone) : ' '} ${line}`);
    if (error)
      return first(
        'warning',
        `${shown} cannot be checked: ${error.code}: ${printable(error.faults[0] ?? '')}`,
      );
    const lists = [
      ['changed', changed],
      ['no longer in the file', vanished],
      ['new', added],
    ] as const;
    const told = lists.filter(([, names]) => names.length > 0);
    if (told.length === 0) return first('good', `up to date with ${shown}`);
    const isBehind = changed.length + vanished.length > 0;
    const counts = told.map(([what, names]) => `${names.length} ${what}`).join(', ');
    return [
      ...first(
        isBehind ? 'warning' : 'good',
        `${isBehind ? 'behind' : 'up to date with'} ${shown}: ${counts}`,
      ),
      ...told.flatMap(([what, names]) => rest(`${what}: ${someOf(names, mostNamed)}`)),
      // A command that a person copies is not split.
      `  To update, run: ${command}`,
    ];
  });
}

/** Returns the same for a program. */
export function updateFacts({ from, changed, added, vanished, error, command }: SourceUpdate): object {
  const lists = { changed, new: added, vanished };
  return { from, ...(error ? {} : lists), next: command };
}
