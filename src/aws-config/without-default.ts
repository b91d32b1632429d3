import { DaypassError } from '../errors.ts';
import type { AwsFile, ReadConfigFile } from './config-file.ts';
import { type KeyLine, profileHeader } from './lines.ts';
import type { AwsConfigFile } from './parse.ts';

/** A config file with one profile more, which has no credentials. */
export interface OtherProfile {
  name: string;
  content: Buffer;
}

/** The profile whose credentials the endpoint has. */
interface Served {
  profile: string;
  region: string;
}

interface Files {
  config: ReadConfigFile;
  credentials: AwsFile & AwsConfigFile;
}

const keyOfCredentials =
  /^(aws_access_key_id|aws_secret_access_key|aws_session_token|credential_process|credential_source|source_profile|role_arn|web_identity_token_file|login_session|sso_.+)$/;

const keyOfSecret = /secret|password|token$/i;

/**
 * AWS clients prefer every source of [default] to an endpoint. Returns a config file with a profile that leads them
 * past it, or undefined if [default] has no source. The profile has the other keys of [default], this region, and
 * for daypass the settings of `profile`. Throws `bad-configuration` if the copy would contain a secret, or the
 * profile a source.
 */
export function withoutDefault(
  { config, credentials }: Files,
  { profile, region }: Served,
): OtherProfile | undefined {
  const sources = [config, credentials].flatMap((file) => {
    const [first] = sourcesOf(file, isDefault);
    return first
      ? [`${place(file, first)}: AWS clients prefer ${keyOf(first)} of [default] to the endpoint`]
      : [];
  });
  const inherited = config.profiles.has('default')
    ? sourcesOf(config, (section) => section === 'DEFAULT')
    : [];
  if (sources.length === 0 && inherited.length === 0) return undefined;
  const obstacles = [
    ...secretsIn(config).map(
      ({ line, key }) => `${config.shown}:${line}: ${key} is a secret, which daypass does not copy`,
    ),
    ...inherited.map(
      (line) => `${place(config, line)}: ${keyOf(line)} of [DEFAULT] belongs to every profile`,
    ),
  ];
  if (obstacles.length > 0) {
    const advice =
      inherited.length > 0
        ? 'move the keys of [DEFAULT] to the profiles that need them'
        : `move the secrets of ${config.shown} to the credentials file, or give [default] another name`;
    throw new DaypassError('bad-configuration', [...sources, ...obstacles], {
      hint: { advice, again: true },
    });
  }
  const name = freeName([config, credentials]);
  const end = config.lines[0]?.end || '\n';
  const last = config.lines.at(-1)?.text ?? '';
  const added = [...(last === '' ? [''] : ['', '']), ...section(name, config, { profile, region })].map(
    (line) => line + end,
  );
  // Not through text: the file may not be UTF-8.
  return { name, content: Buffer.concat([config.bytes, Buffer.from(added.join(''))]) };
}

/** The lines of keys that lead to credentials, in the sections whose name fits. */
function sourcesOf({ lines }: AwsConfigFile, fits: (section: string) => boolean): KeyLine[] {
  let inside = false;
  return lines.filter((line): line is KeyLine => {
    if (line.kind === 'section') inside = fits(line.name);
    return inside && line.kind === 'key' && keyOfCredentials.test(keyOf(line));
  });
}

/** Returns whether any AWS client takes the section for [default]: they differ in quotes and blanks. */
function isDefault(section: string): boolean {
  const words = section.replace(/["']/g, ' ').trim().split(/\s+/);
  return words.at(-1) === 'default' && (words.length === 1 || (words.length === 2 && words[0] === 'profile'));
}

/** Returns the secrets of a file, also those that are commented out, such as `# export AWS_SECRET_ACCESS_KEY=…`. */
function secretsIn({ lines }: AwsConfigFile): { line: number; key: string }[] {
  return lines.flatMap(({ text, number }) => {
    const at = text.search(/[=:]/);
    const words = text.slice(0, Math.max(0, at)).match(/[\w-]+/g) ?? [];
    // A sentence may have a colon after any word.
    const key = text.charAt(at) === '=' || words.length === 1 ? words.at(-1) : undefined;
    const isSecret = key !== undefined && keyOfSecret.test(key) && text.slice(at + 1).trim() !== '';
    return isSecret ? [{ line: number, key: key.toLowerCase() }] : [];
  });
}

/** A name that no section has, in whatever way it is written. */
function freeName(files: readonly AwsConfigFile[]): string {
  const taken = files.flatMap(({ lines }) =>
    lines.flatMap((line) => (line.kind === 'section' ? [line.name] : [])),
  );
  const isFree = (name: string) => !taken.some((section) => section.includes(name));
  let name = 'daypass-exec';
  for (let number = 2; !isFree(name); number++) name = `daypass-exec-${number}`;
  return name;
}

function section(name: string, { profiles }: AwsConfigFile, { profile, region }: Served): string[] {
  const kept = [...(profiles.get('default') ?? [])].filter(
    ([key]) => key !== 'region' && !key.startsWith('daypass_') && !keyOfCredentials.test(key),
  );
  const lines = kept.flatMap(([key, { value }]) => {
    const [first, ...block] = value.split('\n');
    return [`${key} = ${first}`.trimEnd(), ...block.filter((line) => line !== '').map((line) => `  ${line}`)];
  });
  const ours = profiles.has(profile) ? [`daypass_source_profile = ${profile}`] : [];
  return [profileHeader(name), ...lines, `region = ${region}`, ...ours];
}

const keyOf = ({ key }: KeyLine) => key.toLowerCase();
const place = ({ shown }: AwsFile, { number }: KeyLine) => `${shown}:${number}`;
