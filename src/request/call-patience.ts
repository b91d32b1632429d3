import { visibleTerminal } from '../browser/visible-terminal.ts';
import type { Settings } from '../settings/settings.ts';
import { callerIsPatient } from '../terminal/patient-caller.ts';
import { toTheEnd } from './protocol.ts';

/**
 * Returns the milliseconds that a credential_process call waits for a sign-in: by its settings, else to the end
 * where a person sees the link and the caller is known to wait. Others get an error before Go's SDK kills them.
 */
export function callPatience({ timeout, timeoutGiven }: Settings, env: NodeJS.ProcessEnv): number {
  const waits = !timeoutGiven && visibleTerminal(env) !== undefined && callerIsPatient();
  return waits ? toTheEnd : timeout * 1000;
}
