import { isatty } from 'node:tty';
import { type Ask, askSystem, windowsProgram } from '../process/ask-system.ts';
import { terminalName } from '../terminal/terminal.ts';
import { isRemote, obstacleToDesktop } from './desktop.ts';

/** The inputs beside the environment. */
interface Console {
  platform: NodeJS.Platform;
  ask: Ask;
  /** One of stdin, stdout and stderr is a console. */
  hasStream: boolean;
}

/**
 * Returns the name of the terminal on which a person reads the output of daypass; undefined without one. On
 * Windows it may ask a program, which takes half a second, so a hit must not.
 */
export function visibleTerminal(env: NodeJS.ProcessEnv): string | undefined {
  const name = terminalName();
  return name !== undefined && isConsoleHidden(env) ? undefined : name;
}

/**
 * Returns whether no person sees the Windows console of this process. A service, and a program without a
 * console that starts another with CREATE_NO_WINDOW (`windowsHide` in Node), give it one that has no window.
 */
export function isConsoleHidden(
  env: NodeJS.ProcessEnv,
  { platform, ask, hasStream }: Console = thisConsole(),
): boolean {
  if (platform !== 'win32') return false;
  // OpenSSH makes a pseudoconsole where the person's client asks for a terminal.
  if (isRemote(env)) return !env.SSH_TTY && !hasStream;
  if (obstacleToDesktop(env, { platform, ask, hasTerminal: () => true })) return true;
  return !hasStream && !isWindowSeen(askWindow(ask));
}

function thisConsole(): Console {
  return { platform: process.platform, ask: askSystem, hasStream: [0, 1, 2].some(isatty) };
}

const script = [
  `$w = Add-Type -PassThru -Name Console -Namespace Daypass -MemberDefinition '`,
  '[DllImport("kernel32.dll")] public static extern System.IntPtr GetConsoleWindow();',
  '[DllImport("user32.dll")] public static extern bool IsWindowVisible(System.IntPtr w);',
  '[DllImport("user32.dll", CharSet = CharSet.Unicode)]',
  ' public static extern int GetClassName(System.IntPtr w, System.Text.StringBuilder name, int size);',
  `'; $h = $w::GetConsoleWindow(); $c = New-Object Text.StringBuilder 64;`,
  '[void]$w::GetClassName($h, $c, 64); ($h, $w::IsWindowVisible($h), $c) -join [char]32',
].join('');

/** Returns the handle, the visibility and the class of the window of the console that PowerShell shares. */
export function askWindow(ask: Ask): string | undefined {
  const powerShell = windowsProgram('WindowsPowerShell\\v1.0\\powershell.exe');
  return ask(powerShell, ['-NoProfile', '-NonInteractive', '-Command', script], { ownConsole: false });
}

/**
 * Returns whether a person sees the window. The one of a pseudoconsole (Windows Terminal, VS Code) is always
 * invisible, because the terminal has a window of its own:
 * https://learn.microsoft.com/windows/console/getconsolewindow. Without an answer, it assumes yes.
 */
export function isWindowSeen(answer: string | undefined): boolean {
  const [, handle, visible, name] = /^(\d+) (True|False) ?(\w*)/.exec(answer ?? '') ?? [];
  if (handle === undefined) return true;
  return handle !== '0' && (visible === 'True' || name === 'PseudoConsoleWindow');
}
