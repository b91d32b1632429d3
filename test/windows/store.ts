// Runs in Windows, and prints the entries of its credential store. node.exe store.ts binding | entries | leave SECONDS

import { keytarBindings } from '../../src/process/program.ts';
import { openKeychain } from '../../src/store/keychain.ts';
import { keychainService, loadKeytar } from '../../src/store/keytar.ts';
import { leaveCredentials } from '../support/aged-credentials.ts';

const keytar = loadKeytar(keytarBindings());
const [command, seconds] = process.argv.slice(2);
const answer = await (command === 'binding' ? binding() : command === 'leave' ? leave() : entries());
process.stdout.write(JSON.stringify(answer));

/** Returns what each function of the binding answered. */
async function binding(): Promise<unknown[]> {
  const [service, account] = ['daypass-test', 'Jörg'];
  const value = 'ä'.repeat(1280);
  return [
    await keytar.getPassword(service, account),
    await keytar.setPassword(service, account, value),
    (await keytar.getPassword(service, account)) === value,
    (await keytar.findCredentials(service)).map((found) => found.account),
    await keytar.setPassword(service, account, `${value}.`).catch(({ message }) => message),
    await keytar.deletePassword(service, account),
    await keytar.deletePassword(service, account),
    await keytar.getPassword(service, account),
  ];
}

/** Returns the entries of daypass, with the bytes of each value. */
async function entries(): Promise<{ account: string; bytes: number }[]> {
  const found = await keytar.findCredentials(keychainService);
  return found.map(({ account, password }) => ({ account, bytes: Buffer.byteLength(password) }));
}

/** Ages the stored credentials so that this many seconds of an hour are left. */
async function leave(): Promise<null> {
  const store = await openKeychain();
  const keyring = {
    // Without the pieces of longer values.
    accounts: async () =>
      (await entries()).map(({ account }) => account).filter((name) => !name.includes('.')),
    lookup: async (_service: string, account: string) => await store.read(account),
    async store(_service: string, values: Record<string, string>) {
      for (const [account, value] of Object.entries(values)) await store.write(account, value);
    },
  };
  await leaveCredentials(keyring, Number(seconds));
  return null;
}
