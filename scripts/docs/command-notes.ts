import type { CommandName } from '../../src/settings/arguments.ts';

/** What the help of a command has no room for, in the markup of markup.ts. */
export const commandNotes: Readonly<Partial<Record<CommandName, readonly string[]>>> = {
  completion: [
    'In zsh, fish and PowerShell each word has its meaning beside it. Packages install the scripts without the function.',
  ],
  configure: [
    'It refuses a profile whose other keys some AWS client would use in place of daypass, and names those keys. For a provider that it knows, it writes the additional settings that the provider needs. See [what to register](providers/other.md).',
    "[administrators.md](administrators.md#roll-out-and-update) describes a team's file, its plan and its updates. `--from` takes no profile and no setting.",
    'If the path of daypass has blanks or other special characters, it offers a link without them. [credential-process-line.md](credential-process-line.md) shows which clients run which line.',
  ],
  exec: ['If daypass fails, the exit code is its own: see [exit codes](settings.md#exit-codes).'],
  settings: ['What each of them does: [settings](settings.md#each-setting).'],
  status: ['[status.md](status.md) describes the JSON, and has a recipe for a prompt.'],
  use: ['[Switch profiles](recipes.md#switch-profiles) has the set-up, and a recipe for the prompt.'],
  'trust-policy': [
    'Without `--any-user` it needs a first sign-in, even one that AWS refused: the commands fit the token that the provider issued, and they admit that user alone.',
    'It prints all profiles or nothing. A script for several accounts has a section for each, which does nothing with the credentials of another account; paste it once in each. [For administrators](administrators.md#trust-policies) shows each format.',
  ],
};
