import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { isatty } from 'node:tty';
import { type Ancestor, ancestor, behindShells, isShell } from './calling-client.ts';

/**
 * Returns whether the program that called daypass waits as long as a person needs: the AWS CLI, or an interactive
 * shell whose person reads stdout. In doubt it returns false, since other programs may kill daypass meanwhile.
 */
export function callerIsPatient(): boolean {
  // Windows shows no parent.
  if (process.platform === 'win32') return false;
  try {
    const parent = ancestor(process.ppid);
    return isInteractiveShell(parent) || isAwsCli(behindShells(parent));
  } catch {
    return false;
  }
}

/**
 * An interactive shell puts each job into a process group of its own, so that ^C reaches the job alone. `sh -c`,
 * by which Go's SDK starts daypass, and scripts leave their children in their own group.
 */
function isInteractiveShell({ program, group, certain }: Ancestor): boolean {
  return certain && isShell.test(program) && isatty(1) && ancestor(process.pid).group !== group;
}

/** The program of AWS's installers is named aws. All other packages have a script of Python with that name. */
function isAwsCli({ program, id, certain }: Ancestor): boolean {
  const name = program.replace(/ \(deleted\)$/, '');
  if (!certain || name === 'aws') return certain;
  if (!/^(python|pypy)[\d.]*t?$/i.test(name)) return false;
  const [, ...words] = argumentsOf(id.split(' ')[0] ?? '');
  const first = words.findIndex((word) => !word.startsWith('-') || /^-[cm]$/.test(word));
  return words[first] === '-m' ? words[first + 1] === 'awscli' : basename(words[first] ?? '') === 'aws';
}

function argumentsOf(pid: string): string[] {
  if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  const { execFileSync } = process.getBuiltinModule('node:child_process');
  const options = { env: { LC_ALL: 'C' }, timeout: 1000, encoding: 'utf8' } as const;
  return execFileSync('/bin/ps', ['-ww', '-o', 'args=', '-p', pid], options).trim().split(/\s+/);
}
