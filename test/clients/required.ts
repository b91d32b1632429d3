// The rows that the matrix of `npm run test:clients` must have. The cases are those of docs/threats.md.

const python = ['boto3'];
const javaScript = ['JavaScript v3, default chain', 'JavaScript v3, fromIni'];
const go = ['Go v1', 'Go v2'];
/** One client of each SDK at its newest: the AWS CLI stands on boto3's library, and Kotlin uses the SDK for Java. */
export const newest = ['boto3, newest', 'Go v2, newest', 'Java v2', 'Rust'];
/** The clients that read credentials again before they expire, or that use them to their end. */
export const ageing = ['AWS CLI', ...python, ...javaScript, ...go, 'Ruby', ...newest];
const configured = [...ageing, 'JavaScript v2', 'CRT', 'rclone', 'AWS CLI 1, newest', 'Kotlin'];
const everyone = [...configured, 'restic'];
/** The clients that are tried with little in PATH, and beside keys that other clients prefer. */
export const bare = ['AWS CLI', 'boto3', 'JavaScript v3, default chain', ...go, 'Ruby', ...newest];
const slow = [
  'Go v1',
  'Go v2',
  'Go v1, timeout 65 s',
  'Go v2, timeout 65 s',
  'Go v1, timeout 65 s, exec',
  'Go v2, timeout 65 s, exec',
  'Rust',
];
const largeTokens = ['rclone', 'Go v1', 'Go v2', 'AWS CLI'];

const situations = [
  'nothing else',
  'keys in the credentials file',
  'keys in the config file',
  'role_arn alone',
  'role_arn and source_profile',
  'role_arn and credential_source',
  'web_identity_token_file',
  'sso_ keys',
  'login_session',
  'another credential_process in the credentials file',
  'keys in the environment',
  'half a key in the environment',
  'a web identity in the environment',
];
/** The clients that ask the endpoint of `exec --server`. */
const asking = [...everyone.filter((name) => !/fromIni|CRT|^Ruby$/.test(name)), 'Ruby, newer'];
const askingOnce = asking.filter((name) => !/^(Kotlin|AWS CLI 1, newest)$/.test(name));
const defaults = [
  'no default',
  'keys in the credentials file',
  'another credential_process',
  'the credential_process of daypass',
  'sso_ keys',
];
const formats = ['process', 'env', 'env-no-export', 'powershell', 'windows-cmd'];
const errors = [
  'sign-in-needed',
  'usage',
  'unknown-profile',
  'bad-configuration',
  'browser-not-started',
  'denied',
  'provider-unreachable',
  'sts-failed',
  'output-too-large',
  'keychain-missing',
];

/** The clients of each case. The row in the matrix may add a text after a comma. */
export const requiredRows: Record<string, readonly string[]> = {
  'C1 a session in the keychain': everyone,
  'C1 stdin is closed': everyone,
  'C1 stdin is a pipe that never ends': everyone,
  'C2 a person on a terminal': everyone,
  'C3 no person': everyone,
  ...each([899, 700, 590, 120, 60, 30], (left) => [`C4 ${left} s left, no silent path`, ageing]),
  'C5 500 s left, 20 threads': ['boto3'],
  'C5 500 s left, 8 at once': ['AWS CLI'],
  'C6 sessions of 900 s, 440 s left': ['boto3'],
  'C6 sessions of 900 s, from a sign-in on': ['boto3'],
  'C7 provider down, 500 s left': ageing,
  'C8 longer than a minute': slow,
  'C8 and once more': slow,
  'C9 a browser that stays': ['AWS CLI', 'JavaScript v3, default chain', 'Go v2'],
  'C10 ^C': ['AWS CLI'],
  'C10 hang-up': ['AWS CLI'],
  'C11 denied': everyone,
  'BR04 an error on a terminal': everyone,
  'C12 all at once': ['8 AWS CLI, Go v2, JavaScript v3'],
  'C13 a token of 6 KB': largeTokens,
  'C13 a token of 9 KB': largeTokens,
  'C14 configure list': ['AWS CLI'],
  ...each(formats, (format) => [`C14 export-credentials ${format}`, ['AWS CLI']]),
  'C14 chained by the AWS CLI, 3600 s left': ['AWS CLI', ...javaScript, ...go],
  'C14 chained by the AWS CLI, 500 s left': ['AWS CLI', ...javaScript, ...go],
  'C14 a loop of profiles': ['AWS CLI'],
  'C14 AWS_PROFILE is its own': ['daypass'],
  'C15 source_profile': ['boto3', ...javaScript, ...go, ...newest],
  ...each(situations, (what) => [`C16 ${what}`, bare]),
  'C17 a profile of configure': [...configured, 'PHP'],
  'C18 a bare PATH, the line of configure': bare,
  'C18 a bare PATH, the launcher': bare,
  'C18 nothing but sh, the launcher': bare.filter((name) => name !== 'AWS CLI'),
  ...each([100, 700, 2000, 6000], (bytes) => [`C19 a token of ${bytes} bytes`, ['daypass']]),
  ...each(errors, (code) => [`C20 ${code}`, ['daypass']]),
  'C20 stderr read last': ['as Java does'],
  ...each(['--profile', 'AWS_PROFILE'], (by) => [`C21 cdk bootstrap, ${by}`, ['AWS CDK']]),
  ...each(['--profile', 'AWS_PROFILE'], (by) => [`C21 cdk bootstrap denied, ${by}`, ['AWS CDK']]),
  'C22 under exec': everyone.filter((name) => !/fromIni|CRT/.test(name)),
  'C22 keys of env': ['boto3'],
  'QP03 forms of a line': everyone.filter((name) => name !== 'Kotlin'),
  ...each(defaults, (what) => [`WY1 ${what}`, what === 'no default' ? asking : askingOnce]),
  'WY2 keys of [default] in the config file': ['daypass'],
  'WY3 sessions that age at once': ['boto3', 'JavaScript v3, default chain', 'Go v2', 'Ruby, newer'],
  'WY4 an error': [
    'AWS CLI',
    'boto3',
    ...go,
    'JavaScript v3, default chain',
    'Ruby, newer',
    'Java v2',
    'Rust',
  ],
  'CL1 awsCredentialExport': ['Claude Code'],
  'CL2 awsCredentialExport, no session': ['Claude Code'],
  'CL3 awsAuthRefresh': ['Claude Code'],
};

/** The states of a keychain, with the clients that the test of each needs. */
export const requiredKeychains: Record<string, readonly string[]> = {
  absent: [],
  locked: [],
  'prompt unanswered': [],
  'daemon killed while saving': ['AWS CLI'],
  '200 roles': [],
  '200 sign-ins': [],
  'foreign entries': ['AWS CLI', 'Go v2'],
  'damaged entries': ['AWS CLI', 'Go v2'],
  'values with any character': [],
  'store = file': [],
  'Windows, simulated': [],
  'names without regard to case': [],
};

function each<Value>(values: readonly Value[], row: (value: Value) => readonly [string, readonly string[]]) {
  return Object.fromEntries(values.map(row));
}
