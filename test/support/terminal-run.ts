import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A program on a pseudo-terminal. Its stdout and stderr are usually pipes, as under AWS clients. */
export interface TerminalRun {
  /** The text of the terminal so far. */
  terminalText(): string;
  /**
   * Resolves with a match of the terminal's text. Rejects after `timeoutMs` (40,000) or when the program
   * ends.
   */
  waitForTerminal(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>;
  /** Types a text, for example '\x03' for ^C. */
  type(keys: string): void;
  /** Closes the terminal's window. */
  hangUp(): void;
  /** The exit code of the shell: 128 plus the signal number if a signal ended the program. */
  exit: Promise<{ code: number | null; stdout: string; stderr: string; terminal: string }>;
}

/** Runs `command` with `script` of util-linux, in the foreground of a real pseudo-terminal. */
export function startTerminal(
  command: string[],
  {
    folder,
    cwd,
    env,
    wholly = false,
    as,
  }: {
    folder: string;
    cwd: string;
    env: Record<string, string>;
    /** Connects stdout and stderr to the terminal too, as when a person types the command. */
    wholly?: boolean;
    /** Runs it as this user, which only root can do. It must then be `wholly` on the terminal. */
    as?: { uid: number; gid: number };
  },
): TerminalRun {
  mkdirSync(folder);
  const stdout = join(folder, 'stdout');
  const stderr = join(folder, 'stderr');
  for (const file of [stdout, stderr]) writeFileSync(file, '');
  const away = wholly ? '' : ` >${quoted(stdout)} 2>${quoted(stderr)}`;
  const line = `exec ${command.map(quoted).join(' ')}${away}`;
  const script = spawn('script', ['-qefc', line, '/dev/null'], {
    cwd,
    // Only the tests of colours are about them.
    env: { NO_COLOR: '1', TERM: 'xterm', ...env, SHELL: '/bin/sh' },
    detached: true,
    ...as,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const shown: Buffer[] = [];
  let ended = false;
  const terminalText = () => Buffer.concat(shown).toString();
  script.stdout.on('data', (chunk) => shown.push(chunk));
  script.stdin.on('error', () => {});

  const exit = new Promise<Awaited<TerminalRun['exit']>>((resolve, reject) => {
    script.once('error', reject);
    script.once('close', (code) => {
      ended = true;
      const [out, err] = [stdout, stderr].map((file) => readFileSync(file, 'utf8'));
      resolve({ code, stdout: out ?? '', stderr: err ?? '', terminal: terminalText() });
    });
  });

  return {
    terminalText,
    exit,
    waitForTerminal(pattern, timeoutMs = 40_000) {
      return new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(terminalText());
          if (match) settle(() => resolve(match));
        };
        const fail = (why: string) =>
          settle(() => reject(new Error(`${why}, and the terminal has no ${pattern}:\n${terminalText()}`)));
        const over = () => fail('the program ended');
        const timer = setTimeout(() => fail(`${timeoutMs} ms passed`), timeoutMs);
        function settle(action: () => void): void {
          clearTimeout(timer);
          script.stdout.off('data', look);
          script.off('close', over);
          action();
        }
        script.stdout.on('data', look);
        script.once('close', over);
        look();
        if (ended) over();
      });
    },
    type(keys) {
      script.stdin.write(keys);
    },
    hangUp() {
      script.kill('SIGKILL');
    },
  };
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
