import type { Stats } from 'node:fs';
import { DaypassError, type Hint } from '../errors.ts';
import { pathWord, stateVariable } from '../terminal/advice.ts';
import { printable } from '../terminal/printable.ts';

/** Returns the error of a path that other users could have changed. */
export function unsafe(what: 'directory' | 'file', path: string, fault: string, hint: Hint): DaypassError {
  return new DaypassError(`unsafe-${what}`, `${printable(path)} ${fault}`, { hint });
}

export function checkAndRemove(list: string, path: string): Hint {
  return { advice: `check it with ${list} ${pathWord(path)}, then remove it` };
}

/** Returns what to say about a path of another user. It may be that user's session: never "remove it". */
export function ofOther(path: string, { uid }: Stats): [fault: string, hint: Hint] {
  if (uid !== 0) return [`belongs to another user (uid ${uid})`, { advice: elsewhere(), again: true }];
  const command = `sudo chown -R ${process.getuid?.()} ${pathWord(path)}`;
  return ['belongs to root', { advice: 'if daypass ran with sudo here, take it back', command }];
}

/** Returns the advice for a folder that cannot be changed. */
export function elsewhere(): string {
  return process.platform === 'darwin'
    ? 'use a HOME that only you and root can change'
    : `set ${stateVariable()} to a folder that only you and root can change`;
}
