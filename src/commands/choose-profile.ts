import { daypassProfiles, type ReadConfigFile } from '../aws-config/config-file.ts';
import type { Context } from '../context.ts';
import { DaypassError, type Hint } from '../errors.ts';
import { parseRoleArn, shownAccount } from '../settings/aws-partition.ts';
import { settingNames, settingOf, spellings } from '../settings/setting-table.ts';
import { openSources, profileToUse } from '../settings/sources.ts';
import { printable } from '../terminal/printable.ts';
import { shellWord } from '../terminal/shell-word.ts';
import { someOf } from '../terminal/some-of.ts';
import { canAsk } from '../terminal/terminal.ts';
import type { Call } from './command.ts';

/** What follows the flags of `exec`. */
export const operandsOfExec = '-- COMMAND [ARGUMENT...]';

/** What to do where a command can also be about all profiles. */
const adviceOfAll: Readonly<Record<string, string>> = {
  logout: 'to sign out of all, add --all; or choose one',
  'trust-policy': 'for the policies of all, add --all; or choose one',
};

/** Returns the error of a command that has to name one of several profiles. */
export function severalProfiles(profiles: readonly string[], command: string): DaypassError {
  const hint: Hint = {
    advice: adviceOfAll[command] ?? 'choose one',
    command: `daypass ${command} --profile ${shellWord(profiles[0] ?? '')}${command === 'exec' ? ` ${operandsOfExec}` : ''}`,
  };
  return new DaypassError('usage', `several profiles use daypass: ${someOf(profiles)}`, { hint });
}

/**
 * Returns the profile of a command if none is named: undefined for [default] and where flags and environment give
 * all that is required, else the only one that uses daypass, else the one that the person chooses on a terminal.
 * Throws `usage` with their names where no person can choose, and `interrupted`. AWS clients never get a choice.
 */
export async function chooseProfile(call: Call): Promise<string | undefined> {
  const profiles = unnamedProfiles(call);
  const [first] = profiles;
  return profiles.length < 2 ? first : await askProfile(profiles, call);
}

/** Asks for one of the profiles on the terminal of `output`. Throws `usage` with their names, and `interrupted`. */
export async function askProfile(
  profiles: readonly string[],
  call: Call,
  output: NodeJS.WriteStream = process.stdout,
): Promise<string> {
  // A script reads what a command prints with --json.
  if (!canAsk(output) || call.switches.has('json')) throw severalProfiles(profiles, call.command);
  const { askAmong } = await import('../terminal/prompts.ts');
  return await askAmong('Profile', choices(profiles, call), { output });
}

/**
 * Returns the same for a command that is about a sign-in: profiles with one sign-in need no choice. Throws as
 * `chooseProfile` does.
 */
export async function chooseSignIn(call: Call): Promise<string | undefined> {
  const profiles = unnamedProfiles(call);
  const signIns = new Set(profiles.map((profile) => signInKeyOf(profile, call.look) ?? profile));
  return signIns.size === 1 ? profiles[0] : await chooseProfile(call);
}

/** Returns the key of a profile's sign-in; undefined if its settings have a fault. */
export function signInKeyOf(profile: string, look: Call['look']): string | undefined {
  try {
    return look(profile).keys.signIn;
  } catch {
    return undefined;
  }
}

/** Returns the other profiles whose sign-in is that of the context: one browser signs in, and one `logout` ends, all. */
export function profilesSharing({ config, look }: Call, { settings, keys }: Context): string[] {
  return daypassProfiles(config()).filter(
    (profile) => profile !== settings.profile && signInKeyOf(profile, look) === keys.signIn,
  );
}

/** Returns the profiles that a command could be about if none is named and [default] is not meant. */
function unnamedProfiles({ flags, surroundings, config }: Call): string[] {
  if (profileToUse({ flags, env: surroundings.env }) !== undefined) return [];
  const profiles = daypassProfiles(config());
  if (profiles.length === 0 || profiles.includes('default')) return [];
  const sources = openSources({ ...surroundings, flags, config: config() });
  const isComplete = settingNames.every((name) => !settingOf(name).example || sources.find(name));
  return isComplete ? [] : profiles;
}

/** Returns the profiles with role and account, in columns. */
function choices(profiles: readonly string[], { config }: Call): { value: string; label: string }[] {
  const rows = profiles.map((profile) => {
    const { name = 'no role', account = '' } = roleOf(profile, config());
    return { profile, name, account };
  });
  const width = (column: 'profile' | 'name') => Math.max(...rows.map((row) => row[column].length));
  const [profileWidth, nameWidth] = [width('profile'), width('name')];
  return rows.map(({ profile, name, account }) => ({
    value: profile,
    label: printable(`${profile.padEnd(profileWidth)}  ${name.padEnd(nameWidth)}  ${account}`.trimEnd()),
  }));
}

/** Returns the role that a profile itself names, with the account as people read it. */
export function roleOf(profile: string, { profiles }: ReadConfigFile): { name?: string; account?: string } {
  const arn = profiles.get(profile)?.get(spellings('roleArn').key)?.value ?? '';
  const role = parseRoleArn(arn);
  return role ? { name: role.name, account: shownAccount(role.account) } : {};
}
