import { posixWord } from '../terminal/shell-word.ts';
import type { TrustingRole } from './account-trust.ts';
import { trustPolicy } from './trust-policy.ts';

// The commands that an administrator runs in a POSIX shell: https://docs.aws.amazon.com/cli/latest/reference/iam/

/** A command and its options, quoted, to be joined by blanks or by line continuations. */
export type CommandParts = readonly string[];

/** Creates the account's OIDC identity provider. */
export function createIdentityProvider(issuer: string, audience: string): CommandParts {
  return iam('create-open-id-connect-provider', { url: issuer, 'client-id-list': audience });
}

/** Adds a client id to the identity provider with this ARN. IAM accepts a client id that is there already. */
export function addClientId(providerArn: string, audience: string): CommandParts {
  const provider = { 'open-id-connect-provider-arn': providerArn };
  return iam('add-client-id-to-open-id-connect-provider', { ...provider, 'client-id': audience });
}

/** Creates the role with its trust policy and no permissions. */
export function createRole(role: TrustingRole): CommandParts {
  const { name, path, maxSessionDuration: seconds } = role;
  return iam('create-role', {
    'role-name': name,
    ...(path === '/' ? {} : { path }),
    ...(seconds === undefined ? {} : { 'max-session-duration': String(seconds) }),
    'assume-role-policy-document': document(role),
  });
}

/** Replaces the whole trust policy of an existing role. */
export function replaceTrustPolicy(role: TrustingRole): CommandParts {
  return iam('update-assume-role-policy', { 'role-name': role.name, 'policy-document': document(role) });
}

/** Allows sessions of this length for a role. */
export function allowDuration({ name }: TrustingRole, seconds: number): CommandParts {
  return iam('update-role', { 'role-name': name, 'max-session-duration': String(seconds) });
}

function document({ statements }: TrustingRole): string {
  return JSON.stringify(trustPolicy(statements), null, 2);
}

function iam(command: string, options: Record<string, string>): CommandParts {
  const quoted = Object.entries(options).map(([name, value]) => `--${name} ${posixWord(value)}`);
  return [`aws iam ${command}`, ...quoted];
}
