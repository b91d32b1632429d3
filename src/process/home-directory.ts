import { createRequire } from 'node:module';
import { DaypassError } from '../errors.ts';
import { assertOwnHome } from './home-owner.ts';

/**
 * Returns the home directory as os.homedir() does, but loads node:os only if HOME is not set. Rejects a
 * relative path: the working directory must not choose the issuer. Throws `bad-configuration`, and
 * `unsafe-environment` for root with the HOME of a person.
 */
export function homeDirectory(env: NodeJS.ProcessEnv): string {
  const { HOME } = env;
  if (process.platform !== 'win32' && HOME) {
    if (!HOME.startsWith('/')) throw noHome('HOME is not an absolute path');
    assertOwnHome(HOME, env);
    return HOME;
  }
  const os: typeof import('node:os') = createRequire(import.meta.url)('node:os');
  try {
    return process.platform === 'win32' ? os.homedir() : os.userInfo().homedir;
  } catch (cause) {
    throw noHome('HOME is not set, and this machine does not know the user', cause);
  }
}

function noHome(fault: string, cause?: unknown): DaypassError {
  return new DaypassError('bad-configuration', fault, { hint: 'set HOME to your home directory', cause });
}
