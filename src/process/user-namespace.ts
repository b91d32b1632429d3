import { readFileSync } from 'node:fs';

/** The id that stat() shows instead of one that this user namespace does not map: proc_sys_kernel(5). */
const overflowId = 65534;

/** Returns whether a uid or gid of a file may be any that this user namespace does not map. */
export function isUnmapped(id: number): boolean {
  return id === overflowId && !mapsAll();
}

/** Returns whether every id is mapped, as it is outside user namespaces and on other systems. */
function mapsAll(): boolean {
  try {
    return /^\s*0\s+0\s+4294967295\s*$/.test(readFileSync('/proc/self/uid_map', 'utf8'));
  } catch {
    return true;
  }
}
