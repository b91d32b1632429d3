import { type Hint, hintText } from '../errors.ts';
import { unsetHint } from '../terminal/advice.ts';
import { profileHeader } from './lines.ts';
import type { ConfigEntry, Profiles } from './parse.ts';

/** A source other than `credential_process` from which AWS clients take the credentials of a profile. */
export interface Rival {
  /** The keys of one profile in one file, or environment variables, that belong together. */
  keys: readonly string[];
  place: FilePlace | 'environment';
  /** The line of the first key, counted from 1; 0 in the environment. */
  line: number;
  /** The AWS clients that use these credentials and never run daypass. */
  wins: readonly string[];
  /** The AWS clients that fail with an error. */
  fails: readonly string[];
}

/** The places from which AWS clients read a profile; an empty variable counts as unset. */
export type ProfileFiles = Record<FilePlace, { profiles: Profiles }> & { env: NodeJS.ProcessEnv };

type FilePlace = 'config' | 'credentials';
type Found = { key: string; place: FilePlace } & ConfigEntry;
type Clients = Pick<Rival, 'wins' | 'fails'>;
/** The two files as messages show them. */
type Shown = Record<FilePlace, string>;

const botocore = 'AWS CLI and boto3';

/**
 * Returns the sources that keep AWS clients from running `ours`, the line that counts as daypass, as observed
 * or as read in their source code; clients of unknown behaviour are left out.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 */
export function profileRivals(
  profile: string,
  { config, credentials, env }: ProfileFiles,
  ours = config.profiles.get(profile)?.get('credential_process')?.value,
): Rival[] {
  const entriesIn = (place: FilePlace, { profiles }: { profiles: Profiles }): Found[] =>
    [...(profiles.get(profile) ?? [])].map(([key, entry]) => ({ key, place, ...entry }));
  const all = [...entriesIn('config', config), ...entriesIn('credentials', credentials)];
  const named = (pattern: RegExp) => all.filter(({ key, value }) => value && pattern.test(key));

  const roles = named(/^(role_arn|source_profile|credential_source)$/);
  const token = named(/^web_identity_token_file$/);
  // Beside it, a role_arn alone is the role to which the token leads.
  const ofToken = token.length > 0 && roles.every(({ key }) => key === 'role_arn') ? roles.splice(0) : [];
  const extras = named(/^(role_session_name|external_id|mfa_serial)$/);
  return [
    ...staticKeys(named(/^aws_(access_key_id|secret_access_key|session_token)$/)),
    ...rivals(roles, roleClients(new Set(roles.map(({ key }) => key)))),
    ...rivals([...ofToken, ...token], {
      wins: [botocore, 'JavaScript', 'Ruby', 'Java', 'Rust', 'PHP'],
      fails: ['Go', '.NET'],
    }),
    ...rivals(named(/^sso_/), { wins: [botocore, 'Go', 'Ruby', 'Java', 'Rust', '.NET', 'PHP'], fails: [] }),
    ...rivals(named(/^login_session$/), {
      wins: [`${botocore} (2.32 and later)`, 'Go (new versions)', 'Java (new versions)', 'Rust'],
      fails: [],
    }),
    ...rivals(extras, { wins: [], fails: ['.NET'] }),
    ...rivals(
      named(/^credential_process$/).filter(({ place, value }) => place === 'credentials' && value !== ours),
      { wins: [botocore, 'JavaScript', 'Go', 'Ruby', 'Java', 'Rust'], fails: [] },
    ),
    ...environmentRivals(profile, env),
  ];
}

/** Returns rivals for access keys, which more clients prefer in the credentials file. */
function staticKeys(keys: readonly Found[]): Rival[] {
  const of = (place: FilePlace) => keys.filter((key) => key.place === place);
  const wins = ['JavaScript', 'Go', 'Ruby'];
  return [
    ...rivals(of('config'), { wins, fails: ['.NET'] }),
    ...rivals(of('credentials'), { wins: [botocore, ...wins, 'C++', 'PHP', 'CRT'], fails: ['.NET'] }),
  ];
}

