import { daypassProfiles } from '../aws-config/config-file.ts';
import { asDaypassError } from '../errors.ts';
import { profileToUse } from '../settings/sources.ts';
import { commandTexts } from '../shell/descriptions.ts';
import { canAsk, notSetUp, writeOut } from '../terminal/terminal.ts';
import type { Call } from './command.ts';

const names = [
  'configure',
  'login',
  'logout',
  'status',
  'use',
  'doctor',
  'exec',
  'env',
  'console',
  'trust-policy',
  'completion',
  'settings',
] as const;

export const help = `daypass signs you in to AWS through your company's OIDC provider.

${[
  ['[--profile P]', 'credential-process'] as const,
  ...names.map((name) => [name === 'exec' ? 'exec -- CMD' : name, name] as const),
  ['--version, -v', 'version'] as const,
]
  .map(([words, name]) => `  daypass ${words.padEnd(14)}  ${commandTexts[name]}\n`)
  .join('')}
Run daypass COMMAND --help (-h) for details, daypass settings for other options.
A profile is named as in daypass login developer, or with --profile developer.
`;

/**
 * Answers `daypass` alone on a terminal: the status of the sessions, or an offer to set up a profile. Returns the
 * exit code. Throws a DaypassError.
 */
export async function run(call: Call): Promise<number> {
  if (isSetUp(call)) {
    const code = await call.follow({ ...call, command: 'status' });
    writeOut('\nAll commands: daypass --help\n');
    return code;
  }
  writeOut(notSetUp);
  if (!canAsk()) return 0;
  const { askYes } = await import('../terminal/prompts.ts');
  if (!(await askYes('Set up a profile now?'))) return 0;
  return await call.follow({ ...call, command: 'configure' });
}

/** Returns whether there is a profile, or settings that need none. Any other fault is for `status` to print. */
function isSetUp({ config, flags, surroundings: { env }, look }: Call): boolean {
  if (profileToUse({ flags, env }) !== undefined || daypassProfiles(config()).length > 0) return true;
  try {
    return look() !== undefined;
  } catch (error) {
    return asDaypassError(error).code !== 'not-set-up';
  }
}
