// What holds for every case, whatever goes wrong: the eight oracles of the security research, section 7.0.
import { type ErrorCode, exitCodes } from '../../src/errors.ts';
import { findSecrets } from '../support/canary.ts';
import { assertVersion1 } from '../support/credentials-format.ts';

/** How one call of the program must end. */
export interface Expected {
  /** The code word of its error; without one it succeeds. */
  error?: ErrorCode | undefined;
  /** In what it says on stderr. */
  text?: RegExp | undefined;
  /** What it writes on stdout instead of credentials, and then also in a failure: `logout` says what it did. */
  prints?: RegExp | undefined;
}

/** What is known once a case is over. */
export interface Evidence {
  call: { code: number | null; stdout: string; stderr: string | Buffer };
  expected: Expected;
  /** Milliseconds that the call took, and how many it may. */
  took: number;
  within: number;
  /** Where secrets are looked for, by name. */
  places: Record<string, string | Buffer>;
  secrets: Iterable<string>;
  /** What a later call said about the session, or about signing in anew; undefined where all was well. */
  lost: string | undefined;
  /** Processes and files that are still there and should not be. */
  left: string[];
  /** How often spent refresh tokens were posted, and what else was counted too often. */
  reuse: number;
  overspent: string[];
}

/** Each gives its complaints. */
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

/** What every oracle has to complain about. */
export function complaints(evidence: Evidence): string[] {
  return Object.entries(oracles).flatMap(([name, judge]) =>
    judge(evidence).map((complaint) => `${name}: ${complaint}`),
  );
}
