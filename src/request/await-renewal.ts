import { presence } from '../browser/presence.ts';
import type { Context } from '../context.ts';
import { interruptible } from '../process/interrupt.ts';
import type { CredentialsRecord } from '../session/records.ts';
import { writeTerminal } from '../terminal/terminal.ts';
import { requestRenewal } from './request-renewal.ts';
import { signInMessage } from './sign-in-message.ts';

/** Milliseconds that a caller with usable credentials waits for a silent renewal before it prints those. */
const shortWait = 8000;

/**
 * Waits for a renewal, at most `patience` milliseconds, and writes links and remarks to the terminal. A
 * caller with a `fallback` asks no person, and returns the fallback if the renewal fails. `look` reads the
 * usable credentials. Throws a DaypassError.
 */
export async function awaitRenewal(
  context: Context,
  {
    look,
    fallback,
    patience,
  }: {
    look: () => Promise<CredentialsRecord | undefined>;
    fallback: CredentialsRecord | undefined;
    patience: number;
  },
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