function roleClients(keys: ReadonlySet<string>): Clients {
  if (!keys.has('role_arn')) return { wins: [], fails: ['Go', '.NET'] };
  if (keys.has('source_profile'))
    return { wins: [botocore, 'JavaScript', 'Ruby', 'Java', 'Rust', 'CRT'], fails: ['Go', '.NET'] };
  if (keys.has('credential_source'))
    return { wins: [botocore, 'Java', 'Rust', 'CRT'], fails: ['Go', 'Ruby', '.NET'] };
  // Go assumes the role with the credentials from daypass.
  return { wins: ['Go', 'CRT'], fails: [botocore, 'Ruby', 'Rust', '.NET'] };
}

/** Returns variables that win over the profile of AWS_PROFILE, rarely over one named by flag or in code. */
function environmentRivals(profile: string, env: NodeJS.ProcessEnv): Rival[] {
  const set = (...names: string[]) => names.filter((name) => env[name]);
  const where = { place: 'environment', line: 0 } as const;
  const found: Rival[] = [];
  const keys = set('AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN');
  if (keys.includes('AWS_ACCESS_KEY_ID')) {
    const both = keys.includes('AWS_SECRET_ACCESS_KEY');
    const others = ['Go', 'Ruby', 'Java', 'Rust', '.NET', 'C++', 'PHP', 'CRT'];
    // Only JavaScript prefers the profile of AWS_PROFILE; without AWS_PROFILE it uses the keys.
    const javaScript = env.AWS_PROFILE || profile !== 'default' ? [] : ['JavaScript'];
    const wins = both ? [botocore, ...javaScript, ...others] : [];
    found.push({ keys, ...where, wins, fails: both ? [] : [botocore] });
  }
  const webIdentity = set('AWS_WEB_IDENTITY_TOKEN_FILE', 'AWS_ROLE_ARN');
  const clients = [botocore, 'Go', 'Ruby', 'Java', '.NET', 'PHP'];
  if (webIdentity.length === 2) found.push({ keys: webIdentity, ...where, wins: clients, fails: [] });
  return found;
}

/** Returns one rival for each file, as each file needs its own correction. */
function rivals(found: readonly Found[], clients: Clients): Rival[] {
  return (['config', 'credentials'] as const).flatMap((place) => {
    const here = found.filter((entry) => entry.place === place);
    return here[0] ? [{ keys: here.map(({ key }) => key), place, line: here[0].line, ...clients }] : [];
  });
}

/** Returns keys, place and clients: `role_arn (~/.aws/config:3): used instead of daypass by Go`. */
export function rivalFault({ keys, place, line, wins, fails }: Rival, shown: Shown): string {
  const where =
    place === 'environment' ? 'in the environment, if no flag names a profile' : `(${shown[place]}:${line})`;
  const effects = [
    ...(wins.length > 0 ? [`used instead of daypass by ${wins.join(', ')}`] : []),
    ...(fails.length > 0 ? [`an error in ${fails.join(', ')}`] : []),
  ];
  return `${keys.join(', ')} ${where}: ${effects.join('; ')}`;
}

/**
 * Returns the same shortly, with the next step: what keeps AWS from working although a person is signed in. `ours` is
 * what the clients do not use.
 */
export function rivalWarning(
  rival: Rival,
  profile: string,
  shown: Shown,
  ours = 'daypass',
): { text: string; remedy: string } {
  const { keys, place, line, wins } = rival;
  const [key] = keys;
  const isVariable = place === 'environment';
  const named = isVariable ? key : `${key} (${shown[place]}:${line})`;
  const text =
    wins.length > 0
      ? `AWS clients use ${named} instead of ${ours}${isVariable ? ', unless a flag names the profile' : ''}`
      : `some AWS clients fail because of ${named}`;
  return { text, remedy: hintText(rivalRemedy(rival, profile, shown)) };
}

/** Returns the next step against a rival. */
export function rivalRemedy({ keys, place }: Rival, profile: string, shown: Shown): Hint {
  const all = keys.join(', ');
  if (place === 'environment') return unsetHint(...keys);
  const header = place === 'config' ? profileHeader(profile) : `[${profile}]`;
  return {
    advice: `remove ${all} from ${header} in ${shown[place]}, or use another profile name for daypass`,
  };
}
