import { parseAwsConfigFile } from '../aws-config/config-file.ts';
import { awsConfigPath, readText } from '../aws-config/files.ts';
import { isProfileName } from '../aws-config/profile-name.ts';

/**
 * The profiles of the AWS config file that are daypass's: with a role of ours, or one whose `credential_process` runs us. In the order of
 * the file. A profile that only lends its settings to others (`daypass_source_profile`) is none, nor is one whose name daypass does not
 * take: a shell may read it as a command. Throws `io`.
 */
export function daypassProfiles(place: { env: NodeJS.ProcessEnv; home: string }): string[] {
  const { profiles } = parseAwsConfigFile(readText(awsConfigPath(place).path, 'the AWS config file') ?? '');
  return [...profiles]
    .filter(
      ([name, keys]) =>
        isProfileName(name) &&
        (keys.get('daypass_role_arn')?.value || runsDaypass(keys.get('credential_process')?.value ?? '')),
    )
    .map(([name]) => name);
}

/** Whether a `credential_process` is ours, whatever starts it: `/usr/local/bin/daypass …`, `node /opt/daypass.cjs …`. */
export function runsDaypass(line: string): boolean {
  return /(^|[\s/\\"])daypass(\.\w+)?("|\s|$)/.test(line);
}
