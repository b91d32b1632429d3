import { appendFileSync } from 'node:fs';
import type { DaypassError } from './errors.ts';
import { withTrace } from './process/crash.ts';
import { version } from './process/program.ts';
import { printable } from './terminal/printable.ts';

/** Appends one line: a step and facts about it, which are code words, counts and durations, never secrets. */
export type Log = (step: string, facts?: Facts) => void;
type Facts = Readonly<Record<string, string | number | boolean | undefined>>;

/** What the first line of each process tells of it; reads a file, so only where there is a log. */
export function aboutProcess(): Readonly<Record<string, string>> {
  return { daypass: version(), node: process.version, system: `${process.platform}-${process.arch}` };
}

/** The log file of `--log`, 0600. Best effort: a call must not fail for its log. */
export function openLog(path: string | undefined, process_: 'reader' | 'renewal' | 'command'): Log {
  if (path === undefined) return () => {};
  return (step, facts = {}) => {
    const words = Object.entries(facts)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => ` ${name}=${printable(String(value), longestFact(name)).replaceAll(' ', '_')}`);
    const at = `${Math.round(process.uptime() * 1000)}ms`;
    const line = `${new Date().toISOString()} ${process.pid} ${process_} ${at} ${step}${words.join('')}\n`;
    try {
      appendFileSync(path, line, { mode: 0o600 });
    } catch {}
  };
}

/** Bytes: a stack is longer than text of foreign origin may be. */
function longestFact(name: string): number {
  return name === 'at' ? 2000 : 300;
}

/** Writes where an unexpected exception was thrown. */
export function logCrash(log: Log, error: DaypassError): void {
  if (error.code === 'internal') log('crashed', { error: error.faults[0], at: withTrace(error).trace });
}
