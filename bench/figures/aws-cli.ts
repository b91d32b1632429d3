import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Figure, Measurement } from '../figure.ts';
import { runPairs } from '../pairs.ts';
import { run } from '../run.ts';
import type { Workplace } from '../workplace.ts';

const aws = '/usr/bin/aws';

/** Compares the AWS CLI with daypass to the same CLI with the cheapest possible credential_process. */
export const awsCli: readonly Figure[] = [
  {
    name: 'aws configure export-credentials',
    required: 1.1,
    aim: 1.05,
    measure: (workplace) => compare(workplace, ['configure', 'export-credentials']),
  },
  {
    name: 'aws sts get-caller-identity',
    required: 1.1,
    aim: 1.05,
    measure: (workplace) =>
      compare(workplace, ['sts', 'get-caller-identity', '--endpoint-url', workplace.stage.sts.url]),
  },
];

async function compare(workplace: Workplace, args: string[]): Promise<Measurement> {
  if (!existsSync(aws)) return { skipped: `${aws} is not there (Debian: awscli)` };
  await workplace.signIn();
  const env = await awsEnvironment(workplace);
  const command = (profile: string) => ({ program: aws, args: [...args, '--profile', profile] });
  const { ratios, subject } = await runPairs(
    workplace.pairs,
    () => workplace.time(command('with-daypass'), env),
    () => workplace.time(command('with-cat'), env),
  );
  return { values: ratios, milliseconds: subject, note: "÷ with sh -c 'cat file'" };
}

/** Writes two profiles that differ in their credential_process; both processes print the same line. */
export async function awsEnvironment({ daypass, env, stage }: Workplace): Promise<Record<string, string>> {
  const { home } = stage.sandbox;
  const file = join(home, 'credentials.json');
  const config = join(home, '.aws', 'config-of-aws');
  writeFileSync(file, (await run(daypass, env)).stdout, { mode: 0o600 });
  const profiles = {
    'with-daypass': `${daypass.program} ${daypass.args.join(' ')}`,
    'with-cat': `sh -c 'cat "${file}"'`,
  };
  const sections = Object.entries(profiles).map(
    ([name, command]) => `[profile ${name}]\nregion = eu-west-1\ncredential_process = ${command}\n`,
  );
  // Both share one file with daypass's own profile, because daypass reads the config file of the CLI.
  writeFileSync(config, stage.config().replace(/^daypass_browser.*\n/m, '') + sections.join(''), {
    mode: 0o600,
  });
  return { AWS_CONFIG_FILE: config, AWS_EC2_METADATA_DISABLED: 'true', AWS_PAGER: '' };
}
