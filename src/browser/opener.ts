import { basename, isAbsolute } from 'node:path';
import type { Settings } from '../settings/settings.ts';
import { obstacleToDesktop } from './desktop.ts';

/** A program with its arguments, the link among them. */
export type Command = readonly [program: string, ...args: string[]];

/** The ways to open a tab: the desktop's browser, or programs of which the first one that works is enough. */
export type Opener =
  | 'desktop'
  | {
      /** The setting or variable that names the programs. */
      from: 'daypass_browser' | 'BROWSER';
      commands: readonly ((link: string) => Command)[];
    };

/** Returns how a tab is opened here, or undefined if there is no way. */
export function openerOf(browser: Settings['browser'], env: NodeJS.ProcessEnv): Opener | undefined {
  if (browser === 'none') return undefined;
  if (browser) return { from: 'daypass_browser', commands: [(link) => [...browser, link]] };
  if (!obstacleToDesktop(env)) return 'desktop';
  const commands = process.platform === 'win32' ? [] : parseBrowserVariable(env.BROWSER ?? '');
  return commands.length > 0 ? { from: 'BROWSER', commands } : undefined;
}

/**
 * Programs that open no tab: text browsers, which would need this call's terminal; words with which people
 * switch a browser off, or have the link printed; and openers, which would read the same variable again.
 */
const noOpeners: ReadonlySet<string> = new Set([
  ...['www-browser', 'w3m', 'lynx', 'links', 'links2', 'elinks', 'browsh', 'carbonyl', 'cha', 'netrik'],
  ...['none', 'true', 'false', 'echo', 'printf', 'cat', 'xdg-open', 'sensible-browser', 'daypass'],
]);

/**
 * Reads `$BROWSER` as xdg-open does: a list with colons, words with blanks, no quotes and no shell. `%s` is the
 * link and `%%` a percent sign; an entry without `%s` gets the link as its last argument.
 */
function parseBrowserVariable(value: string): ((link: string) => Command)[] {
  return value.split(':').flatMap((entry) => {
    const [program, ...args] = entry.split(/[ \t\n]+/).filter(Boolean);
    if (program === undefined || noOpeners.has(basename(program))) return [];
    // The working directory must not choose the program.
    if (program.includes('/') && !isAbsolute(program)) return [];
    if (!entry.includes('%s')) return [(link) => [program, ...args, link]];
    const fill = (word: string, link: string) =>
      word.replace(/%[s%]/g, (sign) => (sign === '%%' ? '%' : link));
    return [(link) => [fill(program, link), ...args.map((word) => fill(word, link))]];
  });
}
