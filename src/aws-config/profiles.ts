import { readFileIfAny } from '../process/files.ts';
import { type AwsFile, awsConfigPath, awsCredentialsPath, type Place } from './config-file.ts';
import { encodingFaults } from './encoding.ts';
import { type AwsConfigFile, decodeAwsConfigFile, decodeAwsCredentialsFile } from './parse.ts';

/** The two files from which AWS clients read profiles; a missing file is empty. */
export type AwsProfiles = Record<'config' | 'credentials', AwsFile & AwsConfigFile>;

/** Reads both files, with all their faults. Throws `io`. */
export function readAwsProfiles(place: Place): AwsProfiles {
  return {
    config: examine(awsConfigPath(place), (bytes) => decodeAwsConfigFile(bytes)),
    credentials: examine(awsCredentialsPath(place), decodeAwsCredentialsFile),
  };
}

function examine(file: AwsFile, decode: (bytes: Buffer) => AwsConfigFile): AwsFile & AwsConfigFile {
  const bytes = readFileIfAny(file.path) ?? Buffer.alloc(0);
  const { faults, ...decoded } = decode(bytes);
  return { ...file, ...decoded, faults: [...encodingFaults(bytes), ...faults] };
}
