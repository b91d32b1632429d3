import type { Shell } from './completion-flags.ts';

/** The line that loads completion and function, and the file that a shell reads at its start. */
export const startLines: Readonly<Record<Shell, { file: string; line: string }>> = {
  bash: { file: '~/.bashrc', line: 'eval "$(daypass completion bash)"' },
  zsh: { file: '~/.zshrc', line: 'eval "$(daypass completion zsh)"' },
  fish: { file: '~/.config/fish/config.fish', line: 'daypass completion fish | source' },
  powershell: { file: '$PROFILE', line: 'daypass completion powershell | Out-String | Invoke-Expression' },
};
