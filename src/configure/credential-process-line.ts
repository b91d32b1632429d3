import { plainLine } from '../aws-config/write.ts';
import { DaypassError } from '../errors.ts';
import { ownCommand } from '../process/program.ts';

/** The `credential_process` line by which AWS clients will run this very daypass. Throws `bad-configuration` where none can last. */
export function ownLine(profile: string, env: NodeJS.ProcessEnv): string {
  const command = ownCommand(env);
  if (command.some((word) => /[\\/]_npx[\\/]/.test(word))) {
    throw new DaypassError(
      'bad-configuration',
      'npx runs daypass from a cache, where AWS clients would soon miss it',
      {
        hint: { advice: 'install it (npm install --global daypass)', again: true },
      },
    );
  }
  return plainLine(command, profile);
}
