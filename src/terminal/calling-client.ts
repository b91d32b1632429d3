import { fstatSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { basename } from 'node:path';

/** The program that called daypass, perhaps through a shell. */
export interface CallingClient {
  program: string;
  /** Differs between any two processes. */
  id: string;
}

/** A process as the system describes it. */
export interface Ancestor extends CallingClient {
  parent: number;
  /** The number of its process group. */
  group: number;
  /** The system shows its program, and not only a name that it may have chosen. */
  certain: boolean;
}

/** Returns the nearest process above this one that is no shell; undefined where the system does not show it. */
export function callingClient(): CallingClient | undefined {
  try {
    return behindShells(ancestor(process.ppid));
  } catch {
    return undefined;
  }
}

/** Returns the process itself, or the nearest one above it that is no shell. Throws as `ancestor` does. */
export function behindShells(found: Ancestor): Ancestor {
  for (let shells = 0; isShell.test(found.program) && shells < 4; shells++) found = ancestor(found.parent);
  return found;
}

export const isShell = /^-?(ba|da|z|fi|k|mk|a|ya|c|tc)?sh[\d.]*$|^busybox$/;

/** The AWS CLI and programs with boto3: botocore raises the whole stderr of a failed call, and they print it. */
const showing = /^(aws|(python|pypy)[\d.]*t?)(\.exe)?( \(deleted\))?$/i;

/**
 * Returns whether the client itself shows the person what daypass writes to stderr. In doubt it returns false:
 * an error that appears twice is better than one that no person sees.
 */
export function clientShowsStderr(client: CallingClient | undefined): boolean {
  if (!hasPipeOfItsOwn()) return false;
  // Windows does not show the parent, but the AWS CLI of AWS's installers sets this for its children.
  if (!client) return process.env.PYINSTALLER_RESET_ENVIRONMENT === '1';
  return showing.test(client.program) && !discardsStderr(client);
}

/** Returns whether the stderr of the client itself is a file or nothing; a pipe may lead to the terminal. */
function discardsStderr({ id }: CallingClient): boolean {
  const [pid] = id.split(' ');
  try {
    const stats = statSync(`/proc/${pid}/fd/2`);
    return stats.isFile() || (stats.isCharacterDevice() && stats.rdev === statSync('/dev/null').rdev);
  } catch {
    // The system does not tell, or the process is of another user.
    return false;
  }
}

/** Returns whether stderr is a pipe that the client reads apart from stdout: else it expects no error there. */
function hasPipeOfItsOwn(): boolean {
  try {
    const [out, err] = [fstatSync(1), fstatSync(2)];
    return (err.isFIFO() || err.isSocket()) && (out.ino !== err.ino || out.dev !== err.dev);
  } catch {
    return false;
  }
}

/** Throws if the process has ended or the system does not show it. */
export function ancestor(pid: number): Ancestor {
  return process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
}

/** Reads proc(5): the name of a script stands in its stat, that of its interpreter in the link. */
function fromProc(pid: number): Ancestor {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [, parent, group, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [started] = rest.slice(16);
  const program = programOf(pid);
  return {
    program: program ?? stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')')),
    id: `${pid} ${started}`,
    parent: Number(parent),
    group: Number(group),
    certain: program !== undefined,
  };
}

function programOf(pid: number): string | undefined {
  try {
    return basename(readlinkSync(`/proc/${pid}/exe`));
  } catch {
    // A process of another user.
    return undefined;
  }
}

/** Not yet run on a Mac: the tests use the `ps` of Linux, which prints the same columns. */
export function fromPs(pid: number): Ancestor {
  // Loaded only here, since a hit must not be able to start anything.
  const { execFileSync } = process.getBuiltinModule('node:child_process');
  const args = ['-o', 'ppid=,pgid=,lstart=,comm=', '-p', `${pid}`];
  const line = execFileSync('/bin/ps', args, {
    env: { LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 1000,
    encoding: 'utf8',
  });
  const [, parent, group, started, program] =
    /^\s*(\d+)\s+(\d+)\s+((?:\S+\s+){4}\S+)\s+(.+?)\s*$/.exec(line) ?? [];
  if (!program) throw new Error('no such process');
  return {
    program: basename(program),
    id: `${pid} ${started}`,
    parent: Number(parent),
    group: Number(group),
    certain: true,
  };
}
