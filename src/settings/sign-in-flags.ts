import { resolve } from 'node:path';
import { shellWord } from '../terminal/shell-word.ts';
import { settingOf, spellings } from './setting-table.ts';
import type { SettingSources } from './sources.ts';

/**
 * Returns the arguments of `daypass login` that sign in to the same session as a call with these flags:
 * without its --store or --issuer that would be another session. `forbidden`: the profile or the environment
 * allows no browser.
 */
export function signInFlags(
  profile: string,
  flags: SettingSources['flags'],
  { forbidden }: { forbidden: boolean },
): string {
  const words = given('--profile', profile);
  for (const [name, value] of flags) {
    // These concern one call only: how long it waits, and that it must not ask.
    if (name === 'profile' || name === 'timeout' || name === 'nonInteractive') continue;
    // As an absolute path: the person may run the command in another directory.
    if (name === 'envFile') words.push(...given('--env-file', resolve(value)));
    else {
      const { flag } = spellings(name);
      if (flag) words.push(...given(flag, value, settingOf(name).takes === undefined));
    }
  }
  if (forbidden && !flags.has('nonInteractive')) words.push('--non-interactive=false');
  return words.map(quoted).join(' ');
}

/** Returns one word where `parseArguments` would not read the value from the next word. */
function given(flag: string, value: string, isSwitch = false): string[] {
  if (isSwitch && value === 'true') return [flag];
  return isSwitch || value.startsWith('--') ? [`${flag}=${value}`] : [flag, value];
}

function quoted(word: string): string {
  const shown = shellWord(word);
  return process.platform === 'win32' && shown !== word ? `"${word}"` : shown;
}
