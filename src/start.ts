import { credentialsLine, isTooLong } from './aws/process-credentials.ts';
import type * as Reader from './cli.ts';
import type { PendingRead } from './credential-process.ts';
import type { exitCodes } from './errors.ts';
import { type Call, recallCall, type Wanted } from './known-call/known-call.ts';
import { keytarBindings } from './process/program.ts';
import { freshness } from './session/freshness.ts';
import { parseCredentialsRecord } from './session/records.ts';
import { keychainService, loadKeytar } from './store/keytar.ts';
import { atOnce } from './store/read-in-process.ts';
import { writeAll } from './terminal/write-all.ts';

/** Not the table, which a hit need not load. */
const internal: (typeof exitCodes)['internal'] = 70;

/**
 * A call of daypass, from its start to its end. One whose settings are known from an earlier call and whose credentials are fresh, as nearly
 * all are, does without the reader; whatever else there is to do or to tell is done by that. `program` names the build.
 */
export function start(program: string, loadReader: () => typeof Reader): void {
  const ended = respond({ program, argv: process.argv.slice(2), env: process.env }, loadReader);
  // Node's own warnings would be the only thing on stderr of a call that succeeds; they come later, and the keychain is being read.
  process.removeAllListeners('warning');
  // A wait that nothing will end must not look like a success.
  process.exitCode = internal;
  void ended.then((code) => process.exit(code));
}

async function respond(call: Call, loadReader: () => typeof Reader): Promise<number> {
  let begun: PendingRead | undefined;
  let line: string | undefined;
  try {
    const wanted = recallCall(call);
    if (wanted) {
      begun = ask(wanted, () => loadReader().tellUnresponsive());
      line = freshLine((await begun.answer) ?? undefined, wanted);
    }
  } catch {
    // The reader meets the same error, and tells it.
  }
  if (line === undefined) return await loadReader().main(call, begun);
  try {
    writeAll(1, line, Number.POSITIVE_INFINITY);
    return 0;
  } catch (error) {
    // Not once more: a part of it may be written.
    return loadReader().endUnwritten(error);
  }
}

/** Throws where the keychain cannot be asked. */
function ask({ account, timeout }: Wanted, onDeadline: () => void): PendingRead {
  const keytar = loadKeytar(keytarBindings());
  return { account, answer: atOnce(() => keytar.getPassword(keychainService, account), timeout, onDeadline) };
}

/** What is printed of an entry; undefined where it takes more than that. */
function freshLine(text: string | undefined, wanted: Wanted): string | undefined {
  const record = parseCredentialsRecord(text, wanted);
  if (!record || freshness(record, Date.now()) !== 'fresh') return undefined;
  const line = credentialsLine(record.credentials, record.roleArn);
  return isTooLong(line) ? undefined : line;
}
