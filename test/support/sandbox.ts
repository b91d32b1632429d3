import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { executableUnderTest } from './executable-under-test.ts';
import {
  endProcessesWith,
  killProcessesWith,
  pageKeepersWith,
  processesWith,
  type RunningProcess,
} from './processes.ts';
import { startTerminal, type TerminalRun } from './terminal-run.ts';

export type { TerminalRun } from './terminal-run.ts';

/** The built program under test. */
export const daypassPath = fileURLToPath(new URL('../../dist/daypass.cjs', import.meta.url));

/** One way in which daypass is installed. */
export interface Program {
  /** The command that starts it. */
  words: [program: string, ...args: string[]];
  /** Its PATH. */
  path: string;
}

/** daypass as npm installs it. */
export const npmProgram: Program = {
  words: [process.execPath, daypassPath],
  path: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
};

/** What the tests start where they name no other program. */
export const testedProgram: Program = executableUnderTest
  ? { words: [executableUnderTest], path: npmProgram.path }
  : npmProgram;

/** The file of daypass that a link or a line names: the package's bin, or the executable. */
export const daypassFile = executableUnderTest ?? daypassPath;

/** The command of daypass in a `credential_process` line. */
export const daypassCommand = testedProgram.words.join(' ');

export interface RunResult {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  env?: Record<string, string>;
  cwd?: string;
  /** The whole stdin. The default is empty, like /dev/null. */
  stdin?: string;
  /** Milliseconds (180,000) after which SIGKILL ends it. */
  longestMs?: number;
  /** Runs it as this user, which only root can do. */
  as?: { uid: number; gid: number };
}

/** A running child. */
export interface Running {
  pid: number;
  child: ChildProcess;
  /** The output so far. */
  stdout(): string;
  stderr(): string;
  kill(signal?: NodeJS.Signals): void;
  /** Resolves when the child has ended and its stdout and stderr are closed. */
  exit: Promise<RunResult>;
}

export interface Sandbox {
  home: string;
  /** The whole environment of every child. */
  env: Record<string, string>;
  writeConfig(text: string): void;
  /**
   * Runs daypass to its end, with SIGKILL after `timeoutMs` (30,000). Rejects if another process holds its
   * pipes.
   */
  run(args: string[], options?: RunOptions & { timeoutMs?: number }): Promise<RunResult>;
  start(args: string[], options?: RunOptions): Running;
  /** Runs daypass on a pseudo-terminal. Its stdout and stderr are pipes unless `wholly`. */
  runInTerminal(args: string[], options?: { env?: Record<string, string>; wholly?: boolean }): TerminalRun;
  /** Runs another program in the same way. */
  startProgram(words: readonly string[], options?: RunOptions): Running;
  runProgram(words: readonly string[], options?: RunOptions & { timeoutMs?: number }): Promise<RunResult>;
  runProgramInTerminal(
    words: readonly string[],
    options?: { env?: Record<string, string>; wholly?: boolean },
  ): TerminalRun;
  /** Runs Debian's AWS CLI with the config file of this sandbox. */
  runAws(args: string[], env?: Record<string, string>): Promise<RunResult>;
  /** Returns every file below HOME, by its relative path. */
  files(): Record<string, Buffer>;
  /** Returns the running processes with this HOME, detached or not. */
  processes(): RunningProcess[];
  /** Returns the renewals that have ended and only keep the page of their sign-in, for at most 30 s. */
  pageKeepers(): RunningProcess[];
  /**
   * Waits `graceMs` (1000) for processes to end, kills the others, deletes the folder, and returns the
   * processes that it had to kill.
   */
  remove(options?: { graceMs?: number }): Promise<RunningProcess[]>;
}

