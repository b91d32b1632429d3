import { posix } from 'node:path';
import { ancestor } from './calling-client.ts';

/**
 * Returns the shell that called daypass by its name, such as `zsh`, or else the person's login shell. Windows shows
 * no caller: there it is PowerShell, unless another shell names itself.
 */
export function callingShell(env: NodeJS.ProcessEnv): string {
  const login = nameOf(posix.basename((env.SHELL ?? '').replaceAll('\\', '/')));
  if (process.platform === 'win32') return login || 'powershell';
  try {
    const parent = nameOf(ancestor(process.ppid).program);
    return /sh$|^powershell$/.test(parent) ? parent : login;
  } catch {
    return login;
  }
}

/** Returns the name alone: `zsh` for the `-zsh-5.9` of a login shell. */
function nameOf(program: string): string {
  const name = /^-?([a-z]+)/i.exec(program)?.[1]?.toLowerCase() ?? '';
  return name === 'pwsh' ? 'powershell' : name;
}
