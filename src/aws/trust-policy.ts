import { parseRoleArn } from '../settings/aws-partition.ts';
import type { Settings } from '../settings/settings.ts';

/** The tokens that a role trusts. */
export interface Trusted {
  audience: string;
  /** Without it the role trusts everyone who can sign in to this client. */
  sub?: string | undefined;
  actions: readonly string[];
}

type Role = Pick<Settings, 'issuer' | 'roleArn'>;

/** Returns the issuer as ARNs and condition keys name it: without its scheme, otherwise byte for byte. */
function issuerName(issuer: string): string {
  return issuer.replace(/^https?:\/\//, '');
}

/** Returns the ARN of an identity provider: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html */
export function identityProviderArn({ issuer, roleArn }: Role): string {
  const { partition, account } = parseRoleArn(roleArn) ?? {};
  return `arn:${partition}:iam::${account}:oidc-provider/${issuerName(issuer)}`;
}

/** Returns the statement that trusts them: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html */
export function trustStatement(role: Role, { audience, sub, actions }: Trusted): object {
  const name = issuerName(role.issuer);
  return {
    Effect: 'Allow',
    Principal: { Federated: identityProviderArn(role) },
    Action: actions.length === 1 ? actions[0] : actions,
    Condition: {
      StringEquals: { [`${name}:aud`]: audience, ...(sub === undefined ? {} : { [`${name}:sub`]: sub }) },
    },
  };
}

/** Returns a trust policy that consists of that statement. */
export function trustPolicy(role: Role, trusted: Trusted): object {
  return { Version: '2012-10-17', Statement: [trustStatement(role, trusted)] };
}
