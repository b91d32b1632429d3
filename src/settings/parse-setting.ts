import { existsSync } from 'node:fs';
import { basename, dirname, isAbsolute } from 'node:path';
import type { Allowed } from '../aws-config/odd-characters.ts';
import type { Place } from '../process/expand-path.ts';
import { oddText } from './odd-text.ts';
import { BadValue } from './parse-values.ts';
import { type SettingName, settingOf } from './setting-table.ts';

/** Parses the value of one setting. Throws BadValue, also for odd text in it. */
export function parseSetting(name: SettingName, text: string, place: Place): unknown {
  const { parse, allows } = settingOf(name);
  const fault = oddFault(text, allows, (clean) => parse(clean, place));
  if (fault && !isThere(() => parse(text, place), allows)) throw new BadValue(fault);
  return parse(text, place);
}

/** Returns whether a value is the path of a file, or of one to be made in a folder, that has this odd name. */
function isThere(parse: () => unknown, allows: Allowed | undefined): boolean {
  if (!allows?.letters) return false;
  try {
    const path = parse();
    if (typeof path !== 'string' || !isAbsolute(path)) return false;
    return existsSync(path) || (!oddText(basename(path), allows) && existsSync(dirname(path)));
  } catch {
    return false;
  }
}

/** Returns the fault of odd text, with the value to write instead unless `parse` rejects that. */
export function oddFault(
  text: string,
  allows: Allowed | undefined,
  parse: (clean: string) => unknown,
): string | undefined {
  const odd = oddText(text, allows);
  if (!odd) return undefined;
  const { marks, clean } = odd;
  const shown = marks.length > 3 ? [...marks.slice(0, 3), `${marks.length - 3} more`] : marks;
  const advice = clean !== undefined && !allows?.secret && isParsed(clean, parse) ? `: write ${clean}` : '';
  return `must be without ${shown.join(', ')}${advice}`;
}

function isParsed(clean: string, parse: (clean: string) => unknown): boolean {
  try {
    return parse(clean) !== undefined;
  } catch {
    return false;
  }
}
