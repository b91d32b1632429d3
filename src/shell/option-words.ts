import type { CommandName } from '../settings/arguments.ts';
import { envFormats } from './env-formats.ts';

/** The formats of `trust-policy`. */
export const trustFormats = ['cli', 'terraform', 'json'] as const;

/** The values of the options that have a list of them, by command. */
export const optionWords: Readonly<
  Partial<Record<CommandName, Readonly<Record<string, readonly string[]>>>>
> = {
  env: { format: [...envFormats.keys()] },
  'trust-policy': { format: trustFormats },
};
