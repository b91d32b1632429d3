import { exitCodes, startExitCodes } from '../../src/errors.ts';

type Table = typeof exitCodes & typeof startExitCodes;
type ExitCode = Table[keyof Table];

/** What each exit code means, in the markup of markup.ts. */
const meanings: Readonly<Record<ExitCode | 0 | 1 | 126 | 137, string>> = {
  0: 'Done.',
  1: 'A call for credentials whose client closed the pipe before the line was written.',
  2: 'A person has to sign in, and no browser may be opened here. The hint has the command.',
  64: 'Wrong usage. Or daypass cannot start: a Node that is too old, Bun or Deno in its place, or an unusable folder.',
  65: "Settings or the provider's metadata are missing or wrong, or no browser can be started. The error names all faults at once.",
  69: "The provider, STS, a proxy or the server of a team's file cannot be reached, or failed. Or the provider did not confirm a revocation.",
  70: 'A fault in daypass.',
  74: 'A file cannot be read or written, or no process can be started.',
  75: 'Try again: a sign-in is still open, a renewal still runs, the keychain is locked, missing or does not answer, or the port is taken.',
  77: "The person, the provider or the role's trust policy denied it, or the sign-in was not completed within 5 minutes.",
  78: 'daypass refused it for safety.',
  126: '`daypass exec`: the command cannot be run.',
  127: '`daypass exec`: the command does not exist. Otherwise files of daypass, or Node, are missing.',
  130: 'You pressed ^C.',
  137: 'As 75: the keychain did not answer a call for credentials, with Node before 22.15 (1 on Windows).',
};

/** An exit code, its meaning, and the code words with which daypass ends so. */
export interface ExitCodeFacts {
  exitCode: number;
  codes: readonly string[];
  meaning: string;
}

/** Returns the facts about each exit code, the smallest first. */
export function exitCodeFacts(): ExitCodeFacts[] {
  const codes = Object.entries({ ...exitCodes, ...startExitCodes });
  return Object.entries(meanings).map(([text, meaning]) => {
    const exitCode = Number(text);
    return { exitCode, meaning, codes: codes.filter(([, each]) => each === exitCode).map(([code]) => code) };
  });
}
