/** Milliseconds. A person is waiting, so a program that hangs counts as one that fails. */
const patience = 5000;

const answers = new Map<string, string | undefined>();

/** Runs a program of the system. Returns its stdout, or undefined if it fails. */
export type Ask = (
  program: string,
  words: readonly string[],
  options?: { ownConsole?: false },
) => string | undefined;

/**
 * Runs a program by its absolute path, once in the life of this process. `ownConsole: false`: on Windows the
 * program shares the console of this process. If this process has none, Windows opens a new window.
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

/** Returns the absolute path of a Windows program, because a program of the same name on PATH may be another one. */
export function windowsProgram(path: string, env = process.env): string {
  return `${env.SYSTEMROOT ?? 'C:\\Windows'}\\System32\\${path}`;
}
