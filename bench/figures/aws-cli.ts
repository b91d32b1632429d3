import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Figure, type Measurement, skipped } from '../figure.ts';
import { ratios } from '../pairs.ts';
import { type Command, run } from '../run.ts';
import type { Workplace } from '../workplace.ts';

const aws = '/usr/bin/aws';

/** Compares the AWS CLI with daypass to the same CLI with the fastest possible `credential_process`. */
export const awsCli: readonly Figure[] = [
  ...[
    ['configure', 'export-credentials'],
    ['sts', 'get-caller-identity'],
  ].map((words) => {
    const name = `aws ${words.join(' ')}`;
    return { name, measure: (workplace: Workplace) => compare(workplace, name, words) };
  }),
];

async function compare(workplace: Workplace, name: string, words: string[]): Promise<Measurement[]> {
  if (!existsSync(aws)) return [skipped(name, `${aws} is missing (Debian: awscli)`)];
  await workplace.signIn();
  const env = await awsEnvironment(workplace);
  // Every command accepts this option, even `configure`, which calls no service.
  const args = [...words, '--endpoint-url', workplace.stage.sts.url];
  const cli = (profile: string) => () =>
    workplace.time({ program: aws, args: [...args, '--profile', profile] }, env);
  return ratios(
    name,
    workplace.pairs,
    { executable: cli('with-executable'), npm: cli('with-npm') },
    cli('with-cat'),
    "÷ with sh -c 'cat file'",
  );
}

/** Writes profiles that differ only in their `credential_process`. All of these print the same line. */
export async function awsEnvironment({ programs, env, stage }: Workplace): Promise<Record<string, string>> {
  const { home } = stage.sandbox;
  const file = join(home, 'credentials.json');
  const config = join(home, '.aws', 'config-of-aws');
  writeFileSync(file, (await run(programs.npm, env)).stdout, { mode: 0o600 });
  const line = ({ program, args }: Command) => [program, ...args].join(' ');
  const profiles = {
    'with-executable': line(programs.executable),
    'with-npm': line(programs.npm),
    'with-cat': `sh -c 'cat "${file}"'`,
  };
  const sections = Object.entries(profiles).map(
    ([name, command]) => `[profile ${name}]\nregion = eu-west-1\ncredential_process = ${command}\n`,
  );
  // One file contains these profiles and that of daypass, because daypass reads the config file of the CLI.
  writeFileSync(config, stage.config().replace(/^daypass_browser.*\n/m, '') + sections.join(''), {
    mode: 0o600,
  });
  return { AWS_CONFIG_FILE: config, AWS_EC2_METADATA_DISABLED: 'true', AWS_PAGER: '' };
}
