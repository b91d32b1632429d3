import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { commandsPage } from './commands-page.ts';
import { readHelps } from './help-text.ts';
import { manPage } from './man-page.ts';
import { settingsPage } from './settings-page.ts';

const root = resolve(import.meta.dirname, '../..');

const manPath = 'man/daypass.1';

/** Returns the text of each generated page, by its path. The man page has `date` if its text has changed. */
export async function generatedPages(date: string): Promise<Map<string, string>> {
  const helps = await readHelps();
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const dated = (day: string) => manPage(helps, { version, date: day });
  const committed = readIfAny(manPath) ?? '';
  const [, before = date] = /^\.TH \S+ 1 (\d{4}-\d\d-\d\d) /m.exec(committed) ?? [];
  return new Map([
    ['docs/commands.md', commandsPage(helps)],
    ['docs/settings.md', settingsPage()],
    [manPath, dated(before) === committed ? committed : dated(date)],
  ]);
}

/** Returns the text of a file of the repository; undefined if there is none. */
export function readIfAny(path: string): string | undefined {
  const file = join(root, path);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

/** Returns the date of this day (UTC). */
export function today(): string {
  return new Date().toISOString().slice(0, 10);
}
