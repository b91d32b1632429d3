import { shellWord } from '../terminal/shell-word.ts';

/** Returns the command that writes or updates the profiles of a file. `options` are those of the call, if any. */
export function updateCommand(from: string, options: ReadonlyMap<string, string> = new Map()): string {
  const words = ['only', 'prefix'].flatMap((name) => {
    const value = options.get(name);
    return value === undefined ? [] : [value === '' ? `--${name}=` : `--${name} ${shellWord(value)}`];
  });
  return ['daypass configure --from', shellWord(from), ...words].join(' ');
}
