import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Figure, type Measurement, skipped } from '../figure.ts';
import { npm } from '../npm.ts';
import { runPairs } from '../pairs.ts';
import type { Command } from '../run.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import type { Workplace } from '../workplace.ts';
import { awsEnvironment } from './aws-cli.ts';

/** Measures other tools on the same machine with the same unit. */
export const neighbours: readonly Figure[] = [
  neighbour('aws export-credentials, daypass', async (name, workplace) => {
    const program = '/usr/bin/aws';
    if (!existsSync(program)) return skipped(name, `${program} is missing (Debian: awscli)`);
    await workplace.signIn();
    const args = ['configure', 'export-credentials', '--profile', 'with-npm'];
    return compare(name, workplace, { program, args }, await awsEnvironment(workplace));
  }),
  // This tool asks the portal even with cached credentials. Without a portal only its start can be measured.
  neighbour('aws-sso-creds-helper --version', (name, workplace) =>
    compareInstalled(name, workplace, 'aws-sso-creds-helper', { program: 'ssocreds', args: ['--version'] }),
  ),
  neighbour('aws-azure-login, cached', (name, workplace) =>
    compareInstalled(name, workplace, 'aws-azure-login', {
      program: 'aws-azure-login',
      args: ['--all-profiles', '--no-prompt'],
    }),
  ),
  neighbour('python3 -c pass', async (name, workplace) => {
    const program = '/usr/bin/python3';
    if (!existsSync(program)) return skipped(name, `${program} is missing`);
    return compare(name, workplace, { program, args: ['-c', 'pass'] }, {});
  }),
];

function neighbour(
  what: string,
  measure: (name: string, workplace: Workplace) => Promise<Measurement>,
): Figure {
  const name = `beside it: ${what}`;
  return { name, measure: async (workplace) => [await measure(name, workplace)] };
}

async function compareInstalled(
  name: string,
  workplace: Workplace,
  packageName: string,
  command: Command,
): Promise<Measurement> {
  const prefix = temporaryFolder('bench-neighbour');
  try {
    // An install script would download a browser, which the cached path never starts.
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    await npm(['install', '--global', '--prefix', prefix, ...flags, packageName], prefix, workplace.npmEnv);
  } catch {
    return skipped(name, `npm could not install ${packageName}`);
  }
  const program = join(prefix, 'bin', command.program);
  return compare(name, workplace, { ...command, program }, azureEnvironment(prefix));
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
  name: string,
  { time, bare, pairs }: Workplace,
  command: Command,
  env: Record<string, string>,
): Promise<Measurement> {
  const results = await runPairs(pairs, { npm: () => time(command, env) }, () => time(bare));
  const [, each = []] = results[0] ?? [];
  return {
    name,
    values: each.map(({ subject, unit }) => subject / unit),
    milliseconds: each.map(({ subject }) => subject),
  };
}
