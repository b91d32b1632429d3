import { daypassProfiles } from '../aws-config/config-file.ts';
import { readAwsProfiles } from '../aws-config/profiles.ts';
import { profileRivals, rivalWarning } from '../aws-config/rivals.ts';
import { presence } from '../browser/presence.ts';
import type { Context } from '../context.ts';
import { asDaypassError, DaypassError } from '../errors.ts';
import { environmentOf } from '../process/variables.ts';
import { quickStores } from '../session/quick-stores.ts';
import { SessionReader } from '../session/state.ts';
import { headline } from '../session/summary.ts';
import { profileToUse } from '../settings/sources.ts';
import { unknownProfile } from '../settings/unknown-profile.ts';
import { shells } from '../shell/completion-flags.ts';
import { startLines } from '../shell/start-lines.ts';
import { assertPrivateFolder } from '../state/directory.ts';
import { keychainUnresponsive } from '../store/keytar.ts';
import { withStores } from '../store/open-store.ts';
import { callingShell } from '../terminal/calling-shell.ts';
import { columns } from '../terminal/columns.ts';
import { writeError } from '../terminal/command-error.ts';
import { writeOut, writeStderr } from '../terminal/terminal.ts';
import { type AwsWarning, awsWarning, otherProfileWarning, warningLines } from './aws-warning.ts';
import { askProfile } from './choose-profile.ts';
import type { Call } from './command.ts';

export const help = `daypass use [PROFILE] [--clear]

Sets AWS_PROFILE in this shell, and prints who is signed in until when. Without
PROFILE, a terminal shows a list. It opens no browser. A program cannot change
its shell, so this is a function, which the shell loads at its start:

  bash         in ~/.bashrc:   eval "$(daypass completion bash)"
  zsh          in ~/.zshrc:    eval "$(daypass completion zsh)"
  fish         in ~/.config/fish/config.fish:   daypass completion fish | source
  PowerShell   in $PROFILE:
               daypass completion powershell | Out-String | Invoke-Expression

PROFILE can be any profile of the AWS config or credentials file.

  --clear   remove AWS_PROFILE from the shell
  --print   print the assignment, which the function makes
`;

/**
 * Prints the assignment for the function of the shell, and all that a person reads to stderr. Returns the exit code.
 * Throws a DaypassError; then the function changes nothing.
 */
export async function run(call: Call): Promise<number> {
  const { switches, flags, surroundings } = call;
  if (!switches.has('print')) throw needsFunction(surroundings.env);
  if (switches.has('clear') && flags.has('profile'))
    throw new DaypassError('usage', '--clear takes no profile', { hint: { command: 'daypass use --clear' } });
  const profile = switches.has('clear') ? '' : await profileOf(call);
  if (profile) await tellAbout(profile, call);
  return writeOut(`AWS_PROFILE=${profile}\n`) ? 0 : 1;
}

/** Returns the error of a call that no function made, with the line to add for the shell at hand. */
function needsFunction(env: NodeJS.ProcessEnv): DaypassError {
  const shell = shells.find((name) => name === callingShell(env));
  const fault = 'a program cannot set AWS_PROFILE in its shell: daypass use needs the function of the shell';
  if (!shell) return new DaypassError('usage', fault, { hint: { command: 'daypass completion --help' } });
  const { file, line } = startLines[shell];
  return new DaypassError('usage', fault, { hint: `add this line to ${file}, and run it here: ${line}` });
}

/** Returns the profile that is named, else the only one, else the one that the person chooses. */
async function profileOf(call: Call): Promise<string> {
  // Not that of AWS_PROFILE, which it replaces.
  const named = profileToUse({ flags: call.flags, env: {} });
  if (named !== undefined) return named;
  const profiles = daypassProfiles(call.config());
  const [first, ...others] = profiles;
  if (first === undefined) throw new DaypassError('not-set-up', 'no profile uses daypass');
  return others.length === 0 ? first : await askProfile(profiles, call, process.stderr);
}

/** Writes what the calls of this profile get to stderr. Throws `unknown-profile`, and every fault of its settings. */
async function tellAbout(profile: string, call: Call): Promise<void> {
  const isOwn = daypassProfiles(call.config()).includes(profile);
  const [lines, warning] = isOwn ? await aboutOwn(call, call.open(profile)) : aboutOther(profile, call);
  const width = columns(process.stderr);
  const other = otherProfileWarning(profile, call.surroundings.env);
  const all = [...lines, ...[warning, other].flatMap((found) => warningLines(found, width, process.stderr))];
  writeStderr(all.map((line) => `${line}\n`).join(''));
}

type About = [lines: string[], warning: AwsWarning | undefined];

/** A session that cannot be read is no reason to keep the profile of before. */
async function aboutOwn({ config }: Call, context: Context): Promise<About> {
  const { settings, env, home, stateDirectory } = context;
  const told = { settings, home, env: withProfile(env, settings.profile) };
  try {
    assertPrivateFolder(stateDirectory);
    return await withStores(async (stores) => {
      const quick = quickStores(stores, () => writeError(keychainUnresponsive()));
      const sessions = new SessionReader(quick, () => presence(settings, env).interactive);
      const state = await sessions.read(context);
      const width = columns(process.stderr);
      const lines = headline({ ...state, settings, now: sessions.now }, width, process.stderr);
      return [lines, awsWarning(told, config(), { record: state.next.usable })];
    });
  } catch (thrown) {
    writeError(asDaypassError(thrown));
    return [[], awsWarning(told, config(), {})];
  }
}

/** AWS clients know more profiles than daypass. */
function aboutOther(profile: string, { surroundings, config }: Call): About {
  const files = readAwsProfiles(surroundings, config());
  const isKnown = [files.config, files.credentials].some(({ profiles }) => profiles.has(profile));
  if (!isKnown) throw unknownProfile(profile, config(), surroundings);
  const env = withProfile(surroundings.env, profile);
  const shown = { config: files.config.shown, credentials: files.credentials.shown };
  const rival = profileRivals(profile, { ...files, env }).find(({ place }) => place === 'environment');
  return [
    [`Profile ${profile} does not use daypass`],
    rival && rivalWarning(rival, profile, shown, 'this profile'),
  ];
}

/** Returns the variables that the shell will have. */
function withProfile(env: NodeJS.ProcessEnv, profile: string): NodeJS.ProcessEnv {
  return environmentOf([...Object.entries(env), ['AWS_PROFILE', profile]]);
}
