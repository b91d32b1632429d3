import { daypassProfiles } from '../aws-config/config-file.ts';
import { DaypassError } from '../errors.ts';
import { shells } from '../shell/completion-flags.ts';
import { didYouMean } from '../terminal/nearest.ts';
import { writeOut } from '../terminal/terminal.ts';
import type { Call } from './command.ts';

export const help = `daypass completion bash|zsh|fish

Prints a script with which the shell completes commands, options and profiles.

  bash   add to ~/.bashrc:   eval "$(daypass completion bash)"
  zsh    add to ~/.zshrc:    eval "$(daypass completion zsh)"
  fish   daypass completion fish > ~/.config/fish/completions/daypass.fish
`;

/** The scripts by shell, loaded on demand: a list of profiles needs none of them. */
const scripts = new Map([
  ['bash', async () => (await import('../shell/bash-completion.ts')).bashCompletion()],
  ['zsh', async () => (await import('../shell/zsh-completion.ts')).zshCompletion()],
  ['fish', async () => (await import('../shell/fish-completion.ts')).fishCompletion()],
]);

/** Prints the script of a shell, or what scripts ask for. Returns the exit code. Throws `usage` and `io`. */
export async function run({ operands: [shell = ''], config }: Call): Promise<number> {
  // The scripts call this while a person types.
  const profiles = () => daypassProfiles(config()).map((name) => `${name}\n`);
  const output = shell === 'profiles' ? profiles().join('') : await scripts.get(shell)?.();
  if (output === undefined) {
    const hint = didYouMean(shell, shells) ?? { command: 'daypass completion --help' };
    throw new DaypassError('usage', `completion supports ${shells.join(', ')}`, { hint });
  }
  writeOut(output);
  return 0;
}
