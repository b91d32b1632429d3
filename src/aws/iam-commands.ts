import { parseRoleArn } from '../settings/aws-partition.ts';
import type { Settings } from '../settings/settings.ts';
import { posixWord } from '../terminal/shell-word.ts';
import { identityProviderArn } from './identity-provider.ts';

// The commands that an administrator runs in a POSIX shell: https://docs.aws.amazon.com/cli/latest/reference/iam/

/** Seconds of a session that every role allows: IAM's MaxSessionDuration is 3600 to 43200. */
export const everyRoleAllows = 3600;

/** A command and its options, quoted, to be joined by blanks or by line continuations. */
export type CommandParts = readonly string[];

type Role = Pick<Settings, 'issuer' | 'roleArn' | 'duration'>;

/** Creates the account's OIDC identity provider. */
export function createIdentityProvider({ issuer }: Role, audience: string): CommandParts {
  return iam('create-open-id-connect-provider', { url: issuer, 'client-id-list': audience });
}

/** Adds a client id to an existing identity provider. IAM accepts a client id that is there already. */
export function addClientId(role: Role, audience: string): CommandParts {
  const provider = { 'open-id-connect-provider-arn': identityProviderArn(role) };
  return iam('add-client-id-to-open-id-connect-provider', { ...provider, 'client-id': audience });
}

/** Creates the role with its trust policy and no permissions. */
export function createRole({ roleArn, duration }: Role, policy: object): CommandParts {
  const name = roleName(roleArn);
  const path = roleArn.slice(roleArn.indexOf('/'), -name.length);
  return iam('create-role', {
    'role-name': name,
    ...(path === '/' ? {} : { path }),
    ...(duration > everyRoleAllows ? { 'max-session-duration': String(duration) } : {}),
    'assume-role-policy-document': JSON.stringify(policy, null, 2),
  });
}

/** Replaces the whole trust policy of an existing role. */
export function replaceTrustPolicy({ roleArn }: Role, policy: object): CommandParts {
  const document = JSON.stringify(policy, null, 2);
  return iam('update-assume-role-policy', { 'role-name': roleName(roleArn), 'policy-document': document });
}

/** Allows the configured duration for a role; undefined if every role allows it. */
export function allowDuration({ roleArn, duration }: Role): CommandParts | undefined {
  if (duration <= everyRoleAllows) return undefined;
  return iam('update-role', { 'role-name': roleName(roleArn), 'max-session-duration': String(duration) });
}

function roleName(roleArn: string): string {
  return parseRoleArn(roleArn)?.name ?? '';
}

function iam(command: string, options: Record<string, string>): CommandParts {
  const quoted = Object.entries(options).map(([name, value]) => `--${name} ${posixWord(value)}`);
  return [`aws iam ${command}`, ...quoted];
}
