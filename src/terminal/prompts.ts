import * as clack from '@clack/prompts';
import { DaypassError } from '../errors.ts';
import { wrapped } from './columns.ts';

// Asks on the terminal that is stdin and stdout. ^C, Escape and the end of the input throw `interrupted`.

// ^D ends the input. Without this signal the question would stay open, and Node would exit without an answer.
const inputEnd = new AbortController();
process.once('beforeExit', () => inputEnd.abort());
const { signal } = inputEnd;

interface Question {
  message: string;
  /** The answer of Enter alone, shown in the place of the answer. */
  initial?: string | undefined;
  /** Shown beside the question, so that it does not look like an answer. */
  example?: string | undefined;
  /** A rejected answer, to be edited in place. */
  rejected?: string | undefined;
  /** Returns the value that an answer, without the blanks around it, stands for. */
  read?: (answer: string) => string;
  /** Returns the fault of an answer, or undefined. */
  check: (answer: string) => string | undefined;
}

/** Asks until `check` finds no fault. Throws `interrupted`. */
export async function askText({
  message,
  initial,
  example,
  rejected,
  read,
  check,
}: Question): Promise<string> {
  const meant = (answer = '') => {
    const typed = answer.trim();
    return typed && read ? read(typed) : typed;
  };
  fitTerminal();
  const question = fitted(example ? `${message}, such as ${example}` : message);
  const answer = await clack.text({
    signal,
    message: question.join(`\n${clack.S_BAR}  `),
    ...(initial === undefined ? {} : { placeholder: initial, defaultValue: initial }),
    ...(rejected === undefined ? {} : { initialValue: rejected }),
    validate: (typed) => check(meant(typed) || initial || ''),
  });
  return meant(answered(answer));
}

/** Asks for a secret, which the terminal does not show and which may be empty. Throws `interrupted`. */
export async function askSecret(message: string, check: Question['check']): Promise<string> {
  const validate = (value: string | undefined) => (value ? check(value) : undefined);
  return answered(await clack.password({ signal, message, validate })) ?? '';
}

/** Asks for one of the options; Enter alone chooses `initial`, or else the first. Throws `interrupted`. */
export async function askChoice<const Value extends string>(
  message: string,
  options: readonly { value: Value; label?: string; hint?: string }[],
  initial?: Value | undefined,
): Promise<Value> {
  const asked = { signal, message, options: [...options], showInstructions: false };
  const focused = initial === undefined ? {} : { initialValue: initial };
  return answered(await clack.select<string>({ ...asked, ...focused })) as Value;
}

interface Among<Value> {
  /** Returns the option for a typed or pasted text that is an answer by itself. */
  typed?: (text: string) => { value: Value; label: string } | undefined;
  /** The last option, which stays if nothing else matches. */
  other?: { value: Value; label: string };
  /** Shown until something is typed. */
  placeholder?: string;
  /** The terminal that shows it, where stdout is read by a program. */
  output?: NodeJS.WriteStream;
}

/**
 * Asks for one of many options, which typing filters: each typed word must be part of the label. Enter alone chooses
 * the first. Throws `interrupted`.
 */
export async function askAmong<const Value extends string>(
  message: string,
  options: readonly { value: Value; label: string; hint?: string }[],
  {
    typed = () => undefined,
    other,
    placeholder = 'type a part of it',
    output = process.stdout,
  }: Among<Value> = {},
): Promise<Value> {
  fitTerminal(output);
  const asked = await clack.autocomplete<string>({
    signal,
    output,
    message,
    placeholder,
    maxItems: 10,
    options() {
      const own = this.userInput ? typed(this.userInput) : undefined;
      const isNew = own && !options.some(({ value }) => value === own.value);
      return [...options, ...(isNew ? [own] : []), ...(other ? [other] : [])];
    },
    filter(text, { value, label = '' }) {
      // Tab would type the placeholder if an option matched it.
      if (text === placeholder) return false;
      const own = typed(text);
      if (value === own?.value) return true;
      // The focus stays where it is, so this one must be gone once another matches.
      if (value === other?.value) return !own && !options.some((option) => hasWords(option.label, text));
      return hasWords(label, text);
    },
  });
  return answered(asked) as Value;
}

/** Returns whether a label has each word of a text, whatever its case; an account may be typed without its dashes. */
function hasWords(label: string, text: string): boolean {
  const shown = label.toLowerCase();
  const plain = shown.replaceAll('-', '');
  const words = text.toLowerCase().split(/\s+/);
  return words.every((word) => shown.includes(word) || plain.includes(word));
}

/** Asks which of the options are wanted; all are chosen at first. Throws `interrupted`. */
export async function askSeveral(
  message: string,
  options: readonly { value: string; label: string }[],
): Promise<string[]> {
  fitTerminal();
  const initialValues = options.map(({ value }) => value);
  const asked = { signal, message, options: [...options], initialValues, maxItems: 10, required: false };
  return answered(await clack.multiselect<string>(asked));
}

/** Asks yes or no; Enter alone means yes, or no if `usual` is false. Throws `interrupted`. */
export async function askYes(message: string, usual = true): Promise<boolean> {
  fitTerminal();
  return answered(await clack.confirm({ signal, message: fitted(message).join('\n'), initialValue: usual }));
}

/** Prints lines between the questions. */
export const tell = {
  title(text: string): void {
    fitTerminal();
    clack.intro(text);
  },
  step: (text: string) => clack.log.step(text),
  done: (text: string) => clack.log.success(text),
  warning: (text: string) => clack.log.warn(fitted(text).join('\n')),
  text: (text: string) => clack.log.message(text),
  /** Prints a sentence, and below it lines to copy, each of which stays in one piece. */
  advice(text: string, copy: readonly string[]): void {
    const lines = fitted(copy.length > 0 ? `${text}:` : text);
    clack.log.info(
      [...lines, ...(copy.length > 0 ? ['', ...copy.map((line) => `  ${line}`)] : [])].join('\n'),
    );
  },
  end: (text: string) => clack.outro(text),
  cancelled: (text: string) => clack.cancel(text),
};

/** Returns lines that fit beside the guide, which the terminal would not continue where it wraps a line. */
function fitted(text: string): string[] {
  const columns = Math.max(40, process.stdout.columns - 4);
  return text.split('\n').flatMap((line) => wrapped(line, columns));
}

/** A pseudo-terminal without a size reports 0 columns and rows, into which no question fits. */
function fitTerminal(output: NodeJS.WriteStream = process.stdout): void {
  output.columns ||= 80;
  output.rows ||= 24;
}

function answered<Value>(answer: Value | typeof clack.CANCEL_SYMBOL): Value {
  if (clack.isCancel(answer)) throw new DaypassError('interrupted', 'cancelled');
  return answer as Value;
}
