import type { AwsPartition } from '../settings/aws-partition.ts';
import type { AwsCredentials } from './process-credentials.ts';

/** The hosts of a console: of the exchange of credentials for a sign-in, and of the pages. */
export interface ConsoleSite {
  federation: string;
  console: string;
}

// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html, and the partitions' own guides
const sites: Record<string, ConsoleSite> = {
  aws: { federation: 'signin.aws.amazon.com', console: 'console.aws.amazon.com' },
  'aws-cn': { federation: 'signin.amazonaws.cn', console: 'console.amazonaws.cn' },
  'aws-us-gov': { federation: 'signin.amazonaws-us-gov.com', console: 'console.amazonaws-us-gov.com' },
  'aws-eusc': { federation: 'signin.amazonaws-eusc.eu', console: 'console.amazonaws-eusc.eu' },
};

/** Returns the console of a partition, or undefined if AWS publishes none. */
export function consoleSite({ id }: AwsPartition): ConsoleSite | undefined {
  return sites[id];
}

/** Returns the request for a sign-in token as a form, since a URL with credentials would appear in logs. */
export function signinTokenForm(credentials: AwsCredentials): URLSearchParams {
  const { accessKeyId: sessionId, secretAccessKey: sessionKey, sessionToken } = credentials;
  const session = JSON.stringify({ sessionId, sessionKey, sessionToken });
  return new URLSearchParams({ Action: 'getSigninToken', Session: session });
}

/** Returns the address that signs a browser in. It contains a secret and is valid for 15 minutes. */
export function consoleLogin(endpoint: string, signinToken: string, page: string): string {
  const query = { Action: 'login', Issuer: 'daypass', Destination: page, SigninToken: signinToken };
  return `${endpoint}?${new URLSearchParams(query)}`;
}
