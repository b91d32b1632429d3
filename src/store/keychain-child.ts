import { createInterface } from 'node:readline';
import { asDaypassError, type ErrorReport } from '../errors.ts';
import { withTrace } from '../process/crash.ts';
import { privatePipe } from '../process/private-pipe.ts';
import { openKeychain } from './keychain.ts';
import { KeysDiffer } from './keychain-error.ts';
import { everyCall, type KeychainAnswer, type KeychainRequest } from './keychain-process.ts';
import { nameSessionBus } from './keytar.ts';
import type { SecretStore } from './secret-store.ts';

// Makes keychain calls for another process, which can kill this one. Each request and answer is a JSON line.
// Answers have a descriptor of their own, since native libraries can print on stdout.
const answers = privatePipe();
let opened: Promise<SecretStore> | undefined;
const lines = createInterface({ input: process.stdin });
// Every call that waits gets the exception, and with it the place where it was thrown.
process.on('uncaughtException', (error) => send({ id: everyCall, error: reportOf(error) }, end));
// The other process is gone.
lines.on('close', end);
// One after another: several calls at once would hang a locked keyring.
let last = Promise.resolve();
lines.on('line', (line) => {
  last = last.then(() => answer(line));
});

async function answer(line: string): Promise<void> {
  const { id, method, account, value }: KeychainRequest = JSON.parse(line);
  const answer: KeychainAnswer = { id };
  try {
    opened ??= openForWriting();
    const keychain = await opened;
    if (method === 'read') answer.value = await keychain.read(account);
    else if (method === 'write') await keychain.write(account, value ?? '');
    else if (method === 'delete') await keychain.delete(account);
    else await keychain.check();
  } catch (error) {
    answer.error = reportOf(error);
    answer.elsewhere = error instanceof KeysDiffer;
  }
  send(answer);
}

async function openForWriting(): Promise<SecretStore> {
  nameSessionBus();
  if (process.platform !== 'linux') return await openKeychain();
  const { ChangesInPlace } = await import('./secret-service.ts');
  return await openKeychain(new ChangesInPlace());
}

function send(answer: KeychainAnswer, then?: () => void): void {
  answers.write(`${JSON.stringify(answer)}\n`, then);
}

/** Does not exit normally: a keychain call that hangs would make the exit hang too. */
function end(): void {
  process.kill(process.pid, 'SIGKILL');
}

function reportOf(thrown: unknown): ErrorReport {
  return withTrace(asDaypassError(thrown)).toReport();
}
