import type { Hint } from '../errors.ts';
import { printable } from './printable.ts';
import { shellWord } from './shell-word.ts';

// Advice with the commands and variables of this system. Every text with such a word is here or in a file that
// only POSIX runs; test/terminal/advice.test.ts searches for others.

const isWindows = () => process.platform === 'win32';

/** Returns the advice to remove variables. cmd and PowerShell have no common command for it. */
export function unset(...names: readonly string[]): string {
  return isWindows() ? `remove ${names.join(', ')} from the environment` : `unset ${names.join(' ')}`;
}

/** Returns the same as a hint: a command where one works in every shell. */
export function unsetHint(...names: readonly string[]): Hint {
  const step = unset(...names);
  return isWindows() ? { advice: step } : { command: step };
}

/**
 * Returns what installs daypass from a clone of its repository; no package is published. cmd and PowerShell 5 have no
 * common way to write these as one command.
 */
export function install(): Hint {
  const steps = ['npm ci', 'npm run build', 'npm link'];
  return isWindows()
    ? { advice: `in a clone of daypass, run ${steps.join(', then ')}` }
    : { advice: 'in a clone of daypass', command: steps.join(' && ') };
}

/** Returns the variable that names the home directory. */
export function homeVariable(): string {
  return isWindows() ? 'USERPROFILE' : 'HOME';
}

/** Returns the variable that decides where the state directory is. */
export function stateVariable(): string {
  if (isWindows()) return 'LOCALAPPDATA';
  return process.platform === 'darwin' ? 'HOME' : 'XDG_STATE_HOME';
}

/** Returns a path as a word of a command. The fault that the command is about names the path. */
export function pathWord(path: string): string {
  return shellWord(printable(path), 'THAT-PATH');
}

/** Returns the next step for a file or folder that cannot be used. */
export function lookAt(path: string): Hint {
  return isWindows()
    ? { advice: 'check its type and who has access', command: `icacls ${pathWord(path)}` }
    : { advice: 'check its type, owner and mode', command: `ls -ld ${pathWord(path)}` };
}

/** Returns the command that removes a file or a link. */
export function removal(path: string): string {
  return `${isWindows() ? 'del' : 'rm'} ${pathWord(path)}`;
}

/** Returns the advice for a full disk. */
export function freeSpace(): string {
  return isWindows()
    ? 'free space on that disk or in your quota'
    : 'free space on that disk or in your quota (df -h, quota, ulimit -f)';
}

/** Returns the advice for a system that starts no process. */
export function moreProcesses(): string {
  return isWindows()
    ? 'unless Node was just replaced, end some programs'
    : 'unless Node was just replaced, end some programs or raise the limits (ulimit -n, ulimit -u)';
}

/** Returns the advice to store the session without a keychain. */
export function fileStore(): string {
  return `set daypass_store = file in the profile to store the session in ${isWindows() ? 'a file' : 'a 0600 file'}`;
}
