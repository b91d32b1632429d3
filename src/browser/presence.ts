import type { Hint } from '../errors.ts';
import type { Settings } from '../settings/settings.ts';
import { unset } from '../terminal/advice.ts';
import { terminalName } from '../terminal/terminal.ts';
import { obstacleToDesktop } from './desktop.ts';
import { openerOf } from './opener.ts';
import { agentVariable, ciVariable } from './unattended.ts';
import { visibleTerminal } from './visible-terminal.ts';

/** Whether a person can be asked to sign in from here, and how. */
export interface Presence {
  /** A tab may be opened, or a link shown. */
  interactive: boolean;
  /** A tab can be opened from here: on this machine's desktop, or by a program. */
  desktop: boolean;
  /** The terminal on which the person can read a link. */
  terminal?: string;
  /** Why no person can be asked. */
  obstacle?: string;
  /** What to do about the obstacle, where `login` meets it too. */
  remedy?: Hint;
}

type Asking = Partial<Pick<Settings, 'browser' | 'browserGiven' | 'nonInteractive' | 'deviceCode'>>;

/**
 * Returns how a person can be reached from this process. `asked`: the command itself asks for the sign-in, so
 * a coding agent may run it to ask its person.
 */
export function presence(settings: Asking, env: NodeJS.ProcessEnv, { asked = false } = {}): Presence {
  const forbidden = ruleAgainstTabs(settings, env);
  if (forbidden) return { interactive: false, desktop: false, ...forbidden };
  const agent = asked ? undefined : agentVariable(env);
  if (agent && visibleTerminal(env) === undefined) {
    const obstacle = `${agent} is set, so a coding agent runs this, and there is no terminal`;
    return { interactive: false, desktop: false, obstacle };
  }
  // A device code needs a terminal to read it on, and no browser.
  const desktop = !settings.deviceCode && openerOf(settings.browser, env) !== undefined;
  // With a desktop, a terminal only shows one more line, so skip the slow check whether a person sees it.
  const terminal = desktop ? terminalName() : visibleTerminal(env);
  if (terminal !== undefined) return { interactive: true, desktop, terminal };
  if (desktop) return { interactive: true, desktop };
  const why = settings.deviceCode ? 'daypass_device_code is set,' : `${whyNoDesktop(settings, env)},`;
  return { interactive: false, desktop, obstacle: `${why} and there is no terminal` };
}

/** Returns why a command cannot open a tab here; undefined if it can. */
export function obstacleToTab(settings: Asking, env: NodeJS.ProcessEnv): string | undefined {
  const opener = openerOf(settings.browser, env);
  return ruleAgainstTabs(settings, env)?.obstacle ?? (opener ? undefined : whyNoDesktop(settings, env));
}

/** Returns why no person may be asked, wherever this runs, and the remedy; undefined if nothing forbids it. */
function ruleAgainstTabs(
  { nonInteractive, browserGiven }: Asking,
  env: NodeJS.ProcessEnv,
): { obstacle: string; remedy?: Hint } | undefined {
  if (nonInteractive) return { obstacle: 'daypass_non_interactive is set' };
  // A browser on the command line is meant for this call, wherever it runs.
  const ci = browserGiven ? undefined : ciVariable(env);
  if (!ci) return undefined;
  const advice = `in a CI job, let the CI system's own OIDC token assume the role; on your own machine, ${unset(ci)}`;
  return { obstacle: `${ci} is set, so a CI system runs this`, remedy: { advice, again: true } };
}

function whyNoDesktop({ browser }: Asking, env: NodeJS.ProcessEnv): string {
  if (browser === 'none') return 'daypass_browser is none';
  const why = obstacleToDesktop(env) ?? 'there is no desktop';
  return `${why}${env.BROWSER ? ', and BROWSER names no program that opens a tab' : ''}`;
}
