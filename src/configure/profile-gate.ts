import { runsDaypass } from '../aws-config/config-file.ts';
import { refuseFaults } from '../aws-config/edit.ts';
import type { AwsProfiles } from '../aws-config/profiles.ts';
import { profileRivals, rivalFault, rivalRemedy } from '../aws-config/rivals.ts';
import { DaypassError } from '../errors.ts';
import { printable } from '../terminal/printable.ts';

/** Throws `bad-configuration` if the file cannot be edited safely, or AWS clients would not use `line`. */
export function checkProfile(profile: string, files: AwsProfiles, line: string): void {
  const { config, credentials } = files;
  refuseFaults(config.faults, profile, config.shown);
  const rivals = profileRivals(profile, { ...files, env: {} }, line);
  const [first] = rivals;
  if (!first) return;
  const shown = { config: config.shown, credentials: credentials.shown };
  const faults = rivals.map((rival) => rivalFault(rival, shown));
  throw new DaypassError('bad-configuration', faults, { hint: rivalRemedy(first, profile, shown) });
}

/** Returns warnings about the profile that do not prevent writing it. */
export function profileRemarks(profile: string, files: AwsProfiles, env: NodeJS.ProcessEnv): string[] {
  const { config, credentials } = files;
  const shown = { config: config.shown, credentials: credentials.shown };
  const rivals = profileRivals(profile, { ...files, env });
  // Other AWS clients still read such a file.
  const refused = 'the AWS CLI and boto3 refuse the whole file until this is corrected';
  return [
    ...rivals
      .filter(({ place }) => place === 'environment')
      .map((rival) => `${rivalFault(rival, shown)} (to avoid this: ${rivalRemedy(rival, profile, shown)})`),
    ...[config, credentials].flatMap(({ shown: file, refusals }) =>
      refusals.map(({ line, text }) => `${file}:${line}: ${text}: ${refused}`),
    ),
  ];
}

/** Returns a description of another tool's `credential_process` that ours would replace; no copy is kept. */
export function replacedLine(profile: string, { config }: AwsProfiles): string | undefined {
  const { value, line } = config.profiles.get(profile)?.get('credential_process') ?? {};
  if (!value || runsDaypass(value)) return undefined;
  return `the credential_process of another tool (${config.shown}:${line}): ${printable(value)}`;
}
