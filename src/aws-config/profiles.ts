import type { Place } from '../process/expand-path.ts';
import { readFileIfAny } from '../process/files.ts';
import { type AwsFile, awsCredentialsPath, type ReadConfigFile, readAwsConfigFile } from './config-file.ts';
import { encodingFaults } from './encoding.ts';
import { type AwsConfigFile, type ConfigEntry, decodeAwsCredentialsFile } from './parse.ts';

/** The two files from which AWS clients read profiles; a missing file is empty. */
export type AwsProfiles = Record<'config' | 'credentials', AwsFile & AwsConfigFile>;

/** Reads both files, with all their faults, or takes a config file that has been read already. Throws `io`. */
export function readAwsProfiles(place: Place, config = readAwsConfigFile(place)): AwsProfiles {
  const file = awsCredentialsPath(place);
  const bytes = readFileIfAny(file.path) ?? Buffer.alloc(0);
  return {
    config: examine(config),
    credentials: examine({ ...file, bytes, ...decodeAwsCredentialsFile(bytes) }),
  };
}

/** Returns the `credential_process` of a profile, that of the config file if both files have one. */
export function processLine(profile: string, { config, credentials }: AwsProfiles): ConfigEntry | undefined {
  const key = 'credential_process';
  return config.profiles.get(profile)?.get(key) ?? credentials.profiles.get(profile)?.get(key);
}

function examine({ bytes, faults, ...file }: ReadConfigFile): AwsFile & AwsConfigFile {
  return { ...file, faults: [...encodingFaults(bytes), ...faults] };
}
