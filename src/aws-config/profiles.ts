import { readFileIfAny } from '../process/files.ts';
import {
  type AwsConfigFile,
  type AwsFile,
  awsConfigPath,
  awsCredentialsPath,
  type ConfigFault,
  type Place,
  parseAwsConfigFile,
  parseAwsCredentialsFile,
} from './config-file.ts';
import { configFileRefusals, encodingFaults } from './refusals.ts';

/** A file of AWS profiles, with all its faults; daypass reads it in spite of them. */
interface ExaminedFile extends AwsFile, AwsConfigFile {
  /** The faults for which the AWS CLI and boto3 refuse the whole file. */
  refusals: ConfigFault[];
}

/** The two files from which AWS clients read profiles; a missing file is empty. */
export type AwsProfiles = Record<'config' | 'credentials', ExaminedFile>;

/** Reads and examines both files. Throws `io`. */
export function readAwsProfiles(place: Place): AwsProfiles {
  return {
    config: examine(awsConfigPath(place), parseAwsConfigFile),
    credentials: examine(awsCredentialsPath(place), parseAwsCredentialsFile),
  };
}

function examine(file: AwsFile, parse: (text: string) => AwsConfigFile): ExaminedFile {
  const bytes = readFileIfAny(file.path) ?? Buffer.alloc(0);
  const { faults, ...parsed } = parse(bytes.toString());
  const all = [...encodingFaults(bytes), ...faults];
  return { ...file, ...parsed, faults: all, refusals: configFileRefusals(bytes) };
}
