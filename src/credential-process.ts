import { processCredentials } from './aws/process-credentials.ts';
import type { Context } from './context.ts';
import { reuseElseRenew } from './reuse-else-renew.ts';
import { storedCredentials } from './session/freshness.ts';
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
  const { settings, env } = context;
  let begun = pending;
  return await reuseElseRenew(context, {
    async look(patience = settings.timeout * 1000) {
      const reading = read(context, patience / 1000, begun);
      begun = undefined;
      return storedCredentials(await reading, settings);
    },
    async patience() {
      const { callPatience } = await import('./request/call-patience.ts');
      return callPatience(settings, env);
    },
    answer: print,
  });
}

/** `timeout` is that of the whole call, in seconds. */
async function read(context: Context, timeout: number, pending?: PendingRead): Promise<string | undefined> {
  const { settings, keys, folder } = context;
  if (settings.store === 'file') {
    const { FileStore } = await import('./store/file-store.ts');
    return await new FileStore(folder).read(keys.credentials);
  }
  let differs = false;
  try {
    const begun = pending?.account === keys.credentials ? pending : undefined;
    const text = await (begun ? readAnswer(begun.answer) : readHere(context, timeout));
    // On Linux a read that finds nothing may have failed: see `KeysDiffer`.
    if (text !== undefined || process.platform !== 'linux') return text;
  } catch (error) {
    if (!(error instanceof KeysDiffer)) throw error;
    differs = true;
  }
  const { readElsewhere } = await import('./request/read-elsewhere.ts');
  return await readElsewhere(context, differs);
}

async function readHere({ keys }: Context, timeout: number): Promise<string | undefined> {
  const keychain = await openKeychain();
  return await readInProcess(() => keychain.read(keys.credentials), timeout, tellUnresponsive);
}

/** Writes the error of a keychain that does not answer in time. */
export function tellUnresponsive(): void {
  writeErrorToCaller(keychainUnresponsive());
}

function print({ credentials, roleArn }: CredentialsRecord): number {
  // `writeOut` returns false if the client has closed its pipe. Such a client reads no message either.
  return writeOut(processCredentials(credentials, roleArn)) ? 0 : 1;
}
