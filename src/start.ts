import { maxLine, processCredentials } from './aws/process-credentials.ts';
import type * as Reader from './cli.ts';
import type { Begun } from './credential-process.ts';
import type { exitCodes } from './errors.ts';
import { keytarBindings } from './program.ts';
import { atOnce } from './session/at-once.ts';
import { freshness } from './session/freshness.ts';
import { keychainService, loadKeytar } from './session/keytar.ts';
import { type Call, recallCall, type Wanted } from './session/known-call.ts';
import { parseCredentialsRecord } from './session/records.ts';
import { writeAll } from './write-all.ts';

const internal: (typeof exitCodes)['internal'] = 70;

/**
 * A call of daypass, from its start to its end. One whose settings are known from an earlier call and whose credentials are fresh, as nearly
 * all are, does without the reader; whatever else there is to do or to tell is done by that. `program` names the build.
 */
export function start(program: string, loadReader: () => typeof Reader): void {
  const ended = answer({ program, argv: process.argv.slice(2), env: process.env }, loadReader);
  // Node's own warnings would be the only thing on stderr of a call that succeeds; they come later, and the keychain is being read.
  process.removeAllListeners('warning');
  // A wait that nothing will end must not look like a success.
  process.exitCode = internal;
  void ended.then((code) => process.exit(code));
}

async function answer(call: Call, loadReader: () => typeof Reader): Promise<number> {
  const recalled = recallCall(call);
  const asked = recalled && ask(recalled, () => loadReader().tellUnresponsive());
  if (!asked) return await loadReader().main(call);
  // Where the settings are others by now, nobody wants it.
  asked.catch(() => {});
  const begun: Begun = { account: recalled.account, answer: asked, isKnown: recalled.isStillSo() };
  if (begun.isKnown) {
    rehearse(recalled);
    try {
      const line = freshLine((await asked) ?? undefined, recalled);
      if (line !== undefined) {
        writeAll(1, line, Number.POSITIVE_INFINITY);
        return 0;
      }
    } catch {
      // The reader meets the same error, and tells it.
    }
  }
  return await loadReader().main(call, begun);
}

/** What the keychain has of it; undefined where it cannot be asked. */
function ask({ account, timeout }: Wanted, onDeadline: () => void): Promise<string | null> | undefined {
  try {
    const keytar = loadKeytar(keytarBindings());
    return atOnce(() => keytar.getPassword(keychainService, account), timeout, onDeadline);
  } catch {
    return undefined;
  }
}

/** What is printed of an entry; undefined where it takes more than that. */
function freshLine(text: string | undefined, wanted: Pick<Wanted, 'issuer' | 'roleArn'>): string | undefined {
  const record = parseCredentialsRecord(text, wanted);
  if (!record || freshness(record, Date.now()) !== 'fresh') return undefined;
  const line = processCredentials(record.credentials, record.roleArn);
  return line.length > maxLine ? undefined : line;
}

/** V8 compiles what is run for the first time; while the keychain is being read that costs nothing. */
function rehearse({ issuer, roleArn }: Wanted): void {
  const text = 'x'.repeat(16);
  const credentials = {
    accessKeyId: 'X'.repeat(16),
    secretAccessKey: text,
    sessionToken: text,
    expiration: '2030-01-01T00:00:00Z',
  };
  const record = {
    version: 1,
    issuer,
    roleArn,
    sub: '',
    issuedAt: Date.now(),
    lifetime: 3600e3,
    credentials,
  };
  freshLine(JSON.stringify(record), { issuer, roleArn });
}
