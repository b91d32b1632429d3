import { readFileSync } from 'node:fs';

/**
 * Returns the CPU seconds of the ended children of this process and of the children that those waited for
 * (proc(5): cutime and cstime, in hundredths). Node's resourceUsage covers only this process.
 */
export function childrenCpu(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  // The command in parentheses may contain blanks. Field 3 follows it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100;
}
