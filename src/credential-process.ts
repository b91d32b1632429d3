import { processCredentials } from './aws/process-credentials.ts';
import type { Context } from './context.ts';
import { canRenewSilently, freshness } from './session/freshness.ts';
import { type CredentialsRecord, parseCredentialsRecord } from './session/records.ts';
import { openKeychain, readAnswer } from './store/keychain.ts';
import { keychainUnresponsive } from './store/keychain-error.ts';
import { atOnce } from './store/read-in-process.ts';
import { writeErrorToCaller, writeOut } from './terminal/terminal.ts';

/** A look at the keychain that began before the settings were read. */
export interface Begun {
  account: string;
  /** As keytar gives it. */
  answer: Promise<string | null>;
}

/** The product: print what is stored, else renew and print that. Throws a DaypassError; gives the exit code. */
export async function credentialProcess(context: Context, begun?: Begun): Promise<number> {
  const look = async (text = read(context)) => parseCredentialsRecord(await text, context.settings);
  const stored = await look(
    begun?.account === context.keys.credentials ? readAnswer(begun.answer) : undefined,
  );
  const state = stored ? freshness(stored, Date.now()) : 'expired';
  context.log('looked', { found: stored !== undefined, state });

  const renewed = async (usable?: CredentialsRecord) => {
    const renewal = await import('./request/await-renewal.ts');
    const patience = context.settings.timeout * 1000;
    return await renewal.renewed(context, { look: () => look(), usable, patience });
  };
  if (!stored || state === 'expired') return print(await renewed());
  const silently = canRenewSilently(stored, Date.now());
  if (state === 'expiring' && silently) return print(await renewed(stored));
  const code = print(stored);
  if (state === 'ageing' && silently) {
    // The client has its answer, so nothing that goes wrong here concerns it.
    const { renewInBackground } = await import('./request/start-renewal.ts');
    await renewInBackground(context).catch((error) => context.log('background', { code: error?.code }));
  }
  return code;
}

async function read(context: Context): Promise<string | undefined> {
  const { settings, keys } = context;
  if (settings.store === 'keychain') {
    const keychain = await openKeychain();
    return await atOnce(() => keychain.read(keys.credentials), settings.timeout, tellUnresponsive);
  }
  const { FileStore } = await import('./store/file-store.ts');
  return await new FileStore(context.folder).read(keys.credentials);
}

export function tellUnresponsive(): void {
  writeErrorToCaller(keychainUnresponsive());
}

function print({ credentials, roleArn }: CredentialsRecord): number {
  // A client that is gone gets no message either.
  return writeOut(processCredentials(credentials, roleArn)) ? 0 : 1;
}
