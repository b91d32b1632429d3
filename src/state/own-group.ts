import { readFileSync } from 'node:fs';
import { askAboutAccount } from '../process/account-service.ts';

/** The exit code of getent. */
const notFound = 2;

/**
 * Returns whether this is the user's own primary group without other members. With such groups, many Linux
 * systems let the group write to new files (umask 002). On macOS, all people have one primary group.
 */
export function isOwnGroup(gid: number): boolean {
  if (process.platform === 'darwin' || process.platform === 'win32') return false;
  const me = thisUser();
  if (gid !== me.gid) return false;
  const local = entries(readText('/etc/group')).find((entry) => Number(entry[2]) === gid);
  const entry = local ?? entryOfService(gid);
  // A container that is run with numbers alone has no such group.
  if (entry === 'none') return true;
  if (entry === 'unknown') return false;
  const [name, , , members = ''] = entry;
  if (members.split(',').some((member) => member !== '' && member !== me.username)) return false;
  // The users of a service cannot be listed, and can have a local group such as `users`. A private group has
  // the name of its user.
  if (name !== me.username && !(local && areUsersLocal())) return false;
  return !entries(readText('/etc/passwd')).some(
    (entry) => Number(entry[3]) === gid && Number(entry[2]) !== me.uid,
  );
}

/**
 * Returns the user of the process. Its primary group is not that of the process after `newgrp`. The name is the
 * system's: os.userInfo() of Bun tells that of $USER.
 */
function thisUser(): { uid: number; gid: number; username: string } {
  const uid = process.getuid?.() ?? -1;
  const local = entries(readText('/etc/passwd')).find((entry) => Number(entry[2]) === uid);
  const [username, , , gid] = local ?? askAboutAccount('getent', ['passwd', String(uid)]).answer.split(':');
  // A uid without a name, as containers have.
  return username
    ? { uid, gid: Number(gid), username }
    : { uid, gid: process.getgid?.() ?? -1, username: '' };
}

function entries(text: string): string[][] {
  return text.split('\n').map((line) => line.split(':'));
}

/** Returns whether /etc/passwd has all users. Without nsswitch.conf it does, as with musl. */
function areUsersLocal(): boolean {
  const [, sources = ''] = /^[ \t]*passwd:(.*)$/m.exec(readText('/etc/nsswitch.conf')) ?? [];
  return sources
    .split(/\s+/)
    .every((source) => ['', 'files', 'compat', 'systemd', 'altfiles'].includes(source));
}

/** Returns the entry of a group that is not in the file: only a directory service knows it. */
function entryOfService(gid: number): string[] | 'none' | 'unknown' {
  const { status, answer } = askAboutAccount('getent', ['group', String(gid)]);
  if (status === 0) return answer.split(':');
  return status === notFound ? 'none' : 'unknown';
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
