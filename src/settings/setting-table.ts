import type { Allowed } from '../aws-config/odd-characters.ts';
import type { Place } from '../process/expand-path.ts';
import * as values from './parse-values.ts';

/** One setting: its spellings, its parser, and its texts in help, errors and completion scripts. */
export interface Setting<Value> {
  /** Throws BadValue. */
  parse: (value: string, place: Place) => Value;
  /** What the value may contain beside plain ASCII. */
  allows?: Allowed;
  /** The value as help shows it; a setting without it is a switch, whose flag needs no value. */
  takes?: string;
  /** Spelled `--client-id`, `DAYPASS_CLIENT_ID` and `daypass_client_id` unless given here; null: no flag. */
  flag?: null;
  env?: readonly string[];
  key?: string;
  /** A required setting, and the value that an error shows for it. */
  example?: string;
  /** The default, where it is worth a mention. */
  fallback?: string | number;
  /** The values that a shell completes. */
  words?: Words;
}

/** Fixed words, or names that a shell looks up while a person types. */
export type Words = readonly string[] | 'profiles' | 'files';

function choice<const Choice extends string>(...words: Choice[]) {
  return { parse: values.parseChoice(...words), words };
}

/** A setting of all AWS clients, which have the same key and variable. */
function awsOwn<Row extends object>(key: string, row: Row) {
  return { ...row, key, env: [`AWS_${key.toUpperCase()}`], flag: null };
}

/** Every setting that flags, environment and profile can give, in the order in which faults are reported. */
export const settingTable = {
  issuer: { parse: values.parseIssuer, takes: 'URL', example: 'https://login.example.com' },
  clientId: { parse: values.parseClientId, takes: 'ID', example: '0oa1b2c3' },
  // Never a flag: every process of the machine can read argv.
  clientSecret: { parse: values.parseClientId, takes: 'SECRET', flag: null, allows: { secret: true } },
  roleArn: {
    parse: values.parseRole,
    takes: 'ARN',
    example: 'arn:aws:iam::123456789012:role/DeveloperAccess',
  },
  scopes: { parse: values.parseScopes, takes: 'LIST' },
  authorizeParams: { parse: values.parseAuthorizeParams, takes: 'QUERY' },
  duration: { parse: values.parseWholeNumber(900, 43200, 'seconds'), takes: 'SECONDS', fallback: 3600 },
  sessionName: { parse: values.parseSessionName, takes: 'NAME' },
  policyArns: { parse: values.parsePolicyArns, takes: 'LIST' },
  policy: { parse: values.parsePath, takes: 'FILE', words: 'files', allows: { letters: true } },
  region: {
    parse: values.parseRegion,
    takes: 'REGION',
    env: ['AWS_REGION', 'AWS_DEFAULT_REGION'],
    key: 'region',
  },
  stsEndpoint: { parse: values.parseEndpoint, takes: 'URL' },
  // The settings of all AWS clients have no flag: the environment or the profile gives them to all of them.
  caBundle: awsOwn('ca_bundle', { parse: values.parseBundle, takes: 'FILE', allows: { letters: true } }),
  useFipsEndpoint: awsOwn('use_fips_endpoint', { parse: values.parseAwsBoolean }),
  useDualstackEndpoint: awsOwn('use_dualstack_endpoint', { parse: values.parseAwsBoolean }),
  redirectPort: { parse: values.parsePorts, takes: 'PORTS' },
  redirectHost: { ...choice('127.0.0.1', 'localhost'), takes: 'HOST' },
  redirectPath: { parse: values.parseRedirectPath, takes: 'PATH|none', words: ['none'] },
  browser: {
    parse: values.parseBrowser,
    allows: { letters: true, grouping: true },
    takes: 'PROGRAM|none',
    words: ['none'],
  },
  store: { ...choice('keychain', 'file'), takes: 'keychain|file', fallback: 'keychain' },
  sourceProfile: {
    parse: (value: string) => value,
    takes: 'P',
    words: 'profiles',
    allows: { letters: true },
  },
  nonInteractive: { parse: values.parseBoolean },
  deviceCode: { parse: values.parseBoolean },
  log: { parse: values.parsePath, takes: 'FILE', words: 'files', allows: { letters: true } },
  // The Go SDK and Terraform kill their helper after 60 seconds.
  timeout: { parse: values.parseWholeNumber(1, 3600, 'seconds'), takes: 'SECONDS', fallback: 55 },
} as const satisfies Record<string, Setting<unknown>>;

/** The key in which `configure --from` remembers the file that a profile came from. It is no setting of a call. */
export const originKey = 'daypass_from';

export type SettingName = keyof typeof settingTable;
export const settingNames = Object.keys(settingTable) as SettingName[];

/** Returns the row of a setting, without the type of its value. */
export function settingOf(name: SettingName): Setting<unknown> {
  return settingTable[name];
}

/** Returns whether a setting of this name exists. */
export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(settingTable, name);
}

interface Spellings {
  /** Undefined if arguments must not carry it. */
  flag?: string;
  env: readonly string[];
  key: string;
}

const known: { [Name in SettingName]?: Spellings } = {};

/** Returns the three spellings of a setting. */
export function spellings(name: SettingName): Spellings {
  known[name] ??= spell(name);
  return known[name];
}

function spell(name: SettingName): Spellings {
  const { flag, env, key } = settingOf(name);
  const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return {
    ...(flag === null ? {} : { flag: `--${snake.replaceAll('_', '-')}` }),
    env: env ?? [`DAYPASS_${snake.toUpperCase()}`],
    key: key ?? `daypass_${snake}`,
  };
}
