/** Milliseconds. A person waits, so a program that hangs means that there is no answer. */
const patience = 5000;

const answers = new Map<string, string | undefined>();

/** Asks a program of the system. Returns what it prints on stdout, or undefined if it fails. */
export type Ask = (
  program: string,
  words: readonly string[],
  options?: { ownConsole?: false },
) => string | undefined;

/**
 * Asks a program by its absolute path, once in the life of this process. `ownConsole: false`: on Windows it
 * shares the console of this process, which must have one, or a new window would open.
 */
export const askSystem: Ask = (program, words, { ownConsole = true } = {}) => {
  const question = [program, ...words].join('\n');
  if (answers.has(question)) return answers.get(question);
  // Loaded only here, since a hit must not be able to start anything.
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const { status, stdout } = spawnSync(program, words, {
    stdio: ['ignore', 'pipe', 'ignore'],
    encoding: 'utf8',
    timeout: patience,
    windowsHide: ownConsole,
  });
  const answer = status === 0 ? stdout : undefined;
  answers.set(question, answer);
  return answer;
};

/** Returns the path of a program of Windows. A program of the same name on PATH may be another one. */
export function windowsProgram(path: string, env = process.env): string {
  return `${env.SYSTEMROOT ?? 'C:\\Windows'}\\System32\\${path}`;
}
