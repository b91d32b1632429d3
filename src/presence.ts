import type { Settings } from './settings/settings.ts';
import { terminalName } from './terminal.ts';

/** Whether a person can be asked to sign in from here, and how. */
export interface Presence {
  /** A tab may be opened or a link shown. */
  interactive: boolean;
  /** A tab can be opened on this machine's desktop. */
  desktop: boolean;
  /** The terminal on which a link is read. */
  terminal?: string;
}

export function presence(
  { browser, nonInteractive }: Pick<Settings, 'browser' | 'nonInteractive'>,
  env: NodeJS.ProcessEnv,
): Presence {
  const ci = /^(?!false$|0$)./i.test(env.CI ?? '');
  const terminal = ci ? undefined : terminalName();
  const desktop = !ci && hasDesktop(env);
  const program = typeof browser === 'object';
  const someone = browser === 'none' ? terminal !== undefined : desktop || terminal !== undefined;
  return { interactive: !nonInteractive && (program || someone), desktop, ...(terminal ? { terminal } : {}) };
}

function hasDesktop(env: NodeJS.ProcessEnv): boolean {
  const remote = Boolean(env.SSH_CONNECTION || env.SSH_TTY);
  if (process.platform === 'darwin' || process.platform === 'win32') return !remote;
  // In WSL the browser is that of Windows, and no display variable tells of it.
  return Boolean(env.DISPLAY || env.WAYLAND_DISPLAY || (env.WSL_DISTRO_NAME && !remote));
}
