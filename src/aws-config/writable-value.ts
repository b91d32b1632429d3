import { DaypassError } from '../errors.ts';
import { printable } from '../terminal/printable.ts';
import type { Keys } from './edit.ts';
import { isProfileName } from './lines.ts';

/** Throws `bad-configuration` for a profile name, keys or values that AWS clients could read differently. */
export function assertWritable(profile: string, keys: Keys): void {
  const faults = Object.entries(keys).flatMap(([key, value]) => {
    const fault = valueFault(value);
    return [
      ...(/^[a-z][a-z_]*$/.test(key) ? [] : [`${printable(key)} is not a key`]),
      ...(fault ? [`${printable(key)} ${fault}`] : []),
    ];
  });
  if (!isProfileName(profile)) faults.push('the profile name cannot be written');
  if (faults.length > 0) {
    throw new DaypassError('bad-configuration', faults, { hint: { advice: 'correct this', again: true } });
  }
}

/**
 * Returns why a value must not be written into an AWS config file. A ` #` or a backslash changes only the
 * value: harmless in the keys that daypass alone reads, and excluded by the formats of the others.
 */
export function valueFault(value: string): string | undefined {
  // A line break begins another key, and a blank in front can continue the key above.
  if (!/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(value))
    return 'must be one line of printable ASCII, without blanks around it';
  return misreadLine(value);
}

/** Returns why this value makes some AWS client misread other lines, whether or not it knows the key. */
export function misreadLine(value: string): string | undefined {
  const bracket = value.indexOf('[');
  if (bracket >= 0 && value.includes(']', bracket))
    return 'must not contain [ and ], which the AWS SDK for C++ takes for a section';
  // The Go SDK searches the lines below for a closing double quote, and PHP for both kinds.
  if ([/"/g, /'/g].some((quote) => (value.match(quote)?.length ?? 0) % 2))
    return 'must close its quotes: Go and PHP read on to the next one';
  return undefined;
}
