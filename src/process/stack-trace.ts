import { readFileSync } from 'node:fs';
import type { DaypassError } from '../errors.ts';

/** Frames kept: enough to see the way, and the line stays readable. */
const mostFrames = 12;

/** One line of V8's stack: https://v8.dev/docs/stack-trace-api */
const frame =
  /^ {4}at (?:async )?(?:new )?(?:((?:[gs]et )?[\w$.<>#]{1,80})(?: \[as [\w$.<>#]{1,80}\])? \()?((?:file:\/\/|node:|[A-Z]:\\|\/|[\w-]+\.cjs)[^():]*(?::[^():\d][^():]*)?):(\d{1,7}):(\d{1,7})\)?$/;

/** Puts the place where an unexpected exception was thrown into its error, so that a report carries it to a process with a log. */
export function withTrace(error: DaypassError): DaypassError {
  if (error.code !== 'internal') return error;
  try {
    error.trace ??= stackTrace(error.cause);
  } catch {
    // A frame can name anything, such as a file on another host. The error itself must still be reported.
    error.trace = '';
  }
  return error;
}

/**
 * Returns where an exception was thrown, as `function file:line:column` for each frame, the innermost first. It has no message and no
 * value: those can hold tokens. A frame of the build is mapped to `src/` where its source map lies beside it.
 */
export function stackTrace(error: unknown): string {
  const { stack, message } = (error ?? {}) as Partial<Error>;
  if (typeof stack !== 'string' || typeof message !== 'string') return '';
  // The message stands before the frames and may have lines that look like frames. One that was changed since cannot be found.
  const start = stack.indexOf(message);
  if (start < 0) return '';
  const frames = stack
    .slice(start + message.length)
    .split('\n')
    .map((line) => frame.exec(line))
    .filter((match) => match !== null)
    .slice(0, mostFrames);
  return frames
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

/** Returns the path below node_modules, or the name of the file alone: a log must not show the home directory. */
function shortened(path: string): string {
  const parts = path.split(/[\\/]/);
  const library = parts.lastIndexOf('node_modules');
  return parts.slice(library < 0 ? -1 : library + 1).join('/');
}
