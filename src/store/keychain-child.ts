import { createInterface } from 'node:readline';
import { asDaypassError } from '../errors.ts';
import { openKeychain } from './keychain.ts';
import type { KeychainAnswer, KeychainRequest } from './keychain-process.ts';
import type { SecretStore } from './secret-store.ts';

// Makes keychain calls for another process, which can kill this one during a call. Each request and answer is
// a JSON line.
let opened: Promise<SecretStore> | undefined;
const lines = createInterface({ input: process.stdin });
lines.on('line', async (line) => {
  const { id, method, account, value }: KeychainRequest = JSON.parse(line);
  const answer: KeychainAnswer = { id };
  try {
    opened ??= openKeychain();
    const keychain = await opened;
    if (method === 'read') answer.value = await keychain.read(account);
    else if (method === 'write') await keychain.write(account, value ?? '');
    else if (method === 'delete') await keychain.delete(account);
    else await keychain.check();
  } catch (error) {
    answer.error = asDaypassError(error).toReport();
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
});
// The other process is gone. Do not exit normally: a keychain call that hangs would make the exit hang too.
lines.on('close', () => process.kill(process.pid, 'SIGKILL'));
