import { resolve, sep } from 'node:path';
import { valueFault } from '../aws-config/writable-value.ts';
import { DaypassError, systemCode } from '../errors.ts';
import type { CaBundle } from '../network/authorities.ts';
import { fileError } from '../process/files.ts';
import { readFileUpTo } from '../process/read-file.ts';
import { printable } from '../terminal/printable.ts';
import { fetchTeamFile } from './fetch-team-file.ts';

/** The place of a team's file. */
export interface TeamSource {
  /** An absolute path, or the https URL as normalised. A profile remembers it in `daypass_from`. */
  from: string;
  /** As messages show it, without the query of a URL: that can hold a password. */
  shown: string;
}

const most = 1024 * 1024;

/** Returns the place that a person names: an https URL, or the path of a file. Throws `usage`. */
export function teamSource(given: string, home: string): TeamSource {
  const source = /^[a-z][a-z0-9+.-]*:\/\/|^https?:/i.test(given) ? urlSource(given) : fileSource(given, home);
  const fault = valueFault(source.from);
  if (fault)
    throw unusable(`${source.shown} ${fault}`, 'use another address or path: the profiles remember it');
  return source;
}

/** Reads the file. Throws `io`, `bad-configuration`, `team-file-unavailable` and what `agentFor` throws. */
export async function readTeamSource({ from, shown }: TeamSource, caBundle?: CaBundle): Promise<Uint8Array> {
  if (from.startsWith('https://')) return fetchTeamFile(from, shown, caBundle);
  try {
    const content = readFileUpTo(from, most);
    if (content) return content;
  } catch (error) {
    const hint = { advice: 'check the path', again: true } as const;
    throw fileError('read', from, error, systemCode(error) === 'ENOENT' ? { ENOENT: hint } : {});
  }
  throw new DaypassError('bad-configuration', `${shown} has more than 1 MiB`, {
    hint: "check the path: a team's file of 2,000 profiles is smaller",
  });
}

function urlSource(given: string): TeamSource {
  const secure = 'give an https:// address, or the path of a file';
  // The class URL removes tabs and line breaks, and shows letters of other languages as others.
  const url = /^[\x21-\x7e]{1,2048}$/.test(given) && URL.canParse(given) ? new URL(given) : undefined;
  if (!url || !/^[a-z][a-z0-9+.-]*:\/\//i.test(given))
    throw unusable('--from must be a plain https:// address of ASCII without blanks', secure);
  if (url.protocol === 'file:')
    throw unusable('--from does not take file:// addresses', 'give the path alone');
  if (url.protocol !== 'https:')
    throw unusable(`--from must begin with https://, not ${printable(url.protocol, 40)}//`, secure);
  if (url.username || url.password)
    throw unusable(
      '--from must not contain a user name or a password',
      'use an address that people in your network can read without a sign-in, or download the file',
    );
  // Also an empty one, which the class URL does not tell.
  if (given.includes('#'))
    throw unusable('--from must not contain a fragment (#)', 'remove # and what follows it');
  return { from: url.href, shown: shownUrl(url) };
}

/** Returns a URL for messages. */
function shownUrl({ host, pathname, search }: URL): string {
  return printable(`https://${host}${pathname}${search ? '?…' : ''}`, 150);
}

function fileSource(given: string, home: string): TeamSource {
  if (given === '' || given.includes('\0'))
    throw unusable('--from needs a path or an https:// address', 'give one');
  const from = absolute(given.replace(/^~(?=[/\\]|$)/, () => home));
  const below = from.startsWith(home + sep) ? `~${from.slice(home.length)}` : from;
  const shown = process.platform === 'win32' ? from : below;
  return { from, shown: printable(shown.length > 150 ? `…${shown.slice(-149)}` : shown) };
}

function absolute(path: string): string {
  try {
    return resolve(path);
  } catch {
    throw unusable(
      '--from is a relative path, and the working directory was deleted',
      'give an absolute path',
    );
  }
}

function unusable(fault: string, advice: string): DaypassError {
  return new DaypassError('usage', fault, { hint: advice });
}
