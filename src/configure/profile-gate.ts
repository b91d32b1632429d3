import type { AwsProfiles } from '../aws-config/profiles.ts';
import { profileRivals, rivalFault, rivalRemedy } from '../aws-config/rivals.ts';
import { DaypassError } from '../errors.ts';
import { runsDaypass } from '../settings/daypass-profiles.ts';
import { printable } from '../terminal/printable.ts';

/** Throws `bad-configuration` where the files cannot be edited safely, or where their other keys would win over our line. */
export function checkProfile(profile: string, { config, credentials }: AwsProfiles, line: string): void {
  const spoilt = config.faults.filter((fault) => fault.profile === undefined || fault.profile === profile);
  if (spoilt.length > 0) {
    throw new DaypassError(
      'bad-configuration',
      spoilt.map(({ line, text }) => `${config.shown} line ${line}: ${text}`),
      { hint: 'correct this, then run the command again; nothing was written' },
    );
  }
  const rivals = profileRivals(profile, { config, credentials, env: {} }, line);
  const [first] = rivals;
  if (!first) return;
  const shown = { config: config.shown, credentials: credentials.shown };
  throw new DaypassError(
    'bad-configuration',
    rivals.map((rival) => rivalFault(rival, shown)),
    { hint: rivalRemedy(first, profile, shown) },
  );
}

/** What is worth knowing and keeps nothing from being written. */
export function profileRemarks(
  profile: string,
  { config, credentials }: AwsProfiles,
  env: NodeJS.ProcessEnv,
): string[] {
  const shown = { config: config.shown, credentials: credentials.shown };
  const inEnvironment = profileRivals(profile, { config, credentials, env }, undefined).filter(
    ({ place }) => place === 'environment',
  );
  return [
    ...inEnvironment.map(
      (rival) => `${rivalFault(rival, shown)} (to end that: ${rivalRemedy(rival, profile, shown)})`,
    ),
    // What other clients still read.
    ...[config, credentials].flatMap(({ shown: file, refusals }) =>
      refusals.map(
        ({ line, text }) =>
          `${file} line ${line}: ${text}: the AWS CLI and boto3 refuse the whole file until that is corrected`,
      ),
    ),
  ];
}

/** The line of another tool that ours would take the place of; nothing else keeps what it says. */
export function replacedLine(profile: string, { config }: AwsProfiles): string | undefined {
  const { value, line } = config.profiles.get(profile)?.get('credential_process') ?? {};
  if (!value || runsDaypass(value)) return undefined;
  return `the credential_process of another tool (line ${line} of ${config.shown}): ${printable(value)}`;
}
