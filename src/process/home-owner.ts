import { type Stats, statSync } from 'node:fs';
import { DaypassError } from '../errors.ts';
import { printable } from '../terminal/printable.ts';
import { isInContainer } from './container.ts';
import { isUnmapped } from './user-namespace.ts';

/** Milliseconds for a directory service such as LDAP. */
const patience = 3000;

/**
 * Throws `unsafe-environment` if root has the HOME of a person, as with `sudo -E`, and with `sudo` on macOS:
 * daypass would leave files there that the person cannot use. In a container, root may be the only user.
 */
export function assertOwnHome(home: string, env: NodeJS.ProcessEnv): void {
  const owner = otherOwner(home);
  if (!owner || isUnmapped(owner.uid) || isInContainer(env)) return;
  const hint = 'run it without sudo, or for root itself with sudo -H';
  throw new DaypassError('unsafe-environment', `HOME belongs to ${userName(owner.uid)}`, { hint });
}

/** Returns the owner of HOME if that is not root but root runs daypass; otherwise undefined. */
export function otherOwner(home: string): Stats | undefined {
  if (process.getuid?.() !== 0) return undefined;
  try {
    const stats = statSync(home);
    return stats.uid === 0 ? undefined : stats;
  } catch {
    // Not there, or not for root: the first read or write says so.
    return undefined;
  }
}

function userName(uid: number): string {
  // No other way knows the users of a directory service, and those of macOS.
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const words = ['-un', String(uid)];
  const { status, stdout } = spawnSync('/usr/bin/id', words, {
    encoding: 'utf8',
    timeout: patience,
    env: {},
  });
  return status === 0 ? printable(stdout.trim()) : `the user ${uid}`;
}
