import type { Random } from './random.ts';

/** Returns random credential_process lines of Windows, with much that its rules for quotes concern. */
export function randomWindowsLines(random: Random, count: number): string[] {
  const parts = [
    'C:\\',
    'a',
    'é',
    ' ',
    ' ',
    '\t',
    '"',
    '"',
    '""',
    '\\',
    '\\\\',
    '\\"',
    "'",
    '--profile',
    '=',
    '%',
    '&',
  ];
  return Array.from({ length: count }, () =>
    Array.from({ length: random.whole(12) }, () => random.pick(parts)).join(''),
  );
}
