import { createInterface } from 'node:readline';
import { asDaypassError, type ErrorReport } from '../errors.ts';
import { withTrace } from '../process/stack-trace.ts';
import { openKeychain } from './keychain.ts';
import { everyCall, type KeychainAnswer, type KeychainRequest } from './keychain-process.ts';
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
    answer.error = reportOf(error);
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
});
// Every call that waits gets the exception, and with it the place where it was thrown.
process.on('uncaughtException', (error) => {
  const answer: KeychainAnswer = { id: everyCall, error: reportOf(error) };
  process.stdout.write(`${JSON.stringify(answer)}\n`, () => process.kill(process.pid, 'SIGKILL'));
});

function reportOf(thrown: unknown): ErrorReport {
  return withTrace(asDaypassError(thrown)).toReport();
}

// The one who asked is gone. A hanging call would make an ordinary exit hang as well.
lines.on('close', () => process.kill(process.pid, 'SIGKILL'));
