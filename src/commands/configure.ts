import { iamFault, iamRemedy } from '../aws/identity-provider.ts';
import { readAwsConfigFile } from '../aws-config/config-file.ts';
import type { Keys } from '../aws-config/edit.ts';
import { type AwsProfiles, readAwsProfiles } from '../aws-config/profiles.ts';
import { assertWritable } from '../aws-config/writable-value.ts';
import { writeProfile } from '../aws-config/write.ts';
import { askDraft, checkGiven, faultOf } from '../configure/ask-draft.ts';
import { checkIssuer } from '../configure/check-issuer.ts';
import { type CommandLink, makeCommandLink } from '../configure/command-link.ts';
import {
  credentialProcessLine,
  lineRemarks,
  newLink,
  type OwnProgram,
  ownProgram,
} from '../configure/credential-process-line.ts';
import { type Answers, forgetAnswers, keepAnswers, readAnswers } from '../configure/kept-answers.ts';
import { assertOwnFile } from '../configure/own-file.ts';
import { checkProfile, profileRemarks, replacedLine } from '../configure/profile-gate.ts';
import {
  type Completed,
  completeDraft,
  type Draft,
  profileKeys,
  sectionLines,
} from '../configure/profile-keys.ts';
import { redirectAddresses } from '../configure/registration.ts';
import { typedIssuer } from '../configure/typed-values.ts';
import { writeOrPrint } from '../configure/write-or-print.ts';
import { writtenSections } from '../configure/written-section.ts';
import type { Surroundings } from '../context.ts';
import { asDaypassError, DaypassError } from '../errors.ts';
import { givenByName, profileToUse } from '../settings/sources.ts';
import { columns, fitLines } from '../terminal/columns.ts';
import { writeError } from '../terminal/command-error.ts';
import { askYes, tell } from '../terminal/prompts.ts';
import { shellWord } from '../terminal/shell-word.ts';
import { mark, paint } from '../terminal/style.ts';
import { canAsk, writeOut, writeStderr } from '../terminal/terminal.ts';
import { type AwsWarning, awsWarning, warningLines, warningText } from './aws-warning.ts';
import type { Call } from './command.ts';
import { json } from './json.ts';

export const help = `daypass configure [PROFILE | --from FILE|URL] [--yes | --print] [--json] …

Sets up a profile in the AWS config file: asks for provider, client, role and
region, checks that the provider answers, shows the section, writes it and
offers to sign in. After ^C the next start offers your answers again. It asks
for no setting that is a flag, and without a terminal for none at all:

  daypass configure developer --issuer https://login.example.com \\
    --client-id 0oa1b2c3 --role-arn arn:aws:iam::123456789012:role/Developer

With --from FILE, or an https URL, it writes the profiles of your team's file,
and updates those that came from it. It shows what changes, and asks.

  --source-profile P   use the sign-in of another profile with another role
  --env-file FILE      read DAYPASS_ settings, for example of your company
  --only NAMES         only these profiles of the file, such as 'dev-*,ops'
  --prefix TEXT        what goes before each of their names
  --yes                ask nothing: replace another credential_process, make a
                       link in ~/.local/bin, accept a new issuer, and remove
                       profiles that the team's file no longer has
  --print              print the section or the plan, and write nothing
  --json               print one line of JSON, ask nothing (docs/json.md)
`;

/** Writes a profile, after questions on a terminal. Returns the exit code. Throws a DaypassError. */
export async function run(call: Call): Promise<number> {
  const { flags, switches, options, surroundings } = call;
  if (options.has('from')) return await (await import('./configure-from.ts')).run(call);
  const [alone] = options.keys();
  if (alone !== undefined)
    throw new DaypassError('usage', `--${alone} is only for the profiles of --from`, {
      hint: { command: 'daypass configure --help' },
    });
  const asks = canAsk() && !switches.has('yes') && !switches.has('json') && !flags.has('nonInteractive');
  if (!switches.has('print')) assertOwnFile(surroundings);
  const given = givenByName(flags);
  // A client secret comes only from a question, and nonInteractive concerns only this call.
  for (const name of ['clientSecret', 'nonInteractive'] as const) given.delete(name);
  const issuer = given.get('issuer');
  if (issuer !== undefined) given.set('issuer', typedIssuer(issuer));
  const named = profileToUse({ flags, env: surroundings.env });
  if (!asks) return write({ profile: named ?? 'default', values: given }, surroundings, switches);
  const answers: Answers = { values: new Map() };
  let profile: string | undefined;
  try {
    profile = await converse(named, given, answers, call);
  } catch (error) {
    if (asDaypassError(error).code === 'interrupted') tell.cancelled(afterInterrupt(answers, surroundings));
    throw error;
  }
  return profile === undefined ? 0 : await signIn(profile, call);
}

