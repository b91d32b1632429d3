import { asDaypassError, type DaypassError } from '../errors.ts';
import { columns, fitLines } from '../terminal/columns.ts';
import { writeError } from '../terminal/command-error.ts';
import { writeOut } from '../terminal/terminal.ts';
import { errorFacts, json } from './json.ts';

/** One sign-in that was ended, for `--json`. */
interface Ended {
  issuer: string;
  clientId: string;
  /** The profiles that used it. */
  profiles: readonly string[];
  /** Whether the provider confirmed the revocation; null if there was no refresh token. */
  revoked: boolean | null;
}

/** What `logout` did: lines for a person while it happens, or one object at the end. An error ends no other sign-in. */
export class LogoutReport {
  readonly #isJson: boolean;
  readonly #ended: Ended[] = [];
  readonly #pages: string[] = [];
  #cancelled = 0;
  // A session that goes on matters more than an unconfirmed revocation or a page that did not open.
  readonly #failures: DaypassError[] = [];
  readonly #lesser: DaypassError[] = [];
  readonly fail = (thrown: unknown) => this.#tell(thrown, this.#failures);
  readonly warn = (thrown: unknown) => this.#tell(thrown, this.#lesser);

  constructor(isJson: boolean) {
    this.#isJson = isJson;
  }

  /** Writes lines for a person. None holds a command, which must not be split. */
  say(lines: string): void {
    if (!this.#isJson) writeOut(fitLines(lines, columns()));
  }

  signedOut(ended: Ended, lines: string): void {
    this.#ended.push(ended);
    this.say(lines);
  }

  cancelled(lines: string): void {
    this.#cancelled += 1;
    this.say(lines);
  }

  /** Reports the sign-out page of the provider, before it opens. */
  signOutPage(page: string): void {
    this.#pages.push(page);
    this.say(`sign out at the provider: ${page}\n`);
  }

  /** The exit code of the error that matters most so far. */
  get exitCode(): number {
    return this.#errors()[0]?.exitCode ?? 0;
  }

  /** Prints the object of `--json`; `last` is the error that ended the command. Returns the exit code. */
  end(last?: DaypassError): number {
    const [error, ...others] = [...(last ? [last] : []), ...this.#errors()];
    const facts = (one: DaypassError) => errorFacts(one.toReport());
    if (this.#isJson)
      writeOut(
        json({
          signedOut: this.#ended,
          cancelled: this.#cancelled,
          ...(this.#pages.length > 0 ? { signOutPages: this.#pages } : {}),
          ...(error ? { error: facts(error) } : {}),
          ...(others.length > 0 ? { otherErrors: others.map(facts) } : {}),
        }),
      );
    return error?.exitCode ?? 0;
  }

  #errors(): DaypassError[] {
    return [...this.#failures, ...this.#lesser];
  }

  #tell(thrown: unknown, errors: DaypassError[]): void {
    const error = asDaypassError(thrown);
    if (!this.#isJson) writeError(error);
    errors.push(error);
  }
}
