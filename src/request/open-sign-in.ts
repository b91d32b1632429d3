import { ciVariable } from '../browser/unattended.ts';
import type { Context } from '../context.ts';
import { canAnimate, type Spinner, startSpinner } from '../terminal/spinner.ts';
import { isForeground } from '../terminal/terminal.ts';
import type { SignInLink } from './protocol.ts';
import { signInMessage, type Wait } from './sign-in-message.ts';

/** Where and how a caller shows a sign-in that is open. */
interface Place {
  write: (text: string) => unknown;
  /** Returns the columns of that terminal. */
  columns: () => number;
  /** Milliseconds that the caller waits. */
  patience: number;
  /** The caller is a command of a person, so a spinner may run on its stdout. */
  isCommand: boolean;
}

/** The text about a sign-in on one terminal, and the spinner below it. */
export class OpenSignIn {
  readonly #context: Context;
  readonly #place: Place;
  #spinner: Spinner | undefined;
  /** Whether this caller has printed the link. */
  printed = false;

  constructor(context: Context, place: Place) {
    this.#context = context;
    this.#place = place;
  }

  /** Prints the link. `joined`: the sign-in was open before. `text` replaces the usual text. */
  show(event: SignInLink, joined: boolean, text: typeof signInMessage = signInMessage): void {
    const { settings, env } = this.#context;
    const { patience, columns } = this.#place;
    const wait: Wait = { patience, joined, foreground: isForeground(), width: columns() };
    this.tell(text(settings, event, env, wait));
    this.printed = true;
  }

  /** Starts the spinner, unless this is no command or the terminal cannot show it. No question may be open. */
  animate(): void {
    const { env } = this.#context;
    if (this.#place.isCommand && canAnimate(env) && ciVariable(env) === undefined)
      this.#spinner ??= startSpinner('waiting for the sign-in', env);
  }

  /** Prints a text above the spinner. */
  tell(text: string): void {
    this.#spinner?.clear();
    this.#place.write(text);
  }

  /** Whether a spinner runs, or ran until ^C. */
  get isAnimated(): boolean {
    return this.#spinner !== undefined;
  }

  /** Ends the spinner, for a question too. `animate` starts it again. */
  rest(): void {
    this.#spinner?.stop();
    this.#spinner = undefined;
  }
}