/** Keeps the answers of a person who typed ^C. Returns what to say. */
function afterInterrupt(answers: Answers, surroundings: Surroundings): string {
  try {
    const isKept = keepAnswers(answers, surroundings);
    return `nothing was written${isKept ? '; the next start offers your answers again' : ''}`;
  } catch {
    // The person wants an end, and not the fault of the state directory.
    return 'nothing was written';
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
  const answered = await checkIssuer(checked.settings);
  const completed = completeDraft({ ...given, ...answered }, surroundings, files.config);
  const { draft } = completed;
  const keys = profileKeys(draft, line);
  const notes = [...toRegister(completed), ...remarks(completed, files, line, program)];
  const next = `daypass login --profile ${shellWord(profile)}`;
  const isJson = switches.has('json');
  const facts = { profile, file: files.config.path, settings: keys, notes };
  if (isPrinted) {
    const section = writtenSections(files.config, [{ profile, set: keys }]);
    const warning = warningOf(completed, surroundings);
    if (isJson)
      return writeOut(
        json({
          ...facts,
          ...(warning ? { warning: warningText(warning) } : {}),
          written: false,
          section,
          next,
        }),
      )
        ? 0
        : 1;
    writeStderr(lines(notes.map((note) => fitLines(`note: ${note}`, columns(process.stderr)))));
    noteWarning(warning);
    return writeOut(section) ? 0 : 1;
  }
  const isNew = await save(profile, keys, files, surroundings, newLink(line, program), isJson);
  const warning = warningOf(completed, surroundings);
  if (isJson)
    return writeOut(
      json({ ...facts, ...(warning ? { warning: warningText(warning) } : {}), written: isNew, next }),
    )
      ? 0
      : 1;
  const [header, ...entries] = sectionLines(draft, keys, files.config);
  const told = [
    `${mark('good')} ${isNew ? `wrote ${header} in ${shown}` : `${header} in ${shown} has these settings already`}`,
    ...entries.map((line) => `  ${line}`),
    ...notes.map((note) => fitLines(`note: ${note}`, columns())),
    `next: ${next}`,
    ...warningLines(warning, columns()),
  ];
  writeOut(lines(told));
  return 0;
}

/** Asks, shows and writes a profile. Returns its name if the person wants to sign in now. */
async function converse(
  named: string | undefined,
  given: Draft['values'],
  answers: Answers,
  { surroundings, switches }: Call,
): Promise<string | undefined> {
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
  const kept = readAnswers(surroundings, (name, value) => !faultOf(name)(value));
  if (kept.values.size > 0) tell.text('Your answers from before ^C are offered again.');
  const asked = await askDraft({
    profile: named,
    given,
    kept,
    answers,
    files,
    ...surroundings,
    checkProfile: check,
  });
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
  if (!isPrinted) {
    const [header = '', ...entries] = sectionLines(draft, keys, files.config);
    tell.text([paint('heading', header), ...entries].join('\n'));
  }
  for (const remark of remarks(completed, files, line, program)) tell.warning(remark);
  if (isPrinted) {
    tell.end('nothing was written');
    noteWarning(warningOf(completed, surroundings));
    writeOut(writtenSections(files.config, [{ profile, set: keys }]));
    return undefined;
  }
  const replaced = replacedLine(profile, files);
  if (replaced) tell.warning(`this replaces ${replaced}`);
  if (!(await askYes(`Write this to ${shown}?`))) {
    tell.end('nothing was written');
    return undefined;
  }
  const isNew = await save(profile, keys, files, surroundings, newLink(line, program));
  forgetAnswers(surroundings);
  tell.done(isNew ? `written to ${shown}` : 'the file has these settings already');
  if (await wantsSignIn()) {
    tell.end('signing in …');
    return profile;
  }
  tell.end(`next: daypass login --profile ${shellWord(profile)}`);
  // A login says it itself.
  writeOut(lines(warningLines(warningOf(completed, surroundings), columns())));
  return undefined;
}

/** Writes it to stderr, where stdout is the section that a script reads. */
function noteWarning(warning: AwsWarning | undefined): void {
  writeStderr(lines(warningLines(warning, columns(process.stderr), process.stderr)));
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('');
}

/** Returns what will keep AWS from working with the written profile. */
function warningOf(
  { draft: { profile, clockAhead } }: Completed,
  surroundings: Surroundings,
): AwsWarning | undefined {
  // Read again, since the profile is new in it.
  const config = readAwsConfigFile(surroundings);
  // By now the profile has what the flags of this call gave.
  const settings = { profile, signInFlags: `--profile ${shellWord(profile)}` };
  return awsWarning({ settings, ...surroundings }, config, { providerAhead: clockAhead });
}

/** Asks whether to sign in now. ^C means no: the profile is written. */
async function wantsSignIn(): Promise<boolean> {
  try {
    return await askYes('Sign in now?');
  } catch (error) {
    if (asDaypassError(error).code !== 'interrupted') throw error;
    return false;
  }
}

/**
 * Signs in with a profile that was just written. If AWS refuses the role, prints the commands for an administrator
 * after the error. Returns the exit code. Throws a DaypassError.
 */
async function signIn(profile: string, { follow }: Call): Promise<number> {
  const flags = new Map([['profile' as const, profile]]);
  const form = { help: false, switches: new Set<string>(), options: new Map(), operands: [], flags };
  try {
    const code = await follow({ ...form, command: 'login' });
    writeOut(`next: aws sts get-caller-identity --profile ${shellWord(profile)}\n`);
    return code;
  } catch (thrown) {
    const error = asDaypassError(thrown);
    if (error.code !== 'trust-policy' && error.code !== 'sts-token-refused') throw error;
    writeError(error);
    writeOut('\nThe profile is written, and you are signed in. AWS must trust this sign-in:\n\n');
    await follow({ ...form, command: 'trust-policy' });
    return error.exitCode;
  }
}

/**
 * Writes the profile. Returns false if the file had these keys already. If the file cannot be changed, as one that
 * Nix made, prints the section for the person to paste (not with `isJson`), and throws `io`.
 */
async function save(
  profile: string,
  keys: Keys,
  { config }: AwsProfiles,
  surroundings: Surroundings,
  link: CommandLink | undefined,
  isJson = false,
): Promise<boolean> {
  // First, so that a section that is only printed works too.
  makeCommandLink(link);
  const write = () => writeProfile(config.path, profile, keys, surroundings.home);
  const section = () => writtenSections(config, [{ profile, set: keys }]);
  return await writeOrPrint(write, section, surroundings, isJson);
}

/** Returns what a person should know before or after the profile is written. */
function remarks(completed: Completed, files: AwsProfiles, line: string, program: OwnProgram): string[] {
  const { settings } = completed;
  // Another STS than that of AWS may accept any issuer.
  const fault = settings.stsEndpoint ? undefined : iamFault(settings.issuer);
  return [
    ...lineRemarks(line, program),
    ...(fault ? [`${fault} (to avoid this: ${iamRemedy})`] : []),
    ...profileRemarks(files),
  ];
}

/** Returns the registration at a known provider, or a redirect address that needs one (RFC 8252 7.3). */
function toRegister({ settings, provider }: Completed): string[] {
  const { redirectHost, redirectPorts, redirectPath } = settings;
  const given = { redirectHost, redirectPort: redirectPorts.join(), redirectPath: redirectPath || 'none' };
  const addresses = redirectAddresses(provider, (name) => given[name as keyof typeof given]).join(', ');
  if (provider) return [`at ${provider.name}: ${provider.register(addresses)}`];
  if (redirectHost === '127.0.0.1' && redirectPorts.length === 0) return [];
  return [`register this redirect address for the client at the provider: ${addresses}`];
}
