import type { CommandName } from '../settings/arguments.ts';
import type { Command } from './command.ts';

const commands: Record<CommandName, () => Promise<Command>> = {
  'credential-process': () => import('./help.ts'),
  completion: () => import('./completion.ts'),
  configure: () => import('./configure.ts'),
  console: () => import('./console.ts'),
  doctor: () => import('./doctor.ts'),
  env: () => import('./env.ts'),
  exec: () => import('./exec.ts'),
  login: () => import('./login.ts'),
  logout: () => import('./logout.ts'),
  settings: () => import('./settings.ts'),
  status: () => import('./status.ts'),
  'trust-policy': () => import('./trust-policy.ts'),
  use: () => import('./use.ts'),
  version: () => import('./version.ts'),
};

/** Loads one command, and no other. */
export function loadCommand(name: CommandName): Promise<Command> {
  return commands[name]();
}
