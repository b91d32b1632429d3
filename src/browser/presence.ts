import type { Settings } from '../settings/settings.ts';
import { terminalName } from '../terminal/terminal.ts';

/** Whether a person can be asked to sign in from here, and how. */
export interface Presence {
  /** A tab may be opened, or a link shown. */
  interactive: boolean;
  /** A tab can be opened on this machine's desktop. */
  desktop: boolean;
  /** The terminal on which the person can read a link. */
  terminal?: string;
}

type Asking = Partial<Pick<Settings, 'browser' | 'nonInteractive' | 'deviceCode'>>;

/** Returns how a person can be reached from this process. */
export function presence(settings: Asking, env: NodeJS.ProcessEnv): Presence {
  const terminal = isCi(env) ? undefined : terminalName();
  // A device code needs a terminal to read it on, and no browser.
  const tab = !settings.deviceCode && opensTab(settings, env);
  return {
    interactive: !settings.nonInteractive && (tab || terminal !== undefined),
    desktop: hasDesktop(env),
    ...(terminal ? { terminal } : {}),
  };
}

/** Returns whether a tab may be opened from here; a configured program counts as a desktop. */
export function opensTab({ browser, nonInteractive = false }: Asking, env: NodeJS.ProcessEnv): boolean {
  return !nonInteractive && browser !== 'none' && (browser !== undefined || hasDesktop(env));
}

/** Returns whether a CI system runs this, so that no person is there. */
export function isCi(env: NodeJS.ProcessEnv): boolean {
  return /^(?!false$|0$)./i.test(env.CI ?? '');
}

/** Returns whether the person sits at another machine, whose browser cannot reach this machine's loopback. */
export function isRemote(env: NodeJS.ProcessEnv): boolean {
  return Boolean(env.SSH_CONNECTION || env.SSH_TTY);
}

function hasDesktop(env: NodeJS.ProcessEnv): boolean {
  if (isCi(env)) return false;
  const remote = isRemote(env);
  if (process.platform === 'darwin' || process.platform === 'win32') return !remote;
  // In WSL the browser is that of Windows, and no display variable is set.
  const wsl = env.WSL_DISTRO_NAME || env.WSL_INTEROP;
  return Boolean(env.DISPLAY || env.WAYLAND_DISPLAY || (wsl && !remote));
}
