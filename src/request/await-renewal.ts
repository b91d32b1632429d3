import { presence } from '../browser/presence.ts';
import type { Context } from '../context.ts';
import { interruptible } from '../process/interrupt.ts';
import type { CredentialsRecord } from '../session/records.ts';
import { signedInLine } from '../session/summary.ts';
import { terminalColumns } from '../terminal/columns.ts';
import { mark, sign } from '../terminal/style.ts';
import { writeTerminal } from '../terminal/terminal.ts';
import { OpenSignIn } from './open-sign-in.ts';
import { type RenewalRequest, requestRenewal } from './request-renewal.ts';

/** Milliseconds that a caller with usable credentials waits for a silent renewal before it prints those. */
const shortWait = 8000;

interface Wait extends Pick<RenewalRequest, 'look' | 'patience'> {
  /** A caller with usable credentials asks no person, and gets these if the renewal fails. */
  fallback: CredentialsRecord | undefined;
  /** A person typed the command. The terminal of an AWS client gets no colour and no spinner. */
  isCommand: boolean;
}

/** Waits for a renewal, and shows its sign-in and remarks on the terminal. Throws a DaypassError. */
export async function awaitRenewal(
  context: Context,
  { look, fallback, patience, isCommand }: Wait,
): Promise<CredentialsRecord> {
  const { settings, env } = context;
  const person = fallback ? { interactive: false, desktop: false } : presence(settings, env);
  const place = { write: writeTerminal, columns: terminalColumns, patience, isCommand };
  const open = new OpenSignIn(context, place);
  let identity: string | undefined;
  return await interruptible(async (interrupted) => {
    try {
      const record = await requestRenewal(context, {
        ...person,
        patience: fallback ? Math.min(shortWait, patience) : patience,
        look,
        interrupted,
        onLink: (event, { joined }) => {
          if (!event.print) return;
          open.show(event, joined);
          open.animate();
        },
        onRemark: (text) => open.tell(`daypass: ${text}\n`),
        onSignedIn: (name) => {
          identity = name;
        },
      });
      open.rest();
      // The terminal has the link once, and so this line.
      const done = isCommand ? mark('good') : sign('good');
      if (open.printed) open.tell(`${done} ${signedInLine(identity ?? record.sub, record, Date.now())}\n`);
      return record;
    } catch (error) {
      if (fallback && !interrupted.aborted) return fallback;
      throw error;
    } finally {
      open.rest();
    }
  });
}
