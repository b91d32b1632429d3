import { readFileIfAny } from '../process/files.ts';
import {
  type AwsConfigFile,
  type AwsFile,
  awsCredentialsPath,
  type ConfigFault,
  type Place,
  parseAwsCredentialsFile,
  type ReadConfigFile,
  readAwsConfigFile,
} from './config-file.ts';
import { configFileRefusals, encodingFaults } from './refusals.ts';

/** A file of AWS profiles, with all its faults; daypass reads it in spite of them. */
interface ExaminedFile extends AwsFile, AwsConfigFile {
  /** The faults for which the AWS CLI and boto3 refuse the whole file. */
  refusals: ConfigFault[];
}

/** The two files from which AWS clients read profiles; a missing file is empty. */
export type AwsProfiles = Record<'config' | 'credentials', ExaminedFile>;

/** Reads and examines both files, or a config file that has been read already. Throws `io`. */
export function readAwsProfiles(place: Place, config = readAwsConfigFile(place)): AwsProfiles {
  const file = awsCredentialsPath(place);
  const bytes = readFileIfAny(file.path) ?? Buffer.alloc(0);
  const credentials = { ...file, bytes, ...parseAwsCredentialsFile(bytes.toString()) };
  return { config: examine(config), credentials: examine(credentials) };
}

function examine({ bytes, faults, ...file }: ReadConfigFile): ExaminedFile {
  const all = [...encodingFaults(bytes), ...faults];
  return { ...file, faults: all, refusals: configFileRefusals(bytes) };
}
