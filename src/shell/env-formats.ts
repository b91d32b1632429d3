import type { CredentialsRecord } from '../session/records.ts';
import type { Settings } from '../settings/settings.ts';
import { credentialVariables } from './credential-variables.ts';
import { shellFormats } from './shell-formats.ts';

/** Returns the text that `daypass env` prints. */
type Format = (
  record: CredentialsRecord,
  settings: Pick<Settings, 'region' | 'profile'>,
  env: NodeJS.ProcessEnv,
) => string;

/** The formats of `daypass env`: a line for each variable, or the document that one program reads. */
export const envFormats: ReadonlyMap<string, Format> = new Map([
  ...Object.entries(shellFormats).map(([name, write]): [string, Format] => [
    name,
    (record, settings, env) =>
      credentialVariables(record, settings, env)
        .map(([variable, value]) => `${write(variable, value)}\n`)
        .join(''),
  ]),
  ['claude-code', claudeCode],
]);

/**
 * Returns the JSON of Claude Code's awsCredentialExport. Without an Expiration, Claude Code would use the
 * credentials for an hour. https://code.claude.com/docs/en/amazon-bedrock#advanced-credential-configuration
 */
function claudeCode({ credentials }: CredentialsRecord): string {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = credentials;
  const document = {
    Credentials: {
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      SessionToken: sessionToken,
      Expiration: expiration,
    },
  };
  return `${JSON.stringify(document)}\n`;
}
