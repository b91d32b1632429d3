import type { Settings } from '../settings/settings.ts';
import { federatedPrincipal, issuerName } from './identity-provider.ts';

/** Seconds of a session that every role allows: IAM's MaxSessionDuration is 3600 to 43200. */
export const everyRoleAllows = 3600;

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
    const claims = decodedClaims(idToken);
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

/** Returns a claim of a checked ID token as text; undefined if it is neither text nor a number. */
export function tokenClaim(idToken: string, name: string): string | undefined {
  const value = new Map(Object.entries(decodedClaims(idToken))).get(name);
  return (typeof value === 'string' && value !== '') || typeof value === 'number' ? String(value) : undefined;
}

/** Returns the claims of a checked ID token. Throws if it is none. */
export function decodedClaims(idToken: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString());
}

/** A statement of a trust policy. */
export interface TrustStatement {
  Effect: string;
  Principal: { Federated: string };
  Action: string | readonly string[];
  Condition: { StringEquals: Readonly<Record<string, string>> };
}

/** Returns the statement that trusts them: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html */
export function trustStatement(role: Role, { audience, sub, actions }: Trusted): TrustStatement {
  const name = issuerName(role.issuer);
  return {
    Effect: 'Allow',
    Principal: { Federated: federatedPrincipal(role) },
    Action: actions[1] === undefined ? (actions[0] ?? '') : actions,
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

/** Returns a trust policy that consists of these statements. */
export function trustPolicy(statements: readonly TrustStatement[]): object {
  return { Version: '2012-10-17', Statement: statements };
}
