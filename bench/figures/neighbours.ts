import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Figure, Measurement } from '../figure.ts';
import { npm } from '../npm.ts';
import { runPairs } from '../pairs.ts';
import type { Command } from '../run.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import type { Workplace } from '../workplace.ts';
import { awsEnvironment } from './aws-cli.ts';

/** Measures other tools on the same machine with the same unit. */
export const neighbours: readonly Figure[] = [
  {
    name: 'beside it: aws export-credentials, daypass',
    async measure(workplace) {
      const program = '/usr/bin/aws';
      if (!existsSync(program)) return { skipped: `${program} is not there (Debian: awscli)` };
      await workplace.signIn();
      const args = ['configure', 'export-credentials', '--profile', 'with-daypass'];
      return compare(workplace, { program, args }, await awsEnvironment(workplace));
    },
  },
  {
    // It asks the portal even with cached credentials, so only its start can be measured without a portal.
    name: 'beside it: aws-sso-creds-helper --version',
    measure: (workplace) =>
      compareInstalled(workplace, 'aws-sso-creds-helper', { program: 'ssocreds', args: ['--version'] }),
  },
  {
    name: 'beside it: aws-azure-login, cached',
    measure: (workplace) =>
      compareInstalled(workplace, 'aws-azure-login', {
        program: 'aws-azure-login',
        args: ['--all-profiles', '--no-prompt'],
      }),
  },
  {
    name: 'beside it: python3 -c pass',
    async measure(workplace) {
      const program = '/usr/bin/python3';
      if (!existsSync(program)) return { skipped: `${program} is not there` };
      return compare(workplace, { program, args: ['-c', 'pass'] }, {});
    },
  },
];

async function compareInstalled(workplace: Workplace, name: string, command: Command): Promise<Measurement> {
  const prefix = temporaryFolder('bench-neighbour');
  try {
    // An install script would download a browser, which the cached path never starts.
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    await npm(['install', '--global', '--prefix', prefix, ...flags, name], prefix, workplace.npmEnv);
  } catch {
    return { skipped: `npm could not install ${name}` };
  }
  const program = join(prefix, 'bin', command.program);
  return compare(workplace, { ...command, program }, azureEnvironment(prefix));
}

/** Writes an Azure profile with credentials for another hour, which is all that aws-azure-login reads. */
function azureEnvironment(folder: string): Record<string, string> {
  const path = (name: string) => join(folder, 'aws', name);
  mkdirSync(join(folder, 'aws'));
  writeFileSync(
    path('config'),
    '[profile azure]\nazure_tenant_id = t\nazure_app_id_uri = u\nregion = eu-west-1\n',
  );
  const expiration = new Date(Date.now() + 3_600_000).toISOString();
  const keys = 'aws_access_key_id = A\naws_secret_access_key = S\naws_session_token = T';
  writeFileSync(path('credentials'), `[azure]\n${keys}\naws_expiration = ${expiration}\n`);
  return { AWS_CONFIG_FILE: path('config'), AWS_SHARED_CREDENTIALS_FILE: path('credentials') };
}

async function compare(
  { time, bare, pairs }: Workplace,
  command: Command,
  env: Record<string, string>,
): Promise<Measurement> {
  const { ratios, subject } = await runPairs(
    pairs,
    () => time(command, env),
    () => time(bare),
  );
  return { values: ratios, milliseconds: subject };
}
