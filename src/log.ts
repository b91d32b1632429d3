import { writeSync } from 'node:fs';
import type { DaypassError } from './errors.ts';
import { withTrace } from './process/crash.ts';
import { openLogFile } from './process/log-file.ts';
import { version } from './process/program.ts';
import { printable } from './terminal/printable.ts';

/** Appends one line: a step and facts about it, which are code words, counts and durations, never secrets. */
export type Log = (step: string, facts?: Facts) => void;
type Facts = Readonly<Record<string, string | number | boolean | undefined>>;

/** What the first line of each process tells of it; reads a file, so only where there is a log. */
export function aboutProcess(): Facts {
  const { node, bun } = process.versions as NodeJS.ProcessVersions & { bun?: string };
  return { daypass: version(), node: `v${node}`, bun, system: `${process.platform}-${process.arch}` };
}

type Process = 'reader' | 'renewal' | 'command';

/** Once opened, by its path: a command may open several profiles with one log. */
const files = new Map<string, number | undefined>();

/**
 * Opens the log of `--log` with its first line. Best effort: a call must not fail for its log. `tell` gets
 * the reason why a file is not used, once.
 */
export function openLog(path: string | undefined, process_: Process, tell?: (remark: string) => void): Log {
  if (path === undefined) return () => {};
  return (step, facts = {}) => {
    const words = Object.entries(facts)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => ` ${name}=${printable(String(value), longestFact(name)).replaceAll(' ', '_')}`);
    const at = `${Math.round(process.uptime() * 1000)}ms`;
    const line = `${new Date().toISOString()} ${process.pid} ${process_} ${at} ${step}${words.join('')}\n`;
    if (!files.has(path)) files.set(path, openOrTell(path, tell));
    const file = files.get(path);
    if (file === undefined) return;
    try {
      writeSync(file, line);
    } catch {}
  };
}

function openOrTell(path: string, tell: (remark: string) => void = () => {}): number | undefined {
  try {
    return openLogFile(path);
  } catch (error) {
    tell(`${printable(path)} ${(error as Error).message}, so daypass logs nothing`);
    return undefined;
  }
}

/** Bytes: a stack is longer than text of foreign origin may be. */
function longestFact(name: string): number {
  return name === 'at' ? 2000 : 300;
}

/** Writes where an unexpected exception was thrown. */
export function logCrash(log: Log, error: DaypassError): void {
  if (error.code === 'internal') log('crashed', { error: error.faults[0], at: withTrace(error).trace });
}
