import { resolve } from 'node:path';
import { spellings } from './setting-table.ts';
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
  const words = ['--profile', profile];
  for (const [name, value] of flags) {
    // Said of one call alone: how long it waits, and that it may not ask.
    if (name === 'profile' || name === 'timeout' || name === 'nonInteractive') continue;
    // As an absolute path, for the person may stand elsewhere.
    if (name === 'envFile') words.push('--env-file', resolve(value));
    else words.push(spellings(name).flag ?? name, value);
  }
  if (forbidden && !flags.has('nonInteractive')) words.push('--non-interactive=false');
  return words.map(quoted).join(' ');
}

function quoted(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return process.platform === 'win32' ? `"${word}"` : `'${word.replaceAll("'", "'\\''")}'`;
}
