import { presence } from '../browser/presence.ts';
import type { Context } from '../context.ts';
import { interruptible } from '../process/interrupt.ts';
import { freshness } from '../session/freshness.ts';
import type { CredentialsRecord } from '../session/records.ts';
import { writeTerminal } from '../terminal/terminal.ts';
import { requestRenewal } from './request-renewal.ts';
import { signInMessage } from './sign-in-message.ts';

/** An expiring session is still good for a moment: a silent renewal may take this long before it is used up instead. */
const shortWait = 8000;

/**
 * Waits for a renewal, with what a person must know told on the terminal. `usable` credentials are what a failure falls back to, and
 * then no person is asked. `patience` is in milliseconds. Throws a DaypassError.
 */
export async function renewed(
  context: Context,
  {
    look,
    usable,
    patience,
  }: {
    look: () => Promise<CredentialsRecord | undefined>;
    usable: CredentialsRecord | undefined;
    patience: number;
  },
): Promise<CredentialsRecord> {
  const { settings } = context;
  const person = usable ? { interactive: false, desktop: false } : presence(settings, context.env);
  const enough = async () => {
    const record = await look();
    return record && freshness(record, Date.now()) !== 'expired' ? record : undefined;
  };
  return await interruptible(async (interrupted) => {
    try {
      return await requestRenewal(context, {
        ...person,
        patience: Math.min(usable ? shortWait : Number.POSITIVE_INFINITY, patience),
        look: usable ? look : enough,
        interrupted,
        onLink: (event) => {
          if (event.print) writeTerminal(signInMessage(settings, event, context.env));
        },
        onRemark: (text) => writeTerminal(`daypass: ${text}\n`),
      });
    } catch (error) {
      if (usable && !interrupted.aborted) return usable;
      throw error;
    }
  });
}
