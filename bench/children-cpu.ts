import { readFileSync } from 'node:fs';

/**
 * CPU seconds of all children of this process that have ended, and of those that they waited for themselves (proc(5): cutime
 * and cstime, in hundredths). Node's own resourceUsage knows this process alone.
 */
export function childrenCpu(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  // The command in parentheses may hold blanks; after it, field 3 is the first.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100;
}
