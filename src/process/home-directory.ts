import { createRequire } from 'node:module';
import { DaypassError } from '../errors.ts';
import { homeVariable } from '../terminal/advice.ts';
import { assertOwnHome } from './home-owner.ts';

/**
 * Returns the home directory as os.homedir() does, but loads node:os only if the environment does not name it.
 * Rejects a relative path, also of LOCALAPPDATA: the working directory must not choose the issuer or the lock.
 * Throws `bad-configuration`, and `unsafe-environment` for root with the HOME of a person.
 */
export function homeDirectory(env: NodeJS.ProcessEnv): string {
  const isWindows = process.platform === 'win32';
  if (isWindows) for (const name of ['USERPROFILE', 'LOCALAPPDATA']) assertFullPath(name, env[name]);
  const home = env[homeVariable()];
  if (home) {
    if (isWindows) return home;
    if (!home.startsWith('/')) throw noHome('HOME is not an absolute path');
    assertOwnHome(home, env);
    return home;
  }
  const os: typeof import('node:os') = createRequire(import.meta.url)('node:os');
  try {
    return isWindows ? os.homedir() : os.userInfo().homedir;
  } catch (cause) {
    throw noHome(`${homeVariable()} is not set, and this machine does not know the user`, cause);
  }
}

/**
 * Accepts a drive with a path from its root, and a share: `C:x` and `\\x` depend on the working directory.
 * https://learn.microsoft.com/windows/win32/fileio/naming-a-file#fully-qualified-vs-relative-paths
 */
function assertFullPath(name: string, path: string | undefined): void {
  if (!path || /^([a-z]:[\\/]|[\\/]{2}[^\\/])/i.test(path)) return;
  throw new DaypassError('bad-configuration', `${name} is not an absolute path`, {
    hint: `set ${name} to a path that begins with a drive, such as C:\\`,
  });
}

function noHome(fault: string, cause?: unknown): DaypassError {
  const hint = `set ${homeVariable()} to your home directory`;
  return new DaypassError('bad-configuration', fault, { hint, cause });
}
