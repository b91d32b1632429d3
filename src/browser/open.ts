import { spawn } from 'node:child_process';
import { DaypassError, systemCode } from '../errors.ts';
import { childEnvironment } from '../process/child-environment.ts';
import type { Settings } from '../settings/settings.ts';
import { printable } from '../terminal/printable.ts';

/**
 * Hands the link to the configured program, or to the desktop's browser. It gets no stdio and no secret of the environment.
 * Throws `browser-not-started`; a later failure goes to `onFailure`.
 */
export async function openBrowser(
  browser: Settings['browser'],
  link: string,
  { umask, onFailure }: { umask: number; onFailure: (error: DaypassError) => void },
): Promise<void> {
  const what =
    typeof browser === 'object' ? `browser program "${printable(browser[0])}"` : "desktop's browser";
  const failed = (reason: string, cause?: unknown) =>
    new DaypassError('browser-not-started', `the ${what} did not start: ${reason}`, {
      hint: 'set daypass_browser to a program that opens links, or to none to have the link printed',
      cause,
    });
  // `open` takes no environment. For good, as another tab may be opening at the same time; of what is left out daypass reads nothing any more.
  process.env = childEnvironment(process.env);
  process.umask(umask);
  try {
    const child =
      typeof browser === 'object'
        ? await startProgram(browser, link)
        : await (await import('open')).default(link);
    child.once('exit', (code) => {
      if (code) onFailure(failed(`it ended with exit code ${code}`));
    });
    child.on('error', (error) => onFailure(failed(systemCode(error) ?? 'unknown error', error)));
  } catch (error) {
    throw failed(
      systemCode(error) === 'ENOENT' ? 'there is no such program' : (systemCode(error) ?? 'unknown error'),
      error,
    );
  } finally {
    process.umask(0o077);
  }
}

function startProgram([program, ...args]: readonly [string, ...string[]], link: string) {
  const child = spawn(program, [...args, link], { detached: true, stdio: 'ignore', windowsHide: true });
  child.unref();
  return new Promise<typeof child>((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve(child));
  });
}
