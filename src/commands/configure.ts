import { iamFault, iamRemedy } from '../aws/identity-provider.ts';
import type { Keys } from '../aws-config/edit.ts';
import { type AwsProfiles, readAwsProfiles } from '../aws-config/profiles.ts';
import { assertWritable } from '../aws-config/writable-value.ts';
import { writeProfile } from '../aws-config/write.ts';
import { askDraft, checkGiven } from '../configure/ask-draft.ts';
import { checkIssuer } from '../configure/check-issuer.ts';
import { type CommandLink, makeCommandLink } from '../configure/command-link.ts';
import {
  credentialProcessLine,
  lineRemarks,
  newLink,
  type OwnProgram,
  ownProgram,
} from '../configure/credential-process-line.ts';
import { checkProfile, profileRemarks, replacedLine } from '../configure/profile-gate.ts';
import {
  type Completed,
  completeDraft,
  type Draft,
  profileKeys,
  sectionLines,
} from '../configure/profile-keys.ts';
import { withWriteLock } from '../configure/write-lock.ts';
import { writtenSection } from '../configure/written-section.ts';
import type { Surroundings } from '../context.ts';
import { asDaypassError, DaypassError, systemCode } from '../errors.ts';
import { givenByName, profileToUse } from '../settings/sources.ts';
import { askYes, canAsk, tell } from '../terminal/prompts.ts';
import { shellWord } from '../terminal/shell-word.ts';
import { writeNote, writeOut } from '../terminal/terminal.ts';
import type { Call } from './command.ts';

export const help = `daypass configure [--profile P] [--yes | --print] [--issuer URL …]

Sets up a profile in the AWS config file: asks for provider, client, role and
region, checks that the provider answers, shows the section and writes it. It
offers sign-ins, roles and regions of other profiles, and changes nothing else.

daypass does not ask for a setting that is given as a flag. Without a terminal
it asks nothing; DAYPASS_ISSUER, _CLIENT_ID, _ROLE_ARN and AWS_REGION count too:

  daypass configure --profile developer --issuer https://login.example.com \\
    --client-id 0oa1b2c3 --role-arn arn:aws:iam::123456789012:role/Developer
  daypass configure --profile audit --source-profile developer \\
    --role-arn arn:aws:iam::210987654321:role/Audit

  --source-profile P   use the sign-in of another profile with another role
  --env-file FILE      read DAYPASS_ settings, for example of your company
  --yes                ask nothing, replace another tool's credential_process,
                       make a link in ~/.local/bin if the path has blanks
  --print              print the section that it would write, and write nothing

It writes a client secret, which some providers issue, only if you type it.
`;

/** Writes a profile, after questions on a terminal. Returns the exit code. Throws a DaypassError. */
export async function run({ flags, switches, surroundings }: Call): Promise<number> {
  const asks = canAsk() && !switches.has('yes') && !flags.has('nonInteractive');
  const given = givenByName(flags);
  // A client secret comes only from a question, and nonInteractive concerns only this call.
  for (const name of ['clientSecret', 'nonInteractive'] as const) given.delete(name);
  const named = profileToUse({ flags, env: surroundings.env });
  if (!asks) return write({ profile: named ?? 'default', values: given }, surroundings, switches);
  try {
    return await converse(named, given, surroundings, switches);
  } catch (error) {
    if (asDaypassError(error).code === 'interrupted') tell.cancelled('nothing was written');
    throw error;
  }
}

async function write(given: Draft, surroundings: Surroundings, switches: Call['switches']): Promise<number> {
  const { profile } = given;
  const files = readAwsProfiles(surroundings);
  const { shown } = files.config;
  const program = ownProgram(surroundings);
  const { profiles } = files.config;
  const isPrinted = switches.has('print');
  const wantsLink = switches.has('yes') && !isPrinted;
  const line = credentialProcessLine(profile, program, { profiles, wantsLink });
  checkProfile(profile, files, line);
  const replaced = replacedLine(profile, files);
  if (replaced && !switches.has('yes') && !isPrinted) {
    const hint = 'add --yes to replace it, or use another profile name for daypass';
    throw new DaypassError('bad-configuration', `${profile} has ${replaced}`, { hint });
  }
  // Every fault of the values is reported before the first request.
  const checked = completeDraft(given, surroundings, files.config);
  assertWritable(profile, profileKeys(checked.draft, line));
  const metadata = await checkIssuer(checked.settings);
  const completed = completeDraft({ ...given, metadata }, surroundings, files.config);
  const { draft } = completed;
  const keys = profileKeys(draft, line);
  if (isPrinted) {
    for (const remark of remarks(completed, files, line, program)) writeNote(remark);
    return writeOut(writtenSection(files.config, profile, keys)) ? 0 : 1;
  }
  const isNew = await save(profile, keys, files, surroundings, newLink(line, program));
  const [header, ...entries] = sectionLines(draft, keys, files.config);
  const lines = [
    isNew ? `wrote ${header} in ${shown}` : `${header} in ${shown} has these settings already`,
    ...entries.map((line) => `  ${line}`),
    ...remarks(completed, files, line, program).map((remark) => `note: ${remark}`),
    `next: daypass login --profile ${shellWord(profile)}`,
  ];
  writeOut(`${lines.join('\n')}\n`);
  return 0;
}

