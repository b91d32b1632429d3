import { processCredentials } from './aws/process-credentials.ts';
import type { Context } from './context.ts';
import { interruption } from './interruption.ts';
import { presence } from './presence.ts';
import { canRenewSilently, freshness } from './session/freshness.ts';
import { readAtOnce } from './session/read-at-once.ts';
import { type CredentialsRecord, parseCredentialsRecord } from './session/records.ts';
import { signInMessage } from './sign-in-message.ts';
import { writeOut, writeTerminal } from './terminal.ts';

/** An expiring session is still good for a moment: a silent renewal may take this long before it is used up instead. */
const shortWait = 8000;

/** The product: print what is stored, else renew and print that. Throws a DaypassError; gives the exit code. */
export async function credentialProcess(context: Context): Promise<number> {
  const look = async () => parseCredentialsRecord(await readAtOnce(context), context.settings);
  const stored = await look();
  const state = stored ? freshness(stored, Date.now()) : 'expired';
  context.log('looked', { found: stored !== undefined, state });

  if (!stored || state === 'expired') return print(await renewed(context, look));
  const silently = canRenewSilently(stored, Date.now());
  if (state === 'expiring' && silently) return print(await renewed(context, look, stored));
  const code = print(stored);
  if (state === 'ageing' && silently) {
    // The client has its answer, so nothing that goes wrong here concerns it.
    const { renewInBackground } = await import('./renewal/start-renewal.ts');
    await renewInBackground(context).catch((error) => context.log('background', { code: error?.code }));
  }
  return code;
}

function print({ credentials, roleArn }: CredentialsRecord): number {
  // A client that is gone gets no message either.
  return writeOut(processCredentials(credentials, roleArn)) ? 0 : 1;
}

/** Waits for a renewal; `usable` credentials are what a failure falls back to, and then no person is asked. */
async function renewed(
  context: Context,
  look: () => Promise<CredentialsRecord | undefined>,
  usable?: CredentialsRecord,
): Promise<CredentialsRecord> {
  const { settings } = context;
  const { requestRenewal } = await import('./renewal/request-renewal.ts');
  const interrupted = interruption();
  const person = usable ? { interactive: false, desktop: false } : presence(settings, context.env);
  const enough = async () => {
    const record = await look();
    return record && freshness(record, Date.now()) !== 'expired' ? record : undefined;
  };
  try {
    return await requestRenewal(context, {
      ...person,
      patience: Math.min(usable ? shortWait : Number.POSITIVE_INFINITY, settings.timeout * 1000),
      look: usable ? look : enough,
      interrupted,
      onLink: ({ link, print, browser }) => {
        if (print) writeTerminal(signInMessage(settings, link, browser));
      },
      onRemark: (text) => writeTerminal(`daypass: ${text}\n`),
    });
  } catch (error) {
    if (usable && !interrupted.aborted) return usable;
    throw error;
  }
}
