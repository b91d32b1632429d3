import { type Stats, statSync } from 'node:fs';
import { DaypassError } from '../errors.ts';
import { printable } from '../terminal/printable.ts';
import { askAboutAccount } from './account-service.ts';
import { isInContainer } from './container.ts';
import { isUnmapped } from './user-namespace.ts';

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
  const { status, answer } = askAboutAccount('id', ['-un', String(uid)]);
  return status === 0 ? printable(answer) : `the user ${uid}`;
}
