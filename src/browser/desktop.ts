import { type Ask, askSystem } from '../process/ask-system.ts';
import { askLogon, askSessionNumber } from '../process/windows-session.ts';
import { hasTerminal } from '../terminal/terminal.ts';

/** The inputs beside the environment. */
export interface System {
  platform: NodeJS.Platform;
  ask: Ask;
  hasTerminal: () => boolean;
}

const thisSystem = (): System => ({ platform: process.platform, ask: askSystem, hasTerminal });

/** Returns whether the person sits at another machine, whose browser cannot reach this machine's loopback. */
export function isRemote(env: NodeJS.ProcessEnv): boolean {
  return Boolean(env.SSH_CONNECTION || env.SSH_TTY);
}

/**
 * Returns why no person would see a browser that this process starts on the desktop; undefined if a person
 * would. On macOS, and on Windows without SESSIONNAME, it asks a program of the system, so a hit must not.
 */
export function obstacleToDesktop(env: NodeJS.ProcessEnv, system = thisSystem()): string | undefined {
  if (system.platform === 'win32') return isRemote(env) ? noDesktop : windowsObstacle(env, system);
  if (system.platform === 'darwin') return isRemote(env) ? noDesktop : macObstacle(env, system);
  // In WSL the browser is that of Windows, and no display variable is set.
  const wsl = env.WSL_DISTRO_NAME || env.WSL_INTEROP;
  return env.DISPLAY || env.WAYLAND_DISPLAY || (wsl && !isRemote(env)) ? undefined : noDesktop;
}

const noDesktop = 'there is no desktop';

/** A task of the Task Scheduler that runs "only when user is logged on" is an interactive logon. */
const withoutDesktop = {
  service: 'this runs in a Windows service, which has no desktop',
  batch: 'this runs in a scheduled task, which has no desktop',
  network: 'this is a remote shell (WinRM, OpenSSH), which has no desktop',
} as const;

/**
 * Windows sets SESSIONNAME only in the session of a person (Console, RDP-Tcp#0), but not for every program there.
 * Without it, the token and the number of the session decide.
 */
function windowsObstacle({ SESSIONNAME: session }: NodeJS.ProcessEnv, { ask }: System): string | undefined {
  if (session) return /^services$/i.test(session) ? withoutDesktop.service : undefined;
  const logon = askLogon(ask);
  if (logon && logon !== 'interactive') return withoutDesktop[logon];
  // A service can log a user on interactively. Such a process stays in the session of the services.
  return askSessionNumber(process.pid, ask) === 0 ? withoutDesktop.service : undefined;
}

/**
 * launchd has a domain for each login: `Aqua` has the desktop; `Background` (SSH, cron), `System` (daemons)
 * and `LoginWindow` have none (launchctl(1), `managername`; Apple's Technical Note TN2083). A launch agent
 * runs in Aqua too, but on a schedule: launchd names its job in XPC_SERVICE_NAME. There it is `0` for a
 * program of a terminal, and `application.…` for one of an app.
 */
function macObstacle(env: NodeJS.ProcessEnv, system: System): string | undefined {
  // tmux and screen move their server out of Aqua, also on the desktop, where their programs can open a tab:
  // https://github.com/tmux/tmux/pull/1434
  if ((env.TMUX || env.STY) && system.hasTerminal()) return undefined;
  const { XPC_SERVICE_NAME: job } = env;
  const domain = system.ask('/bin/launchctl', ['managername'])?.trim();
  if (domain && domain !== 'Aqua') return `there is no desktop in the launchd domain ${domain}`;
  // A person may have a terminal in a job, such as one of a terminal emulator.
  const isJob = job && job !== '0' && !job.startsWith('application.') && !system.hasTerminal();
  return isJob ? 'launchd runs this as a job (XPC_SERVICE_NAME), which has no desktop' : undefined;
}
