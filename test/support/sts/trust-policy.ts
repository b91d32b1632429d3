import type { JWTPayload } from 'jose';

export interface Statement {
  Effect?: string;
  Principal?: { Federated?: string };
  Action?: string | string[];
  Condition?: Record<string, Record<string, string | string[]>>;
}

/**
 * Returns whether a role's trust policy allows this token, as IAM evaluates it: every needed action, the
 * exact ARN of the identity provider, and every condition. An unknown element allows nothing.
 */
export function allows(policy: unknown, providerArn: string, claims: JWTPayload, audience: string): boolean {
  const { Version, Statement: statements } = policy as { Version?: string; Statement?: Statement[] };
  const needed = ['sts:AssumeRoleWithWebIdentity'];
  const names = Object.keys(claims);
  if (names.some((name) => name.startsWith('https://aws.amazon.com/tags'))) needed.push('sts:TagSession');
  if (names.includes('https://aws.amazon.com/source_identity')) needed.push('sts:SetSourceIdentity');
  const issuer = providerArn.split(':oidc-provider/')[1];
  const keys: Record<string, string | undefined> = {
    [`${issuer}:aud`]: audience,
    [`${issuer}:sub`]: claims.sub,
  };
  return (
    Version === '2012-10-17' &&
    needed.every((action) =>
      statements?.some(
        ({ Effect, Principal, Action, Condition = {} }) =>
          Effect === 'Allow' &&
          Principal?.Federated === providerArn &&
          [Action].flat().includes(action) &&
          Object.entries(Condition).every(([operator, conditions]) => holds(operator, conditions, keys)),
      ),
    )
  );
}

function holds(
  operator: string,
  conditions: Record<string, string | string[]>,
  keys: Record<string, string | undefined>,
): boolean {
  return (
    operator === 'StringEquals' &&
    Object.entries(conditions).every(([key, values]) =>
      [values].flat().some((value) => resolved(value) === (keys[key] ?? '')),
    )
  );
}

/**
 * Replaces the variables `${*}`, `${?}` and `${$}` as IAM does. A value with another variable equals nothing
 * here.
 */
function resolved(value: string): string | undefined {
  const variable = /\$\{([*?$])\}/g;
  const others = value.replace(variable, '\u0000');
  return others.includes('${') ? undefined : value.replace(variable, (_all, character: string) => character);
}
