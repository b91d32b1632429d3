import type { CommandName, commandForms } from '../settings/arguments.ts';
import type { SettingName, settingTable } from '../settings/setting-table.ts';

type Forms = typeof commandForms;
type WordsOf<Form, Key extends string> = Form extends { [K in Key]: readonly (infer Word extends string)[] }
  ? Word
  : never;
type Own<Name extends CommandName> = WordsOf<Forms[Name], 'switches'> | WordsOf<Forms[Name], 'options'>;

/** What each command does. `daypass --help` shows it too. At most 55 columns. */
export const commandTexts = {
  'credential-process': 'print credentials for an AWS client',
  completion: 'print what a shell needs to complete and to switch',
  configure: 'set up a profile: ask, check, write ~/.aws/config',
  console: 'open the AWS console as this role',
  doctor: 'check every part; print each problem and its remedy',
  env: 'print credentials as environment variables',
  exec: 'run a command with credentials in its environment',
  login: 'sign in now; print who, which role and until when',
  logout: 'revoke the refresh token and delete the session',
  settings: 'list every setting and where you can set it',
  status: 'print the stored session, without opening a browser',
  'trust-policy': 'print what makes IAM trust this sign-in',
  use: 'switch this shell to a profile; print who is signed in',
  version: 'print the version',
} as const satisfies Record<CommandName, string>;

const asJson = 'print one line of JSON';

/** What the options of each command do. */
export const ownFlagTexts: {
  [Name in CommandName as [Own<Name>] extends [never] ? never : Name]: Record<Own<Name>, string>;
} = {
  completion: { 'no-function': 'leave out the function of daypass use' },
  configure: {
    yes: "ask nothing, and replace another tool's line",
    print: 'print the section or the plan, write nothing',
    json: asJson,
    from: "write the profiles of a team's file, by its path or https address",
    only: 'of --from: names, or patterns such as dev-*',
    prefix: 'of --from: what goes before each name',
  },
  console: {
    print: 'print the address instead of opening it',
    destination: 'a service such as s3, a path or an address of the console',
    'federation-endpoint': 'a private or test sign-in endpoint',
  },
  doctor: { verbose: 'list every check, not only the problems', json: asJson },
  env: { format: 'the shell or program that reads the variables' },
  exec: {
    server: 'serve credentials that renew, to AWS SDKs',
    json: 'print an error of daypass as JSON on stderr',
  },
  login: { force: 'start a new sign-in, also as another person', json: asJson },
  logout: {
    all: 'end every sign-in on this machine',
    idp: 'also open the sign-out page of the provider',
    json: asJson,
  },
  status: {
    json: asJson,
    verify: 'ask AWS whose credentials these are',
    verbose: 'show what the ID token tells AWS: tags, source identity',
    'check-updates': "say which profiles are behind their team's file",
  },
  'trust-policy': {
    all: 'every profile that uses daypass',
    'any-user': 'trust every user of this client',
    format: 'what to print',
    json: asJson,
  },
  use: { print: 'print the assignment, for the function', clear: 'remove AWS_PROFILE from the shell' },
};

/** What the options of every command do. */
export const commonFlagTexts = {
  '--profile': 'the profile in the AWS config file',
  '--env-file': 'read DAYPASS_ settings from this file',
  '--help': 'print the help of the command',
};

/** What the settings mean that have a flag. */
export const settingTexts: {
  [Name in SettingName as (typeof settingTable)[Name] extends { flag: null } ? never : Name]: string;
} = {
  issuer: 'the OIDC issuer',
  clientId: 'the client at the provider',
  roleArn: 'the role to assume',
  scopes: 'the scopes to request',
  authorizeParams: 'more parameters of the authorization request',
  duration: 'seconds that credentials last',
  sessionName: 'the RoleSessionName, or the claim that gives it',
  policyArns: 'session policies',
  policy: 'a file with a session policy of your own',
  region: 'the region of STS',
  stsEndpoint: 'a private or test STS',
  redirectPort: 'the port of the redirect address, or a list',
  redirectHost: 'the host of the redirect address',
  redirectPath: 'the path of the redirect address',
  browser: 'the program that opens the link',
  store: 'where the session is stored',
  sourceProfile: 'the profile that lends missing settings',
  nonInteractive: 'never open a browser',
  deviceCode: 'sign in on another device, with a code',
  log: 'write the steps to this file',
  timeout: 'seconds that a call waits for a sign-in',
};

/** What the values of an option mean, where their name does not tell. */
export const valueTexts: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '--format': {
    bash: 'also for sh, dash and zsh',
    dotenv: 'lines such as NAME=value',
    'claude-code': 'JSON for awsCredentialExport',
    cli: 'commands of the AWS CLI',
    terraform: 'a file for Terraform',
    json: 'the documents alone',
  },
  '--store': { keychain: 'the keychain of this system', file: 'files that only you can read' },
  '--redirect-host': { '127.0.0.1': 'the usual address', localhost: 'for a provider that requires the name' },
  '--redirect-path': { none: 'an address without a path' },
  '--browser': { none: 'only print the link' },
};
