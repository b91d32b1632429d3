import type { ReadConfigFile } from '../aws-config/config-file.ts';
import { processLine, readAwsProfiles } from '../aws-config/profiles.ts';
import { profileRivals, rivalWarning } from '../aws-config/rivals.ts';
import type { Context } from '../context.ts';
import { hintText } from '../errors.ts';
import { awsTolerates, clockOffset, clockRemedy } from '../session/clock.ts';
import type { CredentialsRecord } from '../session/records.ts';
import type { Settings } from '../settings/settings.ts';
import { unsetHint } from '../terminal/advice.ts';
import { shownWidth, wrapped } from '../terminal/columns.ts';
import { printable } from '../terminal/printable.ts';
import { paint } from '../terminal/style.ts';
import { clockDifference } from '../terminal/time-span.ts';

/** What keeps AWS from working, and what fixes it: a command or an advice. */
export interface AwsWarning {
  text: string;
  remedy: string;
}

/** Returns the warning as one text for a program. */
export function warningText({ text, remedy }: AwsWarning): string {
  return `${text}; ${remedy}`;
}

/** Returns the warning as one line for a stream, or as more if it is too wide; a command in it is not split. */
export function warningLines(
  warning: AwsWarning | undefined,
  width: number,
  to: NodeJS.WriteStream = process.stdout,
): string[] {
  if (!warning) return [];
  const line = `warning: ${warningText(warning)}`;
  const lines =
    shownWidth(line) <= width
      ? [line]
      : [...wrapped(`warning: ${warning.text}`, width), `  ${warning.remedy}`];
  return lines.map((text) => text.replace(/^warning:/, (word) => paint('warning', word, to)));
}

/** The sources about the clock: credentials that AWS issued, or else the answer of the provider. */
interface Known {
  record?: CredentialsRecord | undefined;
  /** The seconds that the provider's clock is ahead of this machine's. */
  providerAhead?: number | undefined;
}

/** Whose calls it is about. */
type Told = Pick<Context, 'env' | 'home'> & { settings: Pick<Settings, 'profile' | 'signInFlags'> };

/** Returns what keeps AWS from working although a person is signed in. `doctor` reports the same in full. */
export function awsWarning(
  { settings: { profile, signInFlags }, env, home }: Told,
  config: ReadConfigFile,
  { record, providerAhead = 0 }: Known,
): AwsWarning | undefined {
  const [first, ...others] = [
    ...rivalWarnings(profile, { env, home }, config, record),
    ...(record ? clockWarning(record) : providerClockWarning(providerAhead)),
  ];
  if (first === undefined || others.length === 0) return first;
  return { ...first, text: `${first.text} (and ${others.length} more, see daypass doctor ${signInFlags})` };
}

/** Returns the warning of a variable with which some AWS clients use another profile than that of AWS_PROFILE. */
export function otherProfileWarning(profile: string, env: NodeJS.ProcessEnv): AwsWarning | undefined {
  const other = env.AWS_DEFAULT_PROFILE;
  if (!other || other === profile) return undefined;
  const text = `boto3 and C++ use AWS_DEFAULT_PROFILE=${printable(other)} even before AWS_PROFILE`;
  return { text, remedy: hintText(unsetHint('AWS_DEFAULT_PROFILE')) };
}

function rivalWarnings(
  profile: string,
  { env, home }: Pick<Context, 'env' | 'home'>,
  config: ReadConfigFile,
  record: CredentialsRecord | undefined,
): AwsWarning[] {
  let files: ReturnType<typeof readAwsProfiles>;
  try {
    files = readAwsProfiles({ env, home }, config);
  } catch {
    // Without the credentials file a session is still worth telling, and `doctor` reports the error.
    return [];
  }
  const shown = { config: files.config.shown, credentials: files.credentials.shown };
  // In a shell of `daypass exec` or `daypass env`, the keys are those of this session.
  const isOwn = record !== undefined && env.AWS_ACCESS_KEY_ID === record.credentials.accessKeyId;
  return profileRivals(profile, { ...files, env }, processLine(profile, files)?.value)
    .filter(({ place, keys: [key] }) => !(isOwn && place === 'environment' && key === 'AWS_ACCESS_KEY_ID'))
    .map((rival) => rivalWarning(rival, profile, shown));
}

function clockWarning(record: CredentialsRecord): AwsWarning[] {
  const ahead = clockOffset(record);
  if (Math.abs(ahead) <= awsTolerates) return [];
  const text = `this machine's clock was ${off(ahead)} AWS when AWS issued the credentials, and AWS rejects requests if it still is`;
  return [{ text, remedy: hintText(clockRemedy()) }];
}

function providerClockWarning(ahead: number): AwsWarning[] {
  if (Math.abs(ahead) <= awsTolerates) return [];
  const text = `this machine's clock is ${off(ahead)} the provider's, and AWS rejects requests if it is wrong`;
  return [{ text, remedy: hintText(clockRemedy()) }];
}

/** Returns `10 min behind`, for example, if the other clock is so many seconds ahead. */
function off(ahead: number): string {
  return `${clockDifference(ahead)} ${ahead > 0 ? 'behind' : 'ahead of'}`;
}
