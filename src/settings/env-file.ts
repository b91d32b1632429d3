import { parseEnv } from 'node:util';
import { DaypassError } from '../errors.ts';
import { readFileIfAny } from '../process/files.ts';
import { readPipe } from '../process/read-pipe.ts';
import { environmentOf } from '../process/variables.ts';
import { printable } from '../terminal/printable.ts';

const seconds = 5;
const most = 1_048_576;

/** What each pipe held: it can be read only once, and some commands read the settings twice. */
const pipes = new Map<string, Buffer>();

/**
 * Returns the variables in the file of `--env-file`, which may be a pipe: a shell makes one of `<(…)`. Throws
 * `bad-configuration` or `io`.
 */
export function readEnvFile(path: string): NodeJS.ProcessEnv {
  const content = pipes.get(path) ?? readFileIfAny(path, (pipe) => readOnce(path, pipe));
  if (content === undefined) {
    throw new DaypassError('bad-configuration', `--env-file: ${printable(path)} does not exist`, {
      hint: 'give the path of an existing file',
    });
  }
  return environmentOf(Object.entries(parseEnv(content.toString())));
}

function readOnce(path: string, pipe: number): Buffer {
  // The writer of `<(…)` has the pipe open before daypass starts, and may have ended already.
  const isWritten = /^\/(dev|proc)\//.test(path);
  const content = readPipe(pipe, { longest: seconds * 1000, most, isWritten });
  if (!content)
    throw unusable(path, `did not end within ${seconds} s and 1 MiB`, 'close it after the last line');
  // Node reads --env-file itself, even behind the script: https://github.com/nodejs/node/issues/54232
  if (content.length === 0)
    throw unusable(
      path,
      'is empty',
      'start daypass with node -- FILE, since Node itself empties a pipe otherwise',
    );
  pipes.set(path, content);
  return content;
}

function unusable(path: string, fault: string, remedy: string): DaypassError {
  return new DaypassError('bad-configuration', `--env-file: the pipe ${printable(path)} ${fault}`, {
    hint: `give the path of a file, or ${remedy}`,
  });
}
