import { daypassProfiles, type ReadConfigFile } from '../aws-config/config-file.ts';
import { DaypassError } from '../errors.ts';
import { type Shell, shells } from '../shell/completion-flags.ts';
import { didYouMean } from '../terminal/nearest.ts';
import { printable } from '../terminal/printable.ts';
import { writeOut } from '../terminal/terminal.ts';
import { roleOf } from './choose-profile.ts';
import type { Call } from './command.ts';

export const help = `daypass completion bash|zsh|fish|powershell [--no-function]

Prints a script with which the shell completes commands, options and profiles.
It also defines a function daypass, so that daypass use can set AWS_PROFILE.

  bash         in ~/.bashrc:   eval "$(daypass completion bash)"
  zsh          in ~/.zshrc:    eval "$(daypass completion zsh)"
  fish         in ~/.config/fish/config.fish:   daypass completion fish | source
  PowerShell   in $PROFILE:
               daypass completion powershell | Out-String | Invoke-Expression

  --no-function   leave out the function, for a file that the shell loads only
                  to complete
`;

/** The scripts by shell, loaded on demand: a list of profiles needs none of them. */
const scripts: Readonly<Record<Shell, () => Promise<string>>> = {
  bash: async () => (await import('../shell/bash-completion.ts')).bashCompletion(),
  zsh: async () => (await import('../shell/zsh-completion.ts')).zshCompletion(),
  fish: async () => (await import('../shell/fish-completion.ts')).fishCompletion(),
  powershell: async () => (await import('../shell/powershell-completion.ts')).powershellCompletion(),
};

/** Prints the script of a shell, or what scripts ask for. Returns the exit code. Throws `usage` and `io`. */
export async function run({ operands: [word = ''], switches, config }: Call): Promise<number> {
  if (word === 'profiles') {
    // The scripts call this while a person types.
    writeOut(
      daypassProfiles(config())
        .map((name) => described(name, config()))
        .join(''),
    );
    return 0;
  }
  const shell = shells.find((name) => name === word);
  if (!shell) {
    const hint = didYouMean(word, shells) ?? { command: 'daypass completion --help' };
    throw new DaypassError('usage', `completion supports ${shells.join(', ')}`, { hint });
  }
  const { useFunctions } = await import('../shell/use-function.ts');
  writeOut(`${await scripts[shell]()}${switches.has('no-function') ? '' : useFunctions[shell]}`);
  return 0;
}

/** Returns a line with the name, and after a tab the role and account, which zsh and fish show. */
function described(profile: string, config: ReadConfigFile): string {
  const { name = '', account = '' } = roleOf(profile, config);
  return name ? `${profile}\t${printable(`${name} in ${account}`)}\n` : `${profile}\n`;
}
