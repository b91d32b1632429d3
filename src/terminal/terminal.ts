import { closeSync, constants, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { DaypassError, systemCode } from '../errors.ts';
import { longestHint, printable } from './printable.ts';
import { writeAll } from './write-all.ts';

// All output of daypass goes through this file, but the questions of `configure` (prompts.ts) and the line of a hit (start.ts):
// - stdout: what a command is asked for, in one write; for credential_process the JSON line and nothing else, ever;
// - stderr: one error and its hint, only when the exit code is not 0 (C++ and Kotlin clients choke on anything else);
// - the terminal device: what a person must see while a client holds stdout and stderr.

/** Milliseconds that a message may wait: for a client that lets its pipe fill up, or for a terminal that was stopped with ^S. */
const patience = 2000;

/** Writes all of `text` before it returns. False when the reader is gone. Throws `io`, on a full disk for one. */
export function writeOut(text: string): boolean {
  try {
    writeAll(1, text, Number.POSITIVE_INFINITY);
    return true;
  } catch (error) {
    const failure = unwritten(error);
    if (failure) throw failure;
    return false;
  }
}

/** Why nothing more could be written to stdout; undefined when the reader is gone, whom nothing can be told. */
export function unwritten(error: unknown): DaypassError | undefined {
  // Windows says EOF.
  if (/^(EPIPE|EOF)$/.test(systemCode(error) ?? '')) return undefined;
  return new DaypassError('io', `cannot write to stdout: ${systemCode(error) ?? 'unknown error'}`, {
    hint: { advice: 'lead it to where there is space and you may write', again: true },
    cause: error,
  });
}

/** A few lines at most, fit for a terminal and for a client that relays them; 2 KB fit into every pipe unread. */
export function formatError(error: DaypassError): string {
  const lines = error.faults.slice(0, 3).map((fault) => `daypass: ${error.code}: ${printable(fault)}`);
  const unsaid = error.faults.length - lines.length;
  if (unsaid > 0) lines.push(`and ${unsaid} more${error.allBy ? `: ${error.allBy}` : ''}`);
  if (error.hint) lines.push(`hint: ${printable(error.hint, longestHint)}`);
  return `${lines.join('\n')}\n`;
}

export function writeError(error: DaypassError): void {
  tell(2, formatError(error));
}

/** As `writeError`, and on the terminal too where stderr is not one: several AWS clients throw a helper's stderr away. */
export function writeErrorToCaller(error: DaypassError): void {
  writeError(error);
  if (!process.stderr.isTTY) writeTerminal(formatError(error));
}

/** Whether a person's terminal is there, whatever stdin, stdout and stderr are. */
export function hasTerminal(): boolean {
  const terminal = openTerminal();
  if (terminal === undefined) return false;
  closeSync(terminal);
  return true;
}

/** Whether ^C typed at the terminal comes to this process and so to its children too, who are of the same process group. */
export function isForeground(): boolean {
  const [, , group, , , foreground] = processStat() ?? [];
  return group === undefined ? hasTerminal() : group === foreground;
}

/** Shows text on the person's terminal, if there is one. It is written to and never read: a client may own the keyboard. */
export function writeTerminal(text: string): void {
  const terminal = openTerminal();
  if (terminal === undefined) return;
  tell(terminal, text);
  closeSync(terminal);
}

/** A name that all processes on the same terminal agree on; undefined without a terminal. */
export function terminalName(): string | undefined {
  if (!hasTerminal()) return undefined;
  if (process.platform === 'win32') return `parent ${process.ppid}`;
  const [, , , , terminal] = processStat() ?? [];
  if (terminal !== undefined) return `tty ${terminal}`;
  // Elsewhere a client leaves at least one of the three on the terminal, as a rule; /dev/null is a device as well.
  const nothing = statSync('/dev/null').rdev;
  const device = [0, 1, 2]
    .map((descriptor) => fstatSync(descriptor))
    .find((stats) => stats.isCharacterDevice() && stats.rdev !== nothing);
  return device ? `tty ${device.rdev}` : `parent ${process.ppid}`;
}

/** proc(5), what stands after the command in parentheses: state, parent, group, session, terminal, its foreground group, …; Linux alone has it. */
function processStat(): string[] | undefined {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

function openTerminal(): number | undefined {
  try {
    return openSync(
      process.platform === 'win32' ? '\\\\.\\CONOUT$' : '/dev/tty',
      // A stopped terminal would hold an ordinary write for ever.
      constants.O_WRONLY | (constants.O_NOCTTY ?? 0) | (constants.O_NONBLOCK ?? 0),
    );
  } catch {
    return undefined;
  }
}

/** Whoever cannot be told is not told, and the exit code says the rest. */
function tell(descriptor: number, text: string): void {
  try {
    writeAll(descriptor, text, patience);
  } catch {}
}
