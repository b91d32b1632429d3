import type { Call } from '../command.ts';
import { printable } from '../printable.ts';
import { readLastOutcome } from '../renewal/cool-down.ts';
import { canRenewSilently, freshness, remaining } from '../session/freshness.ts';
import { openStore } from '../session/open-store.ts';
import { parseCredentialsRecord, parseSignInRecord } from '../session/records.ts';
import { readIndexEntry } from '../session/sign-in-index.ts';
import { sessionSummary } from '../session-summary.ts';
import { parseRoleArn } from '../settings/aws-partition.ts';
import { writeOut } from '../terminal.ts';

export const help = `daypass status [--profile P] [--json]

Says who is signed in, with which role, until when, whether that renews without
a browser, and what failed last. Opens no browser and no network.

  --json   one line for programs
`;

/** Says what is kept for the profile; opens no browser and no network. Gives the exit code, throws a DaypassError. */
export async function run({ switches, open }: Call): Promise<number> {
  const json = switches.has('json');
  const { settings, keys, folder } = open();
  const store = await openStore(settings, folder);
  try {
    // A locked keychain looks empty: where something should be, it is asked in a way that tells.
    if (readIndexEntry(folder)) await store.check();
    const record = parseCredentialsRecord(await store.read(keys.credentials), settings);
    const signIn = parseSignInRecord(await store.read(keys.signIn), settings);
    const now = Date.now();
    const { failure } = readLastOutcome(folder);
    const usable = record !== undefined && freshness(record, now) !== 'expired';
    const silent = record ? canRenewSilently(record, now) : signIn?.refreshToken !== undefined;
    if (json) {
      const role = parseRoleArn(settings.roleArn);
      const facts = {
        profile: settings.profile,
        signedIn: usable || silent,
        identity: signIn?.name ?? null,
        issuer: settings.issuer,
        roleArn: settings.roleArn,
        account: role?.account,
        expiration: record?.credentials.expiration ?? null,
        secondsLeft: record ? Math.max(0, Math.floor(remaining(record, now) / 1000)) : 0,
        refreshable: silent,
        store: settings.store,
        lastFailure: failure ? { ...failure.error, at: new Date(failure.at).toISOString() } : null,
      };
      writeOut(`${JSON.stringify(facts)}\n`);
      return 0;
    }
    const lines = record
      ? [usable ? 'signed in' : 'expired', sessionSummary(settings, record, signIn, now).trimEnd()]
      : [`profile ${settings.profile} is not signed in`];
    lines.push(`  store     ${settings.store}`);
    if (failure) {
      const at = new Date(failure.at).toISOString();
      lines.push(`  failure   ${at} ${failure.error.code}: ${printable(failure.error.faults.join('; '))}`);
      if (failure.error.hint) lines.push(`            ${printable(failure.error.hint)}`);
    }
    writeOut(`${lines.join('\n')}\n`);
    return 0;
  } finally {
    store.close();
  }
}
