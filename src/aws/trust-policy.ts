import { parseRoleArn } from '../settings/aws-partition.ts';
import type { Settings } from '../settings/settings.ts';

/** Whom the role trusts. */
export interface Trusted {
  audience: string;
  /** Anyone who can sign in to this client without it. */
  sub?: string | undefined;
  actions: readonly string[];
}

type Role = Pick<Settings, 'issuer' | 'roleArn'>;

/** How IAM names an issuer in ARNs and condition keys: without its scheme, and else byte for byte. */
function issuerName(issuer: string): string {
  return issuer.replace(/^https?:\/\//, '');
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html */
export function identityProviderArn({ issuer, roleArn }: Role): string {
  const { partition, account } = parseRoleArn(roleArn) ?? {};
  return `arn:${partition}:iam::${account}:oidc-provider/${issuerName(issuer)}`;
}

/** The statement of a trust policy that lets these in: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html */
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

/** A trust policy of that statement alone. */
export function trustPolicy(role: Role, trusted: Trusted): object {
  return { Version: '2012-10-17', Statement: [trustStatement(role, trusted)] };
}
