import { assertWritable } from '../aws-config/writable-value.ts';
import { DaypassError } from '../errors.ts';
import { ownCommand } from '../process/program.ts';
import { printable } from '../terminal/printable.ts';

/**
 * Returns the `credential_process` line with which AWS clients run this installation of daypass. Throws
 * `bad-configuration` if its path is temporary, or if AWS clients could read the line differently.
 */
export function credentialProcessLine(profile: string, env: NodeJS.ProcessEnv): string {
  const command = ownCommand(env);
  if (command.some((word) => /[\\/]_npx[\\/]/.test(word))) {
    throw new DaypassError('bad-configuration', 'npx runs daypass from a cache that it deletes later', {
      hint: { advice: 'install it (npm install --global daypass)', again: true },
    });
  }
  return lineOf(command, profile);
}

/**
 * Returns the line of a command of absolute paths. Throws `bad-configuration` unless it has only characters
 * that all read alike: some clients pass the line to a shell, and others split it themselves.
 */
export function lineOf(command: readonly string[], profile: string): string {
  const odd = command.find((word) => !/^(\/|[A-Za-z]:[\\/])[A-Za-z0-9_.\\/-]+$/.test(word));
  if (odd !== undefined || command.length === 0) {
    const fault = `this path has characters that AWS clients read in different ways: ${printable(odd ?? '')}`;
    const hint =
      'create a link to it whose path has only letters, digits and - _ . /, and run daypass by that link';
    throw new DaypassError('bad-configuration', fault, { hint });
  }
  assertWritable(profile, {});
  return `${command.join(' ')} --profile ${profile}`;
}
