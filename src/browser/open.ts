import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { DaypassError, systemCode } from '../errors.ts';
import { programStart } from '../process/program-start.ts';
import type { Settings } from '../settings/settings.ts';
import { printable } from '../terminal/printable.ts';
import { browserEnvironment } from './environment.ts';
import { type Command, openerOf } from './opener.ts';

/**
 * Passes the link to the configured program, the desktop's browser or the first program of `$BROWSER` that works.
 * It gets no stdio and a short list of variables. Throws `browser-not-started`; a later failure goes to `onFailure`.
 */
export async function openBrowser(
  browser: Settings['browser'],
  link: string,
  { umask, onFailure }: { umask: number; onFailure: (error: DaypassError) => void },
): Promise<void> {
  // A caller on a desktop may have joined a renewal that was started elsewhere.
  const opener = openerOf(browser, process.env) ?? 'desktop';
  const starts: Start[] =
    opener === 'desktop'
      ? [{ name: "the desktop's browser", start: () => startDesktopBrowser(link, umask) }]
      : opener.commands.map((commandFor) => {
          const command = commandFor(link);
          const source = opener.from === 'BROWSER' ? ' in BROWSER' : '';
          const name = `the browser program "${printable(command[0])}"${source}`;
          return { name, start: () => startProgram(command, umask) };
        });
  await startFirst(starts, onFailure);
}

/** One way to open the link, and its name in an error. */
interface Start {
  name: string;
  start: () => Promise<ChildProcess | undefined>;
}

/** Tries one way after another until one works. Throws the error of the last one, as `openBrowser` does. */
async function startFirst([first, ...others]: Start[], onFailure: (error: DaypassError) => void) {
  if (!first) return;
  const failed = (reason: string, cause?: unknown) =>
    new DaypassError('browser-not-started', `${first.name} did not start: ${reason}`, {
      hint: 'set daypass_browser to a program that opens links, or to none to print the link instead',
      cause,
    });
  const failLate = (error: DaypassError) => {
    if (others.length === 0) onFailure(error);
    else startFirst(others, onFailure).catch(onFailure);
  };
  try {
    const child = await first.start();
    child?.once('exit', (code) => {
      if (code) failLate(failed(`it ended with exit code ${code}`));
    });
    child?.on('error', (error) => failLate(failed(systemCode(error) ?? 'unknown error', error)));
  } catch (error) {
    if (others.length > 0) return await startFirst(others, onFailure);
    const code = systemCode(error) ?? 'unknown error';
    const [fault = code] = error instanceof DaypassError ? error.faults : [];
    throw failed(code === 'ENOENT' ? 'there is no such program' : fault, error);
  }
}

/** Starts a program, with `input` as its stdin. */
async function startProgram([program, ...args]: Command, umask: number, input = '') {
  const env = browserEnvironment(process.env);
  const own = process.umask(umask);
  let child: ChildProcess;
  try {
    const stdio: StdioOptions = [input ? 'pipe' : 'ignore', 'ignore', 'ignore'];
    const { file, args: words, options } = programStart(program, args, env);
    child = spawn(file, words, { ...options, env, detached: true, stdio, windowsHide: true });
  } finally {
    process.umask(own);
  }
  child.unref();
  // A program that does not read it closes the pipe.
  child.stdin?.on('error', () => {}).end(input);
  await once(child, 'spawn');
  return child;
}

/** Milliseconds that osascript may take: the link must reach the person some other way. */
const longestScript = 10_000;

/**
 * Opens the link on macOS without an argument that other users can read. Returns whether it worked.
 * Not yet run on a Mac: the tests use a program of this name.
 */
async function openByAppleScript(link: string, umask: number): Promise<boolean> {
  const quoted = link.replace(/["\\]/g, '\\$&');
  try {
    const child = await startProgram(['osascript', '-'], umask, `open location "${quoted}"\n`);
    child.ref();
    const timer = setTimeout(() => child.kill('SIGKILL'), longestScript);
    const [code] = await once(child, 'exit').finally(() => clearTimeout(timer));
    return code === 0;
  } catch {
    return false;
  }
}

/** Resolves when the last start of the desktop's browser is over. */
let lastStart: Promise<unknown> = Promise.resolve();

async function startDesktopBrowser(link: string, umask: number): Promise<ChildProcess | undefined> {
  if (process.platform === 'darwin' && (await openByAppleScript(link, umask))) return undefined;
  const { default: open } = await import('open');
  const start = async () => {
    // `open` takes no environment, and spawns after an await of its own. So starts take turns, and each
    // restores the environment and the umask that it found.
    const [env, own] = [process.env, process.umask(umask)];
    process.env = browserEnvironment(env);
    try {
      return await open(link);
    } finally {
      process.env = env;
      process.umask(own);
    }
  };
  const started = lastStart.then(start);
  lastStart = started.catch(() => {});
  return await started;
}
