import * as clack from '@clack/prompts';
import { DaypassError } from '../errors.ts';

// Asks on the terminal that is stdin and stdout. ^C, Escape and the end of the input throw `interrupted`.

// ^D ends the input. Without this signal the question would stay open, and Node would exit without an answer.
const inputEnd = new AbortController();
process.once('beforeExit', () => inputEnd.abort());
const { signal } = inputEnd;

/** Returns whether stdin and stdout are both a terminal, as a question needs. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stdout.isTTY === true;
}

interface Question {
  message: string;
  /** The answer of Enter alone. */
  initial?: string | undefined;
  example?: string;
  /** Returns the fault of an answer, or undefined. */
  check: (answer: string) => string | undefined;
}

/** Asks until `check` finds no fault. Throws `interrupted`. */
export async function askText({ message, initial, example, check }: Question): Promise<string> {
  const answer = await clack.text({
    signal,
    message,
    placeholder: initial ?? example ?? '',
    ...(initial === undefined ? {} : { defaultValue: initial }),
    validate: (value) => check(value?.trim() || initial || ''),
  });
  return answered(answer).trim();
}

/** Asks for a secret, which the terminal does not show and which may be empty. Throws `interrupted`. */
export async function askSecret(message: string, check: Question['check']): Promise<string> {
  const validate = (value: string | undefined) => (value ? check(value) : undefined);
  return answered(await clack.password({ signal, message, validate })) ?? '';
}

/** Asks for one of the options; Enter alone chooses the first. Throws `interrupted`. */
export async function askChoice<const Value extends string>(
  message: string,
  options: readonly { value: Value; label?: string; hint?: string }[],
): Promise<Value> {
  const asked = { signal, message, options: [...options], showInstructions: false };
  return answered(await clack.select<string>(asked)) as Value;
}

/** Asks yes or no; Enter alone means yes. Throws `interrupted`. */
export async function askYes(message: string): Promise<boolean> {
  return answered(await clack.confirm({ signal, message }));
}

/** Prints lines between the questions. */
export const tell = {
  title(text: string): void {
    // A pseudo-terminal without a size reports 0 columns and rows, into which no question fits.
    process.stdout.columns ||= 80;
    process.stdout.rows ||= 24;
    clack.intro(text);
  },
  step: (text: string) => clack.log.step(text),
  done: (text: string) => clack.log.success(text),
  warning: (text: string) => clack.log.warn(text),
  text: (text: string) => clack.log.message(text),
  end: (text: string) => clack.outro(text),
  cancelled: (text: string) => clack.cancel(text),
};

function answered<Value>(answer: Value | typeof clack.CANCEL_SYMBOL): Value {
  if (clack.isCancel(answer)) throw new DaypassError('interrupted', 'cancelled');
  return answer as Value;
}
