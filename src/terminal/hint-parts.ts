import { type Hint, hintText } from '../errors.ts';
import { longestHint, printable } from './printable.ts';

/** Returns the advice of a hint, and its command, which is whole: a person copies it, so it is not split. */
export function hintParts(hint: Hint | string): { text: string; whole: boolean }[] {
  const { command, ...words } = typeof hint === 'string' ? { advice: hint, command: undefined } : hint;
  const advice = hintText(words);
  return [
    ...(advice ? [{ text: printable(advice, longestHint), whole: false }] : []),
    ...(command ? [{ text: `run: ${printable(command, longestHint)}`, whole: true }] : []),
  ];
}
