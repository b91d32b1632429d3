import { awsConfigPath } from '../aws-config/config-file.ts';
import { DaypassError } from '../errors.ts';
import type { Place } from '../process/expand-path.ts';
import { stateDirectory } from '../state/directory.ts';
import { isPrivateConfig } from '../state/private-config.ts';

/** Throws `bad-configuration` in a command of `exec --server` whose config file is a copy that ends with it. */
export function assertOwnFile(place: Place): void {
  if (!isPrivateConfig(awsConfigPath(place).path, stateDirectory(place.env, place.home))) return;
  const fault =
    'AWS_CONFIG_FILE is a copy of the config file that daypass exec --server made for this command';
  throw new DaypassError('bad-configuration', fault, { hint: 'run configure outside of the command' });
}
