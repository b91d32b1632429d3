import { fstatSync } from 'node:fs';
import { credentialsLine, isTooLong } from './aws/process-credentials.ts';
import type * as Reader from './cli.ts';
import type { PendingRead } from './credential-process.ts';
import type { exitCodes } from './errors.ts';
import { type Invocation, recallCall, type Wanted } from './known-call/known-call.ts';
import { keytarBindings } from './process/program.ts';
import { storedCredentials } from './session/freshness.ts';
import { keychainService, loadKeytar, readInProcess } from './store/keytar.ts';
import { writeAll } from './terminal/terminal.ts';

/** A number instead of the table of exit codes, which a hit need not load. */
const internal: (typeof exitCodes)['internal'] = 70;

/**
 * Runs one call of daypass and ends the process. A call whose settings are known from an earlier call, and
 * whose credentials are fresh, needs no reader; nearly all calls are like that. The reader does everything
 * else. `program` names the build.
 */
export function start(program: string, loadReader: () => typeof Reader): void {
  const ended = respond({ program, argv: process.argv.slice(2), env: process.env }, loadReader);
  // A successful call leaves stderr empty, also of Node's warnings. Removed while the keychain is being read.
  process.removeAllListeners('warning');
  // If Node runs out of events before the call ends, that must not look like a success.
  process.exitCode = internal;
  void ended.then((code) => process.exit(code));
}

async function respond(call: Invocation, loadReader: () => typeof Reader): Promise<number> {
  let begun: PendingRead | undefined;
  let line: string | undefined;
  try {
    const wanted = mayAnswerPerson(call) ? undefined : recallCall(call);
    if (wanted) {
      begun = ask(wanted, () => loadReader().tellUnresponsive());
      line = freshLine((await begun.answer) ?? undefined, wanted);
    }
  } catch {
    // The reader meets the same error and prints it.
  }
  if (line === undefined) return await loadReader().main(call, begun);
  try {
    writeAll(1, line, Number.POSITIVE_INFINITY);
    return 0;
  } catch (error) {
    // Do not retry: part of the line may already be written.
    return loadReader().endUnwritten(error);
  }
}

/** Returns whether this may be `daypass` alone on a terminal, which answers a person. Loads no part of Node. */
function mayAnswerPerson({ argv }: Invocation): boolean {
  return argv.length === 0 && fstatSync(1).isCharacterDevice();
}

/** Starts to read the keychain. Throws if the binding cannot be loaded. */
function ask({ account, timeout }: Wanted, onDeadline: () => void): PendingRead {
  const keytar = loadKeytar(keytarBindings());
  const read = () => keytar.getPassword(keychainService, account);
  return { account, answer: readInProcess(read, timeout, onDeadline) };
}

/** Returns the line to print for a keychain entry; undefined if the reader must handle it. */
function freshLine(text: string | undefined, wanted: Wanted): string | undefined {
  const { record, state } = storedCredentials(text, wanted);
  if (!record || state !== 'fresh') return undefined;
  const line = credentialsLine(record.credentials, record.roleArn);
  return isTooLong(line) ? undefined : line;
}
