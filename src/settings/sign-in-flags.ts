import { resolve } from 'node:path';
import { shellWord } from '../terminal/shell-word.ts';
import { settingOf, spellings } from './setting-table.ts';
import type { SettingSources } from './sources.ts';

/**
 * What has to follow `daypass login` so that it signs in to the very session that a call with these flags looks for: without its
 * --store or --issuer that would be another one. `forbidden`: the profile or the environment allows no browser.
 */
export function signInFlags(
  profile: string,
  flags: SettingSources['flags'],
  { forbidden }: { forbidden: boolean },
): string {
  const words = given('--profile', profile);
  for (const [name, value] of flags) {
    // Said of one call alone: how long it waits, and that it may not ask.
    if (name === 'profile' || name === 'timeout' || name === 'nonInteractive') continue;
    // As an absolute path, for the person may stand elsewhere.
    if (name === 'envFile') words.push(...given('--env-file', resolve(value)));
    else {
      const { flag } = spellings(name);
      if (flag) words.push(...given(flag, value, settingOf(name).takes === undefined));
    }
  }
  if (forbidden && !flags.has('nonInteractive')) words.push('--non-interactive=false');
  return words.map(quoted).join(' ');
}

/** As one word where `parseArguments` would not take the value from the next one. */
function given(flag: string, value: string, isSwitch = false): string[] {
  if (isSwitch && value === 'true') return [flag];
  return isSwitch || value.startsWith('--') ? [`${flag}=${value}`] : [flag, value];
}

function quoted(word: string): string {
  const shown = shellWord(word);
  return process.platform === 'win32' && shown !== word ? `"${word}"` : shown;
}
