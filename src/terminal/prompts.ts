import * as clack from '@clack/prompts';
import { DaypassError } from '../errors.ts';

// Questions and their answers, on the terminal that is both stdin and stdout. ^C, Escape and the end of the input throw `interrupted`.

// ^D ends the input, after which nothing would be left to wait for, and no answer would ever come.
const inputEnd = new AbortController();
process.once('beforeExit', () => inputEnd.abort());
const { signal } = inputEnd;

/** Whether questions can be asked: they are written to stdout and answered on stdin. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stdout.isTTY === true;
}

interface Question {
  message: string;
  /** What Enter alone answers. */
  initial?: string | undefined;
  example?: string;
  /** Gives what is wrong with an answer. */
  check: (answer: string) => string | undefined;
}

/** Asks until `check` finds nothing wrong. */
export async function askText({ message, initial, example, check }: Question): Promise<string> {
  const answer = await clack.text({
    signal,
    message,
    ...(initial === undefined
      ? { placeholder: example ?? '' }
      : { placeholder: initial, defaultValue: initial }),
    validate: (value) => check(value?.trim() || initial || ''),
  });
  return answered(answer).trim();
}

/** An answer that the terminal does not show; it may be empty. */
export async function askSecret(
  message: string,
  check: (answer: string) => string | undefined,
): Promise<string> {
  const answer = await clack.password({
    signal,
    message,
    validate: (value) => (value ? check(value) : undefined),
  });
  return answered(answer) ?? '';
}

/** Enter alone takes the first. */
export async function askChoice<const Value extends string>(
  message: string,
  options: readonly { value: Value; label?: string; hint?: string }[],
): Promise<Value> {
  return answered(
    await clack.select<string>({ signal, message, options: [...options], showInstructions: false }),
  ) as Value;
}

/** Enter alone says yes. */
export async function askYes(message: string): Promise<boolean> {
  return answered(await clack.confirm({ signal, message }));
}

/** Lines between the questions. */
export const tell = {
  title(text: string): void {
    // A pseudo-terminal that was told no size has 0 columns and rows, and not a question would fit into them.
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
