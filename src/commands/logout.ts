import type { Call } from '../command.ts';
import type { Context } from '../context.ts';
import { DaypassError } from '../errors.ts';
import { cancelRenewal } from '../renewal/cancel-renewal.ts';
import { endRests } from '../renewal/cool-down.ts';
import { acquireLock, type HeldLock } from '../session/lock.ts';
import { openStore } from '../session/open-store.ts';
import { parseSignInRecord, type SignInRecord } from '../session/records.ts';
import { readIndexEntry, removeIndexEntry } from '../session/sign-in-index.ts';
import { ensureSignInFolder } from '../session/state-directory.ts';
import { writeError, writeOut } from '../terminal.ts';

export const help = `daypass logout [--profile P]

Revokes the refresh token where the provider can, and deletes every keychain
entry of the sign-in, those of all its roles; offline too. AWS credentials that
were handed out before stay valid until they expire.
`;

/**
 * Revokes the refresh token where the provider can (RFC 7009) and deletes every record of the sign-in, offline too. Gives the
 * exit code: 0, or that of `revocation-unconfirmed` when the provider did not say yes. Throws a DaypassError.
 */
export async function run({ open }: Call): Promise<number> {
  const context = open();
  const { settings, keys, log } = context;
  const folder = ensureSignInFolder(context.stateDirectory, keys.signIn);
  const lock = await takeLock(folder);
  const store = await openStore(settings, folder);
  try {
    // A locked keychain looks empty, and "signed out" would be untrue.
    if (readIndexEntry(folder)) await store.check();
    const record = parseSignInRecord(await store.read(keys.signIn), settings);
    // Revoked first: a token that was deleted could never be revoked. Deleted in any case.
    const unconfirmed = await revoke(context, record).catch((error: DaypassError) => error);
    for (const account of new Set([...(record?.credentials ?? []), keys.credentials, keys.signIn])) {
      await store.delete(account);
    }
    endRests(folder, keys.credentials);
    removeIndexEntry(folder);
    log('signed-out', { known: record !== undefined });
    if (!record) {
      writeOut(`profile ${settings.profile} was not signed in\n`);
      return 0;
    }
    writeOut(`signed out ${settings.profile}: nothing of the session is kept here any more\n${lives}`);
    if (!unconfirmed) return 0;
    writeError(unconfirmed);
    return unconfirmed.exitCode;
  } finally {
    store.close();
    await lock.release();
  }
}

const lives = 'AWS credentials that were handed out before stay valid until they expire\n';

/** The error to tell where the provider did not confirm; undefined where there is nothing to tell. */
async function revoke(
  { settings, env }: Context,
  record: SignInRecord | undefined,
): Promise<DaypassError | undefined> {
  if (!record?.refreshToken) return undefined;
  const unconfirmed = (why: string, hint: string) =>
    new DaypassError(
      'revocation-unconfirmed',
      `the refresh token was deleted here, but not revoked: ${why}`,
      { hint },
    );
  if (env.NODE_TLS_REJECT_UNAUTHORIZED === '0') {
    return unconfirmed('NODE_TLS_REJECT_UNAUTHORIZED=0 is set', 'unset it before you sign in again');
  }
  const { Provider } = await import('../oidc/provider.ts');
  try {
    const provider = await Provider.discover(settings);
    if (await provider.revoke(record.refreshToken)) return undefined;
    return unconfirmed(
      'the provider has no revocation endpoint',
      'end the session at the provider if it must not live on',
    );
  } catch (error) {
    const why = error instanceof DaypassError ? error.message : 'the provider did not confirm it';
    return unconfirmed(why, 'end the session at the provider if it must not live on');
  }
}

/** Under the lock no renewal can bring back what is deleted here; one that runs is ended first. */
async function takeLock(folder: string): Promise<HeldLock> {
  for (let attempt = 0; attempt < 5; attempt++) {
    await cancelRenewal(folder);
    const lock = await acquireLock(folder, 'renewal');
    if (lock) return lock;
  }
  throw new DaypassError('renewal-running', 'a renewal of this session does not end', {
    hint: 'run the command again in a moment',
  });
}
