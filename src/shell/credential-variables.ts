import type { CredentialsRecord } from '../session/records.ts';
import { markOf, regionMark } from '../settings/region.ts';
import type { Settings } from '../settings/settings.ts';

/**
 * Returns the variables of AWS clients. Only the AWS CLI and boto3 read AWS_CREDENTIAL_EXPIRATION; old tools
 * read only AWS_DEFAULT_REGION. https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html
 */
export function credentialVariables(
  { credentials }: CredentialsRecord,
  settings: Region,
  env: NodeJS.ProcessEnv,
): [string, string][] {
  return [
    ['AWS_ACCESS_KEY_ID', credentials.accessKeyId],
    ['AWS_SECRET_ACCESS_KEY', credentials.secretAccessKey],
    ['AWS_SESSION_TOKEN', credentials.sessionToken],
    ['AWS_CREDENTIAL_EXPIRATION', credentials.expiration],
    ...regionVariables(settings, env),
  ];
}

type Region = Pick<Settings, 'region' | 'profile'>;

/** Returns those of them that are no secret. */
export function regionVariables({ region, profile }: Region, env: NodeJS.ProcessEnv): [string, string][] {
  const mark = markOf(region, { env, profile });
  return [
    ['AWS_REGION', region],
    ['AWS_DEFAULT_REGION', region],
    ...(mark ? [[regionMark, mark] as [string, string]] : []),
  ];
}

/** The variables with keys, which AWS clients prefer to any other source. Go, Java and Ruby read the older names too. */
export const keyVariables = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_CREDENTIAL_EXPIRATION',
  'AWS_ACCESS_KEY',
  'AWS_SECRET_KEY',
  'AMAZON_ACCESS_KEY_ID',
  'AMAZON_SECRET_ACCESS_KEY',
  'AMAZON_SESSION_TOKEN',
];

/** Variables that would lead AWS clients to other credentials, or that are internal to daypass. */
export const rivalVariables = [
  'AWS_PROFILE',
  'AWS_DEFAULT_PROFILE',
  'AWS_SECURITY_TOKEN',
  'AWS_ROLE_ARN',
  'AWS_ROLE_SESSION_NAME',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'DAYPASS_CLIENT_SECRET',
  'DAYPASS_LAUNCHER',
];
