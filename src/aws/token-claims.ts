/** The claims of an ID token that IAM compares. */
export interface TokenClaims {
  sub: string;
  /** `azp` if the token has one, else `aud`: IAM compares it with client ids and `:aud` conditions. */
  audience: string;
  /** The actions that the trust policy must allow for this token. */
  actions: string[];
}

const assume = 'sts:AssumeRoleWithWebIdentity';

/**
 * Returns the claims of an ID token, or undefined if it is none. Tags and a source identity need permissions of their own.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
 */
export function tokenClaims(idToken: string): TokenClaims | undefined {
  try {
    const claims = JSON.parse(Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString());
    const names = Object.keys(claims);
    return {
      sub: String(claims.sub),
      audience: String(claims.azp ?? [claims.aud].flat()[0]),
      actions: [
        assume,
        ...(names.some((name) => name.startsWith('https://aws.amazon.com/tags')) ? ['sts:TagSession'] : []),
        ...(names.includes('https://aws.amazon.com/source_identity') ? ['sts:SetSourceIdentity'] : []),
      ],
    };
  } catch {
    return undefined;
  }
}
