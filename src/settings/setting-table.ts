import {
  parseAuthorizeParams,
  parseBoolean,
  parseBrowser,
  parseChoice,
  parseClientId,
  parseEndpoint,
  parseIssuer,
  parsePath,
  parsePolicyArns,
  parsePorts,
  parseRedirectPath,
  parseRegion,
  parseRole,
  parseScopes,
  parseSessionName,
  parseWholeNumber,
} from './parse-values.ts';

/** One setting: how it is spelled where the rule does not say so, how it is read, and what a missing one should look like. */
export interface Setting<Value> {
  /** Throws BadValue. `home` is the person's home directory. */
  parse: (value: string, home: string) => Value;
  /** Spelled `--client-id`, `DAYPASS_CLIENT_ID` and `daypass_client_id` unless given here; null is not spelled that way. */
  flag?: null;
  env?: readonly string[];
  key?: string;
  /** As a flag it needs no value. */
  isSwitch?: true;
  /** A required setting, and the value that an error shows for it. */
  example?: string;
}

/** Every setting that flags, environment and profile can give, in the order in which faults are reported. */
export const settingTable = {
  issuer: { parse: parseIssuer, example: 'https://login.example.com' },
  clientId: { parse: parseClientId, example: '0oa1b2c3' },
  // Never a flag: argv is readable by every process of the machine.
  clientSecret: { parse: parseClientId, flag: null },
  roleArn: { parse: parseRole, example: 'arn:aws:iam::123456789012:role/DeveloperAccess' },
  scopes: { parse: parseScopes },
  authorizeParams: { parse: parseAuthorizeParams },
  duration: { parse: parseWholeNumber(900, 43200, 'seconds') },
  sessionName: { parse: parseSessionName },
  policyArns: { parse: parsePolicyArns },
  region: { parse: parseRegion, env: ['AWS_REGION', 'AWS_DEFAULT_REGION'], key: 'region' },
  stsEndpoint: { parse: parseEndpoint },
  redirectPort: { parse: parsePorts },
  redirectHost: { parse: parseChoice('127.0.0.1', 'localhost') },
  redirectPath: { parse: parseRedirectPath },
  browser: { parse: parseBrowser },
  store: { parse: parseChoice('keychain', 'file') },
  sourceProfile: { parse: (value: string) => value },
  nonInteractive: { parse: parseBoolean, isSwitch: true },
  deviceCode: { parse: parseBoolean, isSwitch: true },
  log: { parse: parsePath },
  timeout: { parse: parseWholeNumber(1, 3600, 'seconds') },
} as const satisfies Record<string, Setting<unknown>>;

export type SettingName = keyof typeof settingTable;
export const settingNames = Object.keys(settingTable) as SettingName[];

export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(settingTable, name);
}

interface Spellings {
  /** Undefined where argv may not carry it. */
  flag?: string;
  env: readonly string[];
  key: string;
}

const known: { [Name in SettingName]?: Spellings } = {};

/** The three spellings of a setting. */
export function spellings(name: SettingName): Spellings {
  known[name] ??= spell(name);
  return known[name];
}

function spell(name: SettingName): Spellings {
  const setting: Setting<unknown> = settingTable[name];
  const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return {
    ...(setting.flag === null ? {} : { flag: `--${snake.replaceAll('_', '-')}` }),
    env: setting.env ?? [`DAYPASS_${snake.toUpperCase()}`],
    key: setting.key ?? `daypass_${snake}`,
  };
}
