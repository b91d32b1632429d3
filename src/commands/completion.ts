import { DaypassError } from '../errors.ts';
import { daypassProfiles } from '../settings/daypass-profiles.ts';
import { completionScripts } from '../shell/completion-scripts.ts';
import { writeOut } from '../terminal/terminal.ts';
import type { Call } from './command.ts';

export const help = `daypass completion bash|zsh|fish

Prints what makes the shell complete commands, options and profiles.

  bash   add to ~/.bashrc:   eval "$(daypass completion bash)"
  zsh    add to ~/.zshrc:    eval "$(daypass completion zsh)"
  fish   daypass completion fish > ~/.config/fish/completions/daypass.fish
`;

/** Gives the exit code, throws a DaypassError. */
export async function run({ operands, surroundings }: Call): Promise<number> {
  const [shell = ''] = operands;
  // What the scripts ask for while a person types.
  if (shell === 'profiles') {
    writeOut(
      daypassProfiles(surroundings)
        .map((name) => `${name}\n`)
        .join(''),
    );
    return 0;
  }
  if (!Object.hasOwn(completionScripts, shell)) {
    throw new DaypassError('usage', `completion is for ${Object.keys(completionScripts).join(', ')}`, {
      hint: { command: 'daypass completion --help' },
    });
  }
  writeOut(completionScripts[shell as keyof typeof completionScripts]());
  return 0;
}
