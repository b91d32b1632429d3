import { readFileSync } from 'node:fs';
import type { DaypassError } from '../errors.ts';
import { deferred } from './deferred.ts';

/** Milliseconds that local work, such as the deletions of `logout`, has to finish after an exception. */
const grace = 5000;

/** Frames kept: enough to see the way, and the line stays readable. */
const mostFrames = 12;

/** One line of V8's stack: https://v8.dev/docs/stack-trace-api */
const frame =
  /^ {4}at (?:async )?(?:new )?(?:((?:[gs]et )?[\w$.<>#]{1,80})(?: \[as [\w$.<>#]{1,80}\])? \()?((?:file:\/\/|node:|[A-Z]:\\|\/|[\w-]+\.cjs)[^():]*(?::[^():\d][^():]*)?):(\d{1,7}):(\d{1,7})\)?$/;

/**
 * Waits for `work`. An exception that no promise carries, such as one of an event listener, would end the
 * process at once: here the work has 5 s to finish first. Throws that exception, or what `work` throws.
 */
export async function untilCrash<T>(work: Promise<T>): Promise<T> {
  const { crashed, stop } = watchForCrash();
  try {
    return await Promise.race([work, crashed]);
  } catch (error) {
    // The timer keeps the process alive: without it Node could end here, with no error printed.
    const { promise: patience, resolve } = deferred();
    const timer = setTimeout(resolve, grace);
    await Promise.race([work.catch(() => {}), patience]);
    clearTimeout(timer);
    throw error;
  } finally {
    stop();
  }
}

/** `crashed` rejects with the next exception without a promise. Until `stop`, no other watcher gets it. */
export function watchForCrash(): { crashed: Promise<never>; stop: () => void } {
  const { promise, reject } = deferred<never>();
  promise.catch(() => {});
  // A command and the reader are separate bundles: they share the listeners of the process, and no variable.
  const outer = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException').on('uncaughtException', reject);
  const stop = () => {
    process.off('uncaughtException', reject);
    for (const listener of outer) process.on('uncaughtException', listener);
  };
  return { crashed: promise, stop };
}

/** Puts the place where an unexpected exception was thrown into its error, for a process that has a log. */
export function withTrace(error: DaypassError): DaypassError {
  if (error.code !== 'internal') return error;
  try {
    error.trace ??= stackTrace(error.cause);
  } catch {
    // A frame can name anything, such as a file on another host. The error must still be reported.
    error.trace = '';
  }
  return error;
}

// Returns where an exception was thrown, as `function file:line:column` for each frame, the innermost first,
// and no message or value: those can hold tokens. A frame is mapped to `src/` where it has a source map.
function stackTrace(error: unknown): string {
  const { stack, message } = (error ?? {}) as Partial<Error>;
  if (typeof stack !== 'string' || typeof message !== 'string') return '';
  // The message stands before the frames, and its lines may look like frames. A changed one cannot be found.
  const start = stack.indexOf(message);
  if (start < 0) return '';
  const lines = stack.slice(start + message.length).split('\n');
  const frames = lines.map((line) => frame.exec(line)).filter((match) => match !== null);
  return frames
    .slice(0, mostFrames)
    .map(([, name = '', file = '', line, column]) =>
      `${name} ${position(file, Number(line), Number(column))}`.trim(),
    )
    .join(' < ');
}

function position(file: string, line: number, column: number): string {
  if (file.startsWith('node:')) return `${file}:${line}:${column}`;
  // Not imported: a hit needs none.
  const { fileURLToPath } = process.getBuiltinModule('node:url');
  const path = file.startsWith('file:') ? fileURLToPath(file) : file;
  return mapped(path, line, column) ?? `${shortened(path)}:${line}:${column}`;
}

/** The position in `src/`, where the build has a map of this file. */
function mapped(path: string, line: number, column: number): string | undefined {
  try {
    const { SourceMap } = process.getBuiltinModule('node:module');
    const map = new SourceMap(JSON.parse(readFileSync(`${path}.map`, 'utf8')));
    const entry = map.findEntry(line - 1, column - 1);
    if (!('originalSource' in entry)) return undefined;
    const source = entry.originalSource.replace(/^(\.\.\/)+/, '');
    return `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  } catch {
    // A library, the single executable, or a package whose maps were removed.
    return undefined;
  }
}

/** Returns the path below node_modules, or the name of the file alone: a log must not show the home. */
function shortened(path: string): string {
  const parts = path.split(/[\\/]/);
  const library = parts.lastIndexOf('node_modules');
  return parts.slice(library < 0 ? -1 : library + 1).join('/');
}
