import { createInterface } from 'node:readline';
import { asDaypassError } from '../errors.ts';
import { openKeychain } from './keychain.ts';
import type { KeychainAnswer, KeychainRequest } from './keychain-process.ts';
import type { SecretStore } from './secret-store.ts';

// A process that makes keychain calls for another one, a JSON line each, and can be killed in the middle of one.
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
// The one who asked is gone. A hanging call would make an ordinary exit hang as well.
lines.on('close', () => process.kill(process.pid, 'SIGKILL'));
