import { isatty } from 'node:tty';
import { hasSigns } from './style.ts';
import { isForeground, writeOut } from './terminal.ts';

/** A line at the end of the output that moves while the command waits. */
export interface Spinner {
  /** Clears the line, so that other text can be written there. The line comes back below it. */
  clear(): void;
  /** Clears the line and ends the spinner. */
  stop(): void;
}

/** Milliseconds. */
const frameTime = 120;
/** In a narrower terminal the line could take two rows, of which one would stay. */
const leastColumns = 40;

/** Returns whether stdout is a terminal that obeys the control sequences. */
export function canAnimate(env: NodeJS.ProcessEnv): boolean {
  return isatty(1) && env.TERM !== 'dumb';
}

/**
 * Draws a spinner with this short text and the elapsed time on stdout. It leaves no trace, however the process
 * ends, except by SIGKILL: also at ^C and ^Z. In the background it does not draw.
 */
export function startSpinner(text: string, env = process.env): Spinner {
  const frames = hasSigns(env) ? [...'⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'] : [...'|/-\\'];
  const begun = performance.now();
  let drawn = 0;
  let isShown = false;
  const clear = () => {
    if (isShown) writeOut('\r\x1b[K');
    isShown = false;
  };
  const draw = () => {
    if (!isForeground() || (process.stdout.columns || 80) < leastColumns) return clear();
    const seconds = Math.floor((performance.now() - begun) / 1000);
    const elapsed = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
    isShown = true;
    // The line is cleared to its end, since ^C and typed keys appear behind the text.
    writeOut(`\r${frames[drawn++ % frames.length]} ${text} ${elapsed}\x1b[K`);
  };
  const timer = setInterval(draw, frameTime);
  const dieClean = (signal: NodeJS.Signals) => {
    stop();
    process.kill(process.pid, signal);
  };
  const suspend = () => {
    clear();
    process.once('SIGCONT', resume);
    process.kill(process.pid, 'SIGTSTP');
  };
  const resume = () => void process.once('SIGTSTP', suspend);
  const stop = () => {
    clearInterval(timer);
    clear();
    for (const signal of deadly) process.off(signal, dieClean);
    process.off('SIGINT', stop).off('SIGTSTP', suspend).off('SIGCONT', resume).off('exit', stop);
  };
  for (const signal of deadly) process.once(signal, dieClean);
  // Another listener handles ^C: a program with a listener does not die of it.
  process.once('SIGINT', stop).once('exit', stop);
  if (process.platform !== 'win32') process.once('SIGTSTP', suspend);
  draw();
  return { clear, stop };
}

const deadly: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGQUIT'];
