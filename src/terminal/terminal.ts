import { closeSync, constants, fstatSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { DaypassError, systemCode } from '../errors.ts';
import { callingClient, clientShowsStderr } from './calling-client.ts';
import { longestHint, printable } from './printable.ts';

// All output of daypass goes through this file, except the questions of `configure` (prompts.ts) and the line
// of a hit (start.ts):
// - stdout: the result of a command, in one write; for credential_process only ever the JSON line;
// - stderr: an error and its hint, only if the exit code is not 0 (C++, Kotlin clients fail on other text);
// - the terminal device: messages that a person must see while a client holds stdout and stderr, and the error
//   of a call whose client may not show stderr.

/** Milliseconds that a message waits for a client that leaves its pipe full, or a terminal stopped by ^S. */
const patience = 2000;
/** Milliseconds between two writes to a pipe that is full. */
const pause = 5;

/** Writes all of `text` before it returns. Returns false if the reader is gone. Throws `io` (a full disk). */
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

/** Translates an error of a write to stdout. Returns undefined if the reader is gone: no text reaches it. */
export function unwritten(error: unknown): DaypassError | undefined {
  // Windows reports EOF.
  if (/^(EPIPE|EOF)$/.test(systemCode(error) ?? '')) return undefined;
  return new DaypassError('io', `cannot write to stdout: ${systemCode(error) ?? 'unknown error'}`, {
    hint: { advice: 'redirect stdout to a writable place with free space', again: true },
    cause: error,
  });
}

/** Blocks this thread for some milliseconds, its event loop too. */
export function block(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/**
 * Writes all of `text` before it returns, in one write if it fits. Waits up to `longest` milliseconds for a
 * full pipe that the client made non-blocking. Throws the system's error.
 */
export function writeAll(descriptor: number, text: string, longest: number): void {
  if (process.platform === 'win32' && writeToConsole(descriptor, text)) return;
  let rest: string | Buffer = text;
  let waited = 0;
  for (;;) {
    try {
      // No Buffer for the first write: a hit needs none. Node accepts both, but in two overloads.
      const written = writeSync(descriptor, rest as string);
      if (written === Buffer.byteLength(rest)) return;
      rest = Buffer.from(rest).subarray(written);
    } catch (error) {
      if (systemCode(error) !== 'EAGAIN' || waited >= longest) throw error;
      // Block instead of using the event loop: the process may be about to exit.
      block(pause);
      waited += pause;
    }
  }
}

/**
 * Writes text to a console of Windows, which reads bytes in the code page of the machine, by WriteConsoleW, and
 * before it returns: libuv's write to a console waits for it. Returns false for ASCII without colours, which is the
 * same in all code pages, and if the descriptor is no console. libuv shows colours on old consoles too.
 * https://learn.microsoft.com/windows/console/writeconsole
 */
function writeToConsole(descriptor: number, text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII has them, and colours begin with \x1b.
  if (/^[\x00-\x1a\x1c-\x7f]*$/.test(text)) return false;
  const { isatty, WriteStream } = process.getBuiltinModule('node:tty');
  if (!isatty(descriptor)) return false;
  // A descriptor of its own, since the stream closes it.
  new WriteStream(openSync(consoleOutput, constants.O_RDWR)).end(text);
  return true;
}

/** For a person who has no profile of daypass. It is the state of a new machine, so it does not look like an error. */
export const notSetUp = `daypass is not set up yet
Set up a profile: daypass configure
All commands: daypass --help
`;

/**
 * Formats an error as a few lines, at most 2 KB: so much fits into every pipe before the client reads it. `paint`
 * colours a first word.
 */
export function formatError(
  error: DaypassError,
  paint: (tone: 'bad' | 'heading', word: string) => string = (_tone, word) => word,
): string {
  if (error.code === 'not-set-up') return notSetUp;
  const lines = error.faults
    .slice(0, 3)
    .map((fault) => `${paint('bad', `daypass: ${error.code}:`)} ${printable(fault)}`);
  const unsaid = error.faults.length - lines.length;
  if (unsaid > 0) lines.push(`and ${unsaid} more${error.allBy ? `: ${error.allBy}` : ''}`);
  if (error.hint) lines.push(`${paint('heading', 'hint:')} ${printable(error.hint, longestHint)}`);
  return `${lines.join('\n')}\n`;
}

/**
 * Writes text to stderr, best effort: a message for a person while a script reads stdout, or an error as JSON while
 * another program owns stdout.
 */
export function writeStderr(text: string): void {
  tell(2, text);
}

/**
 * Writes the error to stderr. Several AWS clients discard that, so it also writes the error to the terminal,
 * unless the client shows it. `isNew` returns whether the terminal has not yet shown this error of the client.
 */
export function writeErrorToCaller(
  error: DaypassError,
  isNew: (client: string, text: string) => boolean = () => true,
): void {
  const text = formatError(error);
  tell(2, text);
  if (process.stderr.isTTY || !hasTerminal()) return;
  const client = callingClient();
  if (clientShowsStderr(client) || (client && !isNew(client.id, text))) return;
  writeTerminal(text);
}

/** Returns whether stdin and the stream that shows it are both a terminal, as a question needs. */
export function canAsk(output: NodeJS.WriteStream = process.stdout): boolean {
  return process.stdin.isTTY === true && output.isTTY === true;
}

/** Returns whether this process has a terminal, even if stdin, stdout and stderr are something else. */
export function hasTerminal(): boolean {
  const terminal = openTerminal();
  if (terminal === undefined) return false;
  closeSync(terminal);
  return true;
}

/** Returns whether ^C at the terminal reaches this process, and so its children, which are in its group. */
export function isForeground(): boolean {
  const [, , group, , , foreground] = processStat() ?? [];
  return group === undefined ? hasTerminal() : group === foreground;
}

/** Writes to the terminal, if there is one. daypass never reads from it: a client may own the keyboard. */
export function writeTerminal(text: string): void {
  const terminal = openTerminal();
  if (terminal === undefined) return;
  tell(terminal, text);
  closeSync(terminal);
}

/** Returns a name that is the same for all processes on a terminal; undefined without a terminal. */
export function terminalName(): string | undefined {
  if (!hasTerminal()) return undefined;
  if (process.platform === 'win32') return `parent ${process.ppid}`;
  const [, , , , terminal] = processStat() ?? [];
  if (terminal !== undefined) return `tty ${terminal}`;
  // Other systems: a client usually leaves one of the three on the terminal. /dev/null is a device too.
  const nothing = statSync('/dev/null').rdev;
  const open = [0, 1, 2].map((descriptor) => fstatSync(descriptor));
  const device = open.find((stats) => stats.isCharacterDevice() && stats.rdev !== nothing);
  return device ? `tty ${device.rdev}` : `parent ${process.ppid}`;
}

/** Returns state, parent, group, session, terminal, its foreground group, … of proc(5). Linux only. */
function processStat(): string[] | undefined {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

/** The console of this process. Open it for reading too: Windows reports that it is a console only then. */
const consoleOutput = '\\\\.\\CONOUT$';

/** Opens the terminal device to write to it. Returns undefined if there is none. */
export function openTerminal(): number | undefined {
  try {
    if (process.platform === 'win32') return openSync(consoleOutput, constants.O_RDWR);
    // An ordinary write to a stopped terminal would block for ever.
    return openSync('/dev/tty', constants.O_WRONLY | constants.O_NOCTTY | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
}

/** Best effort: if the write fails, the exit code still reports the outcome. */
function tell(descriptor: number, text: string): void {
  try {
    writeAll(descriptor, text, patience);
  } catch {}
}
