import {
  type AwsConfigFile,
  type ConfigFault,
  parseAwsConfigFile,
  parseAwsCredentialsFile,
} from './config-file.ts';
import { type AwsFile, awsConfigPath, awsCredentialsPath, readBytes } from './files.ts';
import { configFileRefusals, encodingFaults } from './refusals.ts';

/** One of the files from which AWS clients take profiles, looked at for faults that keep nobody from reading it here. */
export interface ExaminedFile extends AwsFile, AwsConfigFile {
  text: string;
  /** For these the AWS CLI and boto3 read nothing of it. */
  refusals: ConfigFault[];
}

/** Both of them; empty where one is not there. */
export interface AwsProfiles {
  config: ExaminedFile;
  credentials: ExaminedFile;
}

/** Throws `io`. */
export function readAwsProfiles(place: { env: NodeJS.ProcessEnv; home: string }): AwsProfiles {
  return {
    config: examine(awsConfigPath(place), 'the AWS config file', parseAwsConfigFile),
    credentials: examine(awsCredentialsPath(place), 'the AWS credentials file', parseAwsCredentialsFile),
  };
}

function examine(file: AwsFile, what: string, parse: (text: string) => AwsConfigFile): ExaminedFile {
  const bytes = readBytes(file.path, what) ?? Buffer.alloc(0);
  const text = bytes.toString();
  const { profiles, faults } = parse(text);
  return {
    ...file,
    text,
    profiles,
    faults: [...encodingFaults(bytes), ...faults],
    refusals: configFileRefusals(bytes),
  };
}
