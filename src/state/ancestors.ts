import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DaypassError } from '../errors.ts';
import { isUnmapped } from '../process/user-namespace.ts';
import { pathWord } from '../terminal/advice.ts';
import { isOwnGroup } from './own-group.ts';
import { elsewhere, unsafe } from './unsafe.ts';

/** Gets a folder whose owner this user namespace does not map, and so does not show. */
export type OnUnknown = (step: 'unknown-owner', facts: { path: string }) => void;

/** Linux has the same limit. */
const mostLinks = 40;

/**
 * Throws `unsafe-directory` unless only root and this user can change what an absolute path leads to: the
 * path, the folders above it, and those above the target of each link. Ignores what does not exist yet. One
 * check before the use is enough: a user who could exchange a folder later has the right to it already.
 * Throws the error of the system.
 */
export function assertAncestors(path: string, onUnknown: OnUnknown = () => {}): void {
  let names = path.split('/').filter(Boolean);
  let links = 0;
  let at = '/';
  for (;;) {
    const stats = lstatSync(at, { throwIfNoEntry: false });
    if (!stats) return;
    assertOwner(at, stats, onUnknown);
    if (stats.isSymbolicLink()) {
      links += 1;
      if (links > mostLinks) throw Object.assign(new Error('too many links'), { code: 'ELOOP' });
      const target = readlinkSync(at);
      names = [...target.split('/').filter(Boolean), ...names];
      at = target.startsWith('/') ? '/' : dirname(at);
    } else assertNotWritable(at, stats);
    const name = names.shift();
    if (name === undefined) return;
    // `at` has no link left in it, so the folder above `..` is the one before it.
    at = join(at, name);
  }
}

/** The owner of a folder can rename its entries, even if it is sticky; the owner of a link can replace it. */
function assertOwner(path: string, { uid }: Stats, onUnknown: OnUnknown): void {
  if (uid === 0 || uid === process.getuid?.()) return;
  if (!isUnmapped(uid)) throw exchangeable(path, `belongs to another user (uid ${uid})`);
  onUnknown('unknown-owner', { path });
}

function assertNotWritable(path: string, { uid, gid, mode }: Stats): void {
  // In a sticky folder, only the owner of an entry can rename it, and the walk checks that owner too.
  if (mode & 0o1000 || !(mode & 0o022)) return;
  if (!(mode & 0o002) && (gid === 0 || isOwnGroup(gid) || isUnmapped(gid))) return;
  const command = uid === process.getuid?.() ? `chmod go-w ${pathWord(path)}` : undefined;
  throw exchangeable(path, `is writable by ${mode & 0o002 ? 'other users' : 'a group of users'}`, command);
}

function exchangeable(path: string, fault: string, command?: string): DaypassError {
  const advice = elsewhere();
  const hint = command
    ? { advice: `${advice}, or close this one to other users`, command }
    : { advice, again: true as const };
  return unsafe('directory', path, `${fault}, who can replace your state directory`, hint);
}
