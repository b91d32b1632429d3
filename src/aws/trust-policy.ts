import { parseRoleArn } from '../settings/aws-partition.ts';
import type { Settings } from '../settings/settings.ts';

/** The claims of an ID token that IAM compares. */
export interface TokenClaims {
  sub: string;
  /** `azp` if the token has one, else `aud`: IAM compares it with client ids and `:aud` conditions. */
  audience: string;
  /** The actions that the trust policy must allow for this token. */
  actions: readonly string[];
}

/** The tokens that a role trusts. Without `sub` it trusts everyone who can sign in to this client. */
export type Trusted = Omit<TokenClaims, 'sub'> & { sub?: string | undefined };

type Role = Pick<Settings, 'issuer' | 'roleArn'>;

/**
 * Returns the claims of an ID token, or undefined if it is none. Tags and a source identity need permissions
 * of their own: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
 */
export function tokenClaims(idToken: string): TokenClaims | undefined {
  try {
    const claims = JSON.parse(Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString());
    const names = Object.keys(claims);
    return {
      sub: String(claims.sub),
      audience: String(claims.azp ?? [claims.aud].flat()[0]),
      actions: [
        'sts:AssumeRoleWithWebIdentity',
        ...(names.some((name) => name.startsWith('https://aws.amazon.com/tags')) ? ['sts:TagSession'] : []),
        ...(names.includes('https://aws.amazon.com/source_identity') ? ['sts:SetSourceIdentity'] : []),
      ],
    };
  } catch {
    return undefined;
  }
}

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
      StringEquals: {
        [`${name}:aud`]: literal(audience),
        ...(sub === undefined ? {} : { [`${name}:sub`]: literal(sub) }),
      },
    },
  };
}

/**
 * Escapes policy variables, which IAM would replace:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
function literal(claim: string): string {
  return claim.replaceAll('${', `\${$}{`);
}

/** Returns a trust policy that consists of that statement. */
export function trustPolicy(role: Role, trusted: Trusted): object {
  return { Version: '2012-10-17', Statement: [trustStatement(role, trusted)] };
}