/** Creates a home for daypass without anything of the developer's environment. */
export async function createSandbox({
  config = '',
  env = {},
  program = testedProgram,
}: {
  config?: string;
  env?: Record<string, string>;
  program?: Program;
} = {}): Promise<Sandbox> {
  const root = await mkdtemp(join(tmpdir(), 'daypass-'));
  const home = join(root, 'home');
  const configFile = join(home, '.aws', 'config');
  mkdirSync(dirname(configFile), { recursive: true, mode: 0o700 });
  const environment = {
    PATH: program.path,
    HOME: home,
    LANG: 'C.UTF-8',
    ...env,
  };
  const ours = `HOME=${home}`;
  const abandon = () => {
    killProcessesWith(ours);
    rmSync(root, { recursive: true, force: true });
  };
  process.once('exit', abandon);
  let terminals = 0;

  const sandbox: Sandbox = {
    home,
    env: environment,
    writeConfig(text) {
      writeFileSync(configFile, text, { mode: 0o600 });
      chmodSync(configFile, 0o600);
    },
    start(args, options = {}) {
      return sandbox.startProgram([...program.words, ...args], options);
    },
    run(args, options = {}) {
      return sandbox.runProgram([...program.words, ...args], options);
    },
    startProgram([file = '', ...args], options = {}) {
      return startChild(file, args, environment, options, home);
    },
    runProgram(words, { timeoutMs = 30_000, ...options } = {}) {
      return withDeadline(sandbox.startProgram(words, options), timeoutMs, words.join(' '));
    },
    runAws(args, extra = {}) {
      const env = { AWS_EC2_METADATA_DISABLED: 'true', AWS_CONFIG_FILE: configFile, AWS_PAGER: '', ...extra };
      return sandbox.runProgram(['/usr/bin/aws', ...args], { env, timeoutMs: 60_000 });
    },
    runInTerminal(args, options) {
      return sandbox.runProgramInTerminal([...program.words, ...args], options);
    },
    runProgramInTerminal(words, options = {}) {
      terminals += 1;
      return startTerminal([...words], {
        // The captured output is beside HOME, so that it does not count as a file of daypass.
        folder: join(root, `terminal-${terminals}`),
        cwd: home,
        env: { ...environment, ...options.env },
        ...(options.wholly ? { wholly: true } : {}),
      });
    },
    files() {
      return filesUnder(home);
    },
    processes() {
      return processesWith(ours);
    },
    pageKeepers() {
      return pageKeepersWith(ours);
    },
    async remove({ graceMs = 1000 } = {}) {
      const leftovers = await endProcessesWith(ours, graceMs);
      process.off('exit', abandon);
      rmSync(root, { recursive: true, force: true });
      return leftovers;
    },
  };
  sandbox.writeConfig(config);
  return sandbox;
}

/** A time limit in milliseconds, longer than the sleep of a laptop in test/soak/. */
const longestRun = 180_000;

/** Starts a program with this environment, in `home` unless the options say otherwise. */
export function startChild(
  program: string,
  args: string[],
  environment: Record<string, string>,
  { env, cwd, stdin, longestMs = longestRun, as }: RunOptions,
  home: string,
): Running {
  const child = spawn(program, args, {
    cwd: cwd ?? home,
    env: { ...environment, ...env },
    ...as,
    // A session of its own hides the terminal from which the tests were started.
    detached: true,
    stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  // A child may end before it reads its stdin.
  child.stdin?.on('error', () => {}).end(stdin);
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout?.on('data', (chunk) => out.push(chunk));
  child.stderr?.on('data', (chunk) => err.push(chunk));
  const stdout = () => Buffer.concat(out).toString();
  const stderr = () => Buffer.concat(err).toString();
  // A child that hangs must not make the test hang.
  const longest = setTimeout(() => child.kill('SIGKILL'), longestMs).unref();
  const exit = new Promise<RunResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(longest);
      resolve({ code, signal, stdout: stdout(), stderr: stderr() });
    });
  });
  return { pid: child.pid ?? 0, child, stdout, stderr, kill: (signal) => void child.kill(signal), exit };
}

/** Waits for the end of a child; SIGKILL after `timeoutMs`. Throws if another process holds its pipes. */
export async function withDeadline(
  { child, exit }: Running,
  timeoutMs: number,
  what: string,
): Promise<RunResult> {
  let held = false;
  const timer = setTimeout(() => {
    held = child.exitCode !== null || child.signalCode !== null;
    child.kill('SIGKILL');
    // Another process that holds the pipes must not delay the test.
    child.stdout?.destroy();
    child.stderr?.destroy();
  }, timeoutMs);
  const result = await exit.finally(() => clearTimeout(timer));
  if (held)
    throw new Error(`${what} ended, but something still held its stdout or stderr ${timeoutMs} ms later`);
  return result;
}

function filesUnder(folder: string): Record<string, Buffer> {
  const files: Record<string, Buffer> = {};
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    try {
      files[relative(folder, path)] = readFileSync(path);
    } catch (error) {
      // A temporary file was renamed or deleted in the meantime.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return files;
}
