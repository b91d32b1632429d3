import { readAwsConfigFile } from '../aws-config/config-file.ts';
import { isProfileName } from '../aws-config/profile-name.ts';
import type { SettingSources } from './sources.ts';

/**
 * Returns the profiles of the AWS config file that use daypass, in the order of the file: they have a
 * `daypass_role_arn`, or their `credential_process` runs daypass. A profile that is only a
 * `daypass_source_profile` of others does not count, nor does a name that daypass refuses, as a shell could
 * run it as a command. Throws `io`.
 */
export function daypassProfiles(given: Pick<SettingSources, 'env' | 'home' | 'config'>): string[] {
  const { profiles } = given.config ?? readAwsConfigFile(given);
  return [...profiles]
    .filter(
      ([name, keys]) =>
        isProfileName(name) &&
        (keys.get('daypass_role_arn')?.value || runsDaypass(keys.get('credential_process')?.value ?? '')),
    )
    .map(([name]) => name);
}

/**
 * Returns whether a `credential_process` runs daypass, whatever starts it: `/usr/local/bin/daypass …`, `node
 * /opt/daypass.cjs …`.
 */
export function runsDaypass(line: string): boolean {
  return /(^|[\s/\\"])daypass(\.\w+)?("|\s|$)/.test(line);
}
