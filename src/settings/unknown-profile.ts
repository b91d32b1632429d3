import { statSync } from 'node:fs';
import type { AwsFile } from '../aws-config/config-file.ts';
import { isProfileName } from '../aws-config/lines.ts';
import { almostProfile } from '../aws-config/near-profile.ts';
import type { AwsConfigFile } from '../aws-config/parse.ts';
import { DaypassError, type Hint } from '../errors.ts';
import type { Place } from '../process/expand-path.ts';
import { didYouMean } from '../terminal/nearest.ts';
import { shellWord } from '../terminal/shell-word.ts';

/** Returns the error of a profile that the config file does not have, with the profiles and lines that are near. */
export function unknownProfile(name: string, config: AwsFile & AwsConfigFile, place: Place): DaypassError {
  const lines = almostProfile(name, config, place);
  const names = [...config.profiles.keys()].filter(isProfileName);
  const hasTwin = names.some((other) => other.toLowerCase() === name.toLowerCase());
  const near = hasTwin || lines.length === 0 ? didYouMean(name, names) : undefined;
  const create = createProfile(config, `--profile ${shellWord(name)}`);
  const advice = near ? `${near} to create ${name}` : (create.advice ?? 'to create this profile');
  const hint: Hint =
    lines.length > 0 && !near ? { advice: 'correct that line', again: true } : { ...create, advice };
  return new DaypassError('unknown-profile', [`there is no [profile ${name}] in ${config.shown}`, ...lines], {
    hint,
  });
}

/** Returns the next step to a new profile. `configure` cannot write to the null device, an empty file to readers. */
export function createProfile({ path, shown }: AwsFile, flags = ''): Hint {
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() ?? true;
  if (isFile) return { command: `daypass configure ${flags}`.trimEnd() };
  return {
    advice: `${shown} cannot hold a profile: put a file in its place, or name one in AWS_CONFIG_FILE`,
  };
}
