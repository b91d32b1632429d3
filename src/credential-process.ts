import { processCredentials } from './aws/process-credentials.ts';
import type { Context } from './context.ts';
import { canRenewSilently, freshness } from './session/freshness.ts';
import { readAtOnce } from './session/read-at-once.ts';
import { type CredentialsRecord, parseCredentialsRecord } from './session/records.ts';
import { writeOut } from './terminal.ts';

/** The product: print what is stored, else renew and print that. Throws a DaypassError; gives the exit code. */
export async function credentialProcess(context: Context): Promise<number> {
  const look = async () => parseCredentialsRecord(await readAtOnce(context), context.settings);
  const stored = await look();
  const state = stored ? freshness(stored, Date.now()) : 'expired';
  context.log('looked', { found: stored !== undefined, state });

  const renewed = async (usable?: CredentialsRecord) => {
    const renewal = await import('./renewal/renewed.ts');
    const patience = context.settings.timeout * 1000;
    return await renewal.renewed(context, { look, usable, patience });
  };
  if (!stored || state === 'expired') return print(await renewed());
  const silently = canRenewSilently(stored, Date.now());
  if (state === 'expiring' && silently) return print(await renewed(stored));
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
