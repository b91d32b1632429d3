import { presence } from '../browser/presence.ts';
import type { Context } from '../context.ts';
import { interruptible } from '../process/interrupt.ts';
import type { CredentialsRecord } from '../session/records.ts';
import { writeTerminal } from '../terminal/terminal.ts';
import { type RenewalRequest, requestRenewal } from './request-renewal.ts';
import { signInMessage } from './sign-in-message.ts';

/** Milliseconds that a caller with usable credentials waits for a silent renewal before it prints those. */
const shortWait = 8000;

interface Wait extends Pick<RenewalRequest, 'look' | 'patience'> {
  /** A caller with usable credentials asks no person, and gets these if the renewal fails. */
  fallback: CredentialsRecord | undefined;
}

/** Waits for a renewal, and writes links and remarks to the terminal. Throws a DaypassError. */
export async function awaitRenewal(
  context: Context,
  { look, fallback, patience }: Wait,
): Promise<CredentialsRecord> {
  const { settings, env } = context;
  const person = fallback ? { interactive: false, desktop: false } : presence(settings, env);
  return await interruptible(async (interrupted) => {
    try {
      return await requestRenewal(context, {
        ...person,
        patience: fallback ? Math.min(shortWait, patience) : patience,
        look,
        interrupted,
        onLink: (event) => {
          if (event.print) writeTerminal(signInMessage(settings, event, env));
        },
        onRemark: (text) => writeTerminal(`daypass: ${text}\n`),
      });
    } catch (error) {
      if (fallback && !interrupted.aborted) return fallback;
      throw error;
    }
  });
}
