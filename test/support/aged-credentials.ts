import type { Keyring } from './keyring.ts';

/** Ages the stored credentials so that this many seconds of `lifetime` are left. */
export async function leaveCredentials(
  keyring: Pick<Keyring, 'accounts' | 'lookup' | 'store'>,
  seconds: number,
  { lifetime = 3600, silent = true }: { lifetime?: number; silent?: boolean } = {},
): Promise<void> {
  for (const account of await keyring.accounts('daypass')) {
    const record = JSON.parse((await keyring.lookup('daypass', account)) ?? '{}');
    if (!record.credentials?.expiration) continue;
    const ends = Date.now() + seconds * 1000;
    record.credentials.expiration = new Date(ends).toISOString().replace(/\.\d+/, '');
    record.lifetime = lifetime * 1000;
    record.issuedAt = ends - record.lifetime;
    if (!silent) record.silentUntil = record.issuedAt;
    await keyring.store('daypass', { [account]: JSON.stringify(record) });
  }
}

/** Ends the session: its credentials and its ID token are a minute too old, and the refresh token is left. */
export async function leaveRefreshToken(
  keyring: Pick<Keyring, 'accounts' | 'lookup' | 'store'>,
): Promise<void> {
  await leaveCredentials(keyring, -60);
  for (const account of await keyring.accounts('daypass')) {
    const record = JSON.parse((await keyring.lookup('daypass', account)) ?? '{}');
    if (record.idToken === undefined) continue;
    record.idTokenExpires = Date.now() - 60_000;
    await keyring.store('daypass', { [account]: JSON.stringify(record) });
  }
}
