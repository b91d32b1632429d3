import { spawnSync } from 'node:child_process';
import type { Keyring } from '../test/support/keyring.ts';

const service = 'daypass';

/** Makes the stored credentials look older. A renewal replaces them with new ones. */
export async function ageCredentials(
  keyring: Keyring,
  env: Record<string, string>,
  minutes: number,
): Promise<void> {
  const account = await credentialsAccount(keyring);
  const record = JSON.parse((await keyring.lookup(service, account)) ?? 'null');
  record.issuedAt = Date.now() - minutes * 60_000;
  const label = `--label=${service}/${account}`;
  secretTool(['store', label, 'service', service, 'account', account], env, JSON.stringify(record));
}

/** Returns the account name of the entry with the credentials. Throws if there is none. */
export async function credentialsAccount(keyring: Keyring): Promise<string> {
  for (const account of await keyring.accounts(service)) {
    const record = JSON.parse((await keyring.lookup(service, account)) ?? 'null');
    if (record?.credentials?.accessKeyId) return account;
  }
  throw new Error('the keyring contains no credentials of daypass');
}

/** Deletes all entries of daypass from the keyring. */
export function clearRecords(env: Record<string, string>): void {
  secretTool(['clear', 'service', service], env);
}

function secretTool(args: string[], env: Record<string, string>, input = ''): void {
  const { status, stderr } = spawnSync('secret-tool', args, { env, input, encoding: 'utf8' });
  // secret-tool exits with 1 and no output if there is no entry.
  if (status !== 0 && stderr) throw new Error(`secret-tool ${args[0]}: ${stderr}`);
}
