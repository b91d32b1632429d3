import type { Command } from './command.ts';
import type { CommandName } from './settings/arguments.ts';

const commands: Record<CommandName, () => Promise<Command>> = {
  'credential-process': () => import('./commands/help.ts'),
  completion: () => import('./commands/completion.ts'),
  configure: () => import('./commands/configure.ts'),
  console: () => import('./commands/console.ts'),
  doctor: () => import('./commands/doctor.ts'),
  env: () => import('./commands/env.ts'),
  exec: () => import('./commands/exec.ts'),
  login: () => import('./commands/login.ts'),
  logout: () => import('./commands/logout.ts'),
  settings: () => import('./commands/settings.ts'),
  status: () => import('./commands/status.ts'),
  'trust-policy': () => import('./commands/trust-policy.ts'),
  version: () => import('./commands/version.ts'),
};

/** Each is loaded when it is asked for. */
export function loadCommand(name: CommandName): Promise<Command> {
  return commands[name]();
}
