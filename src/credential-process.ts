import { processCredentials } from './aws/process-credentials.ts';
import type { Context } from './context.ts';
import { canRenewSilently, storedCredentials } from './session/freshness.ts';
import type { CredentialsRecord } from './session/records.ts';
import { openKeychain, readAnswer } from './store/keychain.ts';
import { KeysDiffer } from './store/keychain-error.ts';
import { keychainUnresponsive, readInProcess } from './store/keytar.ts';
import { writeErrorToCaller, writeOut } from './terminal/terminal.ts';

/** A read of the keychain that began before the settings were loaded. */
export interface PendingRead {
  account: string;
  /** The result of keytar's `getPassword`. */
  answer: Promise<string | null>;
}

/** Prints the stored credentials, else renews and prints the new ones. Returns the exit code. */
export async function credentialProcess(context: Context, pending?: PendingRead): Promise<number> {
  const { settings, log } = context;
  const look = async (begun?: PendingRead) => storedCredentials(await read(context, begun), settings);
  const { record, state, usable } = await look(pending);
  log('looked', { found: record !== undefined, state });

  const renew = async (fallback?: CredentialsRecord) => {
    const { awaitRenewal } = await import('./request/await-renewal.ts');
    const patience = settings.timeout * 1000;
    return await awaitRenewal(context, { look: async () => (await look()).usable, fallback, patience });
  };
  if (!usable) return print(await renew());
  const silently = canRenewSilently(usable, Date.now());
  if (state === 'expiring' && silently) return print(await renew(usable));
  const code = print(usable);
  if (state === 'ageing' && silently) {
    // The client has its answer, so an error of the background renewal only goes to the log.
    const { renewInBackground } = await import('./request/start-renewal.ts');
    await renewInBackground(context).catch((error) => log('background', { code: error?.code }));
  }
  return code;
}

async function read(context: Context, pending?: PendingRead): Promise<string | undefined> {
  const { settings, keys, folder } = context;
  if (settings.store === 'file') {
    const { FileStore } = await import('./store/file-store.ts');
    return await new FileStore(folder).read(keys.credentials);
  }
  let differs = false;
  try {
    const begun = pending?.account === keys.credentials ? pending : undefined;
    const text = await (begun ? readAnswer(begun.answer) : readHere(context));
    // On Linux a read that finds nothing may have failed: see `KeysDiffer`.
    if (text !== undefined || process.platform !== 'linux') return text;
  } catch (error) {
    if (!(error instanceof KeysDiffer)) throw error;
    differs = true;
  }
  const { readElsewhere } = await import('./request/read-elsewhere.ts');
  return await readElsewhere(context, differs);
}

async function readHere({ settings, keys }: Context): Promise<string | undefined> {
  const keychain = await openKeychain();
  return await readInProcess(() => keychain.read(keys.credentials), settings.timeout, tellUnresponsive);
}

/** Writes the error of a keychain that does not answer in time. */
export function tellUnresponsive(): void {
  writeErrorToCaller(keychainUnresponsive());
}

function print({ credentials, roleArn }: CredentialsRecord): number {
  // `writeOut` returns false if the client has closed its pipe. Such a client reads no message either.
  return writeOut(processCredentials(credentials, roleArn)) ? 0 : 1;
}
