import { type Ask, askSystem, windowsProgram } from './ask-system.ts';

/** How the user of a Windows process logged on: the logon types of LogonUser. */
export type Logon = 'interactive' | 'network' | 'batch' | 'service';

/** https://learn.microsoft.com/windows-server/identity/ad-ds/manage/understand-security-identifiers */
const logons: readonly (readonly [sid: string, logon: Logon])[] = [
  ['S-1-5-2', 'network'],
  ['S-1-5-3', 'batch'],
  ['S-1-5-6', 'service'],
  ['S-1-5-4', 'interactive'],
];

/** The accounts of services, whose tokens need not have a group that names a logon type. */
const serviceAccounts = /"S-1-5-(18|19|20)"/;

/**
 * Returns the logon type of this process; undefined if `whoami` does not show it. It follows from the
 * groups of the token: `whoami` needs no rights, no network and no service, and SIDs do not depend on the language.
 */
export function askLogon(ask: Ask = askSystem): Logon | undefined {
  const groups = ask(windowsProgram('whoami.exe'), ['/user', '/groups', '/fo', 'csv', '/nh']) ?? '';
  const found = logons.find(([sid]) => groups.includes(`"${sid}"`));
  if (found) return found[1];
  return serviceAccounts.test(groups) ? 'service' : undefined;
}

/**
 * Returns the number of the session of a process; 0 is that of the services, which has no visible desktop:
 * https://learn.microsoft.com/windows/win32/services/interactive-services. Undefined if `tasklist` does not show it.
 */
export function askSessionNumber(pid: number, ask: Ask = askSystem): number | undefined {
  // It asks WMI, which a network logon may not use; `query session` is missing in the Home edition.
  const task = ask(windowsProgram('tasklist.exe'), ['/fo', 'csv', '/nh', '/fi', `PID eq ${pid}`]) ?? '';
  const [, session] = /^"[^"]*","\d+","[^"]*","(\d+)"/m.exec(task) ?? [];
  return session === undefined ? undefined : Number(session);
}