async function converse(
  named: string | undefined,
  given: Draft['values'],
  surroundings: Surroundings,
  switches: Call['switches'],
): Promise<number> {
  checkGiven(given);
  const files = readAwsProfiles(surroundings);
  const { shown, profiles } = files.config;
  const program = ownProgram(surroundings);
  const isPrinted = switches.has('print');
  const lineOf = (profile: string, wantsLink = !isPrinted) =>
    credentialProcessLine(profile, program, { profiles, wantsLink });
  const check = (profile: string) => checkProfile(profile, files, lineOf(profile));
  if (named !== undefined) check(named);
  tell.title(named === undefined ? 'daypass configure' : `daypass configure: profile ${named}`);
  const asked = await askDraft({ profile: named, given, files, ...surroundings, checkProfile: check });
  const completed = completeDraft(asked, surroundings, files.config);
  const { draft } = completed;
  const { profile } = draft;
  let line = lineOf(profile);
  const link = newLink(line, program);
  if (
    link &&
    !(await askYes(`Make the link ${link.shown}? AWS clients read the present path in different ways`))
  )
    line = lineOf(profile, false);
  const keys = profileKeys(draft, line);
  if (!isPrinted) tell.text(sectionLines(draft, keys, files.config).join('\n'));
  for (const remark of remarks(completed, files, line, program)) tell.warning(remark);
  if (isPrinted) {
    tell.end('nothing was written');
    return writeOut(writtenSection(files.config, profile, keys)) ? 0 : 1;
  }
  const replaced = replacedLine(profile, files);
  if (replaced) tell.warning(`this replaces ${replaced}`);
  if (!(await askYes(`Write this to ${shown}?`))) {
    tell.end('nothing was written');
    return 0;
  }
  const isNew = await save(profile, keys, files, surroundings, newLink(line, program));
  tell.done(isNew ? `written to ${shown}` : 'the file has these settings already');
  tell.end(`next: daypass login --profile ${shellWord(profile)}`);
  return 0;
}

/**
 * Writes the profile. Returns false if the file had these keys already. If the file cannot be changed, as one that
 * Nix made, prints the section for the person to paste, and throws `io`.
 */
async function save(
  profile: string,
  keys: Keys,
  { config }: AwsProfiles,
  surroundings: Surroundings,
  link: CommandLink | undefined,
): Promise<boolean> {
  // First, so that a section that is only printed works too.
  makeCommandLink(link);
  const write = () => writeProfile(config.path, profile, keys, surroundings.home);
  try {
    return await withWriteLock(surroundings, write);
  } catch (thrown) {
    const error = asDaypassError(thrown);
    if (!['EACCES', 'EPERM', 'EROFS'].includes(systemCode(error.cause) ?? '')) throw error;
    const section = writtenSection(config, profile, keys);
    // Without --print, stdout may be the log of a build.
    const shown = section.split('\n').map(withoutSecret).join('\n');
    writeOut(shown);
    const also = shown === section ? '' : ' with the values that are not shown';
    throw new DaypassError(error.code, error.faults, {
      hint: `copy the printed section${also} to the source of that file (Nix, a dotfiles repository), or make it writable: ${error.hint}`,
      cause: error,
    });
  }
}

/** Hides the value of a line whose key is that of a secret, in any spelling, also in a comment or a block. */
function withoutSecret(line: string): string {
  const delimiter = line.search(/[=:]/);
  const isSecret = delimiter >= 0 && /secret|password|token/i.test(line.slice(0, delimiter));
  return isSecret ? `${line.slice(0, delimiter + 1)} (not shown)` : line;
}

/** Returns what a person should know before or after the profile is written. */
function remarks(completed: Completed, files: AwsProfiles, line: string, program: OwnProgram): string[] {
  const { settings } = completed;
  // Another STS than that of AWS may accept any issuer.
  const fault = settings.stsEndpoint ? undefined : iamFault(settings.issuer);
  return [
    ...lineRemarks(line, program),
    ...registration(completed),
    ...(fault ? [`${fault} (to avoid this: ${iamRemedy})`] : []),
    ...profileRemarks(settings.profile, files, program.env),
  ];
}

/** Returns the registration at a known provider, or a redirect address that needs one (RFC 8252 7.3). */
function registration({ settings, provider }: Completed): string[] {
  const { redirectHost, redirectPorts, redirectPath } = settings;
  const ports = redirectPorts.length > 0 ? redirectPorts.map((port) => `:${port}`) : [''];
  const addresses = ports.map((port) => `http://${redirectHost}${port}${redirectPath}`).join(', ');
  if (provider) return [`at ${provider.name}: ${provider.register(addresses)}`];
  if (redirectHost === '127.0.0.1' && redirectPorts.length === 0) return [];
  return [`register this redirect address for the client at the provider: ${addresses}`];
}
