import { runsDaypass } from '../aws-config/config-file.ts';
import { refuseFaults } from '../aws-config/edit.ts';
import type { AwsProfiles } from '../aws-config/profiles.ts';
import { profileRivals, rivalFault, rivalRemedy } from '../aws-config/rivals.ts';
import { DaypassError } from '../errors.ts';
import { printable } from '../terminal/printable.ts';

/** Throws `bad-configuration` if the file cannot be edited safely, or AWS clients would not use `line`. */
export function checkProfile(profile: string, files: AwsProfiles, line: string): void {
  const { config, credentials } = files;
  refuseFaults(config.faults, new Set([profile]), config.shown);
  const rivals = profileRivals(profile, { ...files, env: {} }, line);
  const [first] = rivals;
  if (!first) return;
  const shown = { config: config.shown, credentials: credentials.shown };
  const faults = rivals.map((rival) => rivalFault(rival, shown));
  throw new DaypassError('bad-configuration', faults, { hint: rivalRemedy(first, profile, shown) });
}

/** Returns warnings about the files that do not prevent writing a profile. */
export function profileRemarks({ config, credentials }: AwsProfiles): string[] {
  // Other AWS clients still read such a file.
  const refused = 'the AWS CLI and boto3 refuse the whole file until this is corrected';
  return [config, credentials].flatMap(({ shown, refusals }) =>
    refusals.map(({ line, text }) => `${shown}:${line}: ${text}: ${refused}`),
  );
}

/** Returns a description of another tool's `credential_process` that ours would replace; no copy is kept. */
export function replacedLine(profile: string, { config }: AwsProfiles): string | undefined {
  const { value, line } = config.profiles.get(profile)?.get('credential_process') ?? {};
  if (!value || runsDaypass(value)) return undefined;
  return `the credential_process of another tool (${config.shown}:${line}): ${printable(value)}`;
}
