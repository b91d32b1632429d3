import { daypassProfiles } from '../aws-config/config-file.ts';
import { DaypassError } from '../errors.ts';
import { bashCompletion } from '../shell/bash-completion.ts';
import { shells } from '../shell/completion-flags.ts';
import { fishCompletion } from '../shell/fish-completion.ts';
import { zshCompletion } from '../shell/zsh-completion.ts';
import { writeOut } from '../terminal/terminal.ts';
import type { Call } from './command.ts';

export const help = `daypass completion bash|zsh|fish

Prints a script with which the shell completes commands, options and profiles.

  bash   add to ~/.bashrc:   eval "$(daypass completion bash)"
  zsh    add to ~/.zshrc:    eval "$(daypass completion zsh)"
  fish   daypass completion fish > ~/.config/fish/completions/daypass.fish
`;

/**
 * Prints the script of a shell, or what the scripts ask for. Returns the exit code. Throws `usage` and `io`.
 */
export async function run({ operands, surroundings }: Call): Promise<number> {
  writeOut(outputFor(operands[0], surroundings));
  return 0;
}

function outputFor(shell: string | undefined, surroundings: Call['surroundings']): string {
  switch (shell) {
    case 'bash':
      return bashCompletion();
    case 'zsh':
      return zshCompletion();
    case 'fish':
      return fishCompletion();
    // The scripts call this while a person types.
    case 'profiles':
      return daypassProfiles(surroundings)
        .map((name) => `${name}\n`)
        .join('');
    default:
      throw new DaypassError('usage', `completion supports ${shells.join(', ')}`, {
        hint: { command: 'daypass completion --help' },
      });
  }
}
