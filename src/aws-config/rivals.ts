import type { AwsConfigFile, ConfigEntry } from './config-file.ts';
import { profileHeader } from './profile-name.ts';

/** Something beside `credential_process` from which AWS clients would take a profile's credentials. */
export interface Rival {
  /** The keys of one profile in one file, or the environment variables, that belong together. */
  keys: readonly string[];
  place: 'config' | 'credentials' | 'environment';
  /** The first of the keys stands here, counted from 1; 0 in the environment. */
  line: number;
  /** The AWS clients that take these credentials and never ask daypass. */
  wins: readonly string[];
  /** The AWS clients that give up with an error. */
  fails: readonly string[];
}

/** What AWS clients read a profile from; an empty variable counts as unset. */
export interface ProfileFiles {
  config: Pick<AwsConfigFile, 'profiles'>;
  credentials: Pick<AwsConfigFile, 'profiles'>;
  env: NodeJS.ProcessEnv;
}

type Found = { key: string; place: 'config' | 'credentials' } & ConfigEntry;
type Clients = Pick<Rival, 'wins' | 'fails'>;

const botocore = 'AWS CLI and boto3';

/**
 * What keeps AWS clients from asking the `credential_process` of this profile, as they were seen to behave or
 * as their sources say; clients whose behaviour is not known are left out. `ours` is the line that counts as
 * daypass, by default the config file's.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 */
export function profileRivals(
  profile: string,
  { config, credentials, env }: ProfileFiles,
  ours = config.profiles.get(profile)?.get('credential_process')?.value,
): Rival[] {
  const entriesIn = (place: Found['place'], { profiles }: ProfileFiles[Found['place']]): Found[] =>
    [...(profiles.get(profile) ?? [])].flatMap(([key, entry]) =>
      entry.value ? [{ key, place, ...entry }] : [],
    );
  const all = [...entriesIn('config', config), ...entriesIn('credentials', credentials)];
  const named = (pattern: RegExp) => all.filter(({ key }) => pattern.test(key));

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
    ...rivals(named(/^login_session$/), { wins: [`${botocore} (2.32 and later)`, 'Rust'], fails: [] }),
    ...rivals(extras, { wins: [], fails: ['.NET'] }),
    ...rivals(
      named(/^credential_process$/).filter(({ place, value }) => place === 'credentials' && value !== ours),
      { wins: [botocore, 'JavaScript', 'Go', 'Ruby'], fails: [] },
    ),
    ...environmentRivals(profile, env),
  ];
}

/** They decide in more clients where they stand in the file that is made for them. */
function staticKeys(keys: readonly Found[]): Rival[] {
  const of = (place: Found['place']) => keys.filter((key) => key.place === place);
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
    return { wins: [botocore, 'Rust', 'CRT'], fails: ['Go', 'Ruby', '.NET'] };
  // Go assumes it with the keys that daypass gave.
  return { wins: ['Go', 'CRT'], fails: [botocore, 'Ruby', '.NET'] };
}

/**
 * Variables that a profile of AWS_PROFILE does not override; one that is named by flag or in code mostly
 * does.
 */
function environmentRivals(profile: string, env: NodeJS.ProcessEnv): Rival[] {
  const set = (...names: string[]) => names.filter((name) => env[name]);
  const rival = (keys: string[], clients: Clients): Rival => ({
    keys,
    place: 'environment',
    line: 0,
    ...clients,
  });
  const found: Rival[] = [];
  const keys = set('AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN');
  if (keys.includes('AWS_ACCESS_KEY_ID')) {
    const both = keys.includes('AWS_SECRET_ACCESS_KEY');
    const others = ['Go', 'Ruby', 'Java', 'Rust', '.NET', 'C++', 'PHP', 'CRT'];
    // JavaScript alone prefers a profile that AWS_PROFILE names, and takes the keys where nothing does.
    const javaScript = env.AWS_PROFILE || profile !== 'default' ? [] : ['JavaScript'];
    found.push(
      rival(
        keys,
        both ? { wins: [botocore, ...javaScript, ...others], fails: [] } : { wins: [], fails: [botocore] },
      ),
    );
  }
  const webIdentity = set('AWS_WEB_IDENTITY_TOKEN_FILE', 'AWS_ROLE_ARN');
  if (webIdentity.length === 2)
    found.push(rival(webIdentity, { wins: [botocore, 'Go', 'Ruby', 'Java', '.NET', 'PHP'], fails: [] }));
  return found;
}

/** One for each file, for each has to be corrected on its own. */
function rivals(found: readonly Found[], clients: Clients): Rival[] {
  return (['config', 'credentials'] as const).flatMap((place) => {
    const here = found.filter((entry) => entry.place === place);
    return here[0] ? [{ keys: here.map(({ key }) => key), place, line: here[0].line, ...clients }] : [];
  });
}

/** How a person would write the places where rivals are. */
export interface RivalPlaces {
  config: string;
  credentials: string;
}

/**
 * One line that names the keys, where they are, and the clients: `role_arn (~/.aws/config:3): used instead of
 * daypass by Go`.
 */
export function rivalFault({ keys, place, line, wins, fails }: Rival, shown: RivalPlaces): string {
  const where =
    place === 'environment'
      ? 'in the environment, where no profile is named by flag'
      : `(${shown[place]}:${line})`;
  const effects = [
    ...(wins.length > 0 ? [`used instead of daypass by ${wins.join(', ')}`] : []),
    ...(fails.length > 0 ? [`an error in ${fails.join(', ')}`] : []),
  ];
  return `${keys.join(', ')} ${where}: ${effects.join('; ')}`;
}

/** What to do about it, in words that follow `hint:`. */
export function rivalRemedy({ keys, place }: Rival, profile: string, shown: RivalPlaces): string {
  if (place === 'environment')
    return process.platform === 'win32'
      ? `remove ${keys.join(', ')} from the environment`
      : `unset ${keys.join(' ')}`;
  const header = place === 'config' ? profileHeader(profile) : `[${profile}]`;
  return `remove ${keys.join(', ')} from ${header} in ${shown[place]}, or use another profile name for daypass`;
}
