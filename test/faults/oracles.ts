// The eight oracles of docs/threats.md judge every case.
import { type ErrorCode, exitCodes } from '../../src/errors.ts';
import { findSecrets } from '../support/canary.ts';
import { assertVersion1 } from '../support/credentials-format.ts';

/** How one call of the program must end. */
export interface Expected {
  /** The code word of the error. Without it the call must succeed. */
  error?: ErrorCode | undefined;
  /** Matches stderr. */
  text?: RegExp | undefined;
  /** Matches stdout instead of credentials, also in a failure: `logout` prints its results. */
  prints?: RegExp | undefined;
}

/** The facts of a finished case. */
export interface Evidence {
  call: { code: number | null; stdout: string; stderr: string | Buffer };
  expected: Expected;
  /** The duration of the call and its limit, in milliseconds. */
  took: number;
  within: number;
  /** The texts that are searched for secrets, by name. */
  places: Record<string, string | Buffer>;
  secrets: Iterable<string>;
  /** The complaint of a later call or sign-in; undefined if it succeeded. */
  lost: string | undefined;
  /** Processes and files that remain and must not. */
  left: string[];
  /** The number of spent refresh tokens that were posted, and other counts that were exceeded. */
  reuse: number;
  overspent: string[];
}

/** Each oracle returns its complaints. */
export const oracles: Record<string, (evidence: Evidence) => string[]> = {
  'O1 exit code': ({ call, expected }) => {
    const right = expected.error ? exitCodes[expected.error] : 0;
    const said = `${call.stderr}`;
    const complaints = call.code === right ? [] : [`exit code ${call.code} instead of ${right}: ${said}`];
    if (expected.error && !said.startsWith(`daypass: ${expected.error}: `)) {
      complaints.push(`not told as ${expected.error}: ${said}`);
    }
    if (expected.text && !expected.text.test(said)) complaints.push(`${expected.text} is not in: ${said}`);
    return complaints;
  },
  'O2 stdout': ({ call, expected: { prints } }) => {
    if (prints) return prints.test(call.stdout) ? [] : [`${prints} is not in: ${call.stdout}`];
    if (call.code !== 0) return call.stdout === '' ? [] : [`a failure wrote ${call.stdout.length} bytes`];
    try {
      assertVersion1(call.stdout);
      return [];
    } catch (error) {
      return [`not Version-1 JSON: ${(error as Error).message}`];
    }
  },
  'O3 no leak': ({ places, secrets }) => findSecrets(places, secrets),
  'O4 nothing lost': ({ lost }) => (lost === undefined ? [] : [lost]),
  'O5 nothing left': ({ left }) => left,
  'O6 in time': ({ took, within }) =>
    took <= within ? [] : [`took ${Math.round(took)} ms, more than ${within} ms`],
  'O7 stderr': ({ call }) => {
    const text = `${call.stderr}`;
    if (call.code === 0) return text === '' ? [] : [`a success said: ${text}`];
    const complaints: string[] = [];
    if (!Buffer.from(text).equals(Buffer.from(call.stderr))) complaints.push('not UTF-8');
    if (/[^\P{C}\n]/u.test(text)) complaints.push('control characters');
    if (text.split('\n').length > 6) complaints.push('more than five lines');
    if (Buffer.byteLength(text) > 2048) complaints.push('more than 2 KB');
    if (!/\nhint: \S/.test(text)) complaints.push(`no next step: ${text}`);
    if (/^\s+at /m.test(text)) complaints.push('a stack');
    return complaints;
  },
  'O8 counters': ({ reuse, overspent }) => [
    ...(reuse === 0 ? [] : [`a spent refresh token was posted ${reuse} times`]),
    ...overspent,
  ],
};

/** Returns the complaints of all oracles. */
export function complaints(evidence: Evidence): string[] {
  return Object.entries(oracles).flatMap(([name, judge]) =>
    judge(evidence).map((complaint) => `${name}: ${complaint}`),
  );
}
