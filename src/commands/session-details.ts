import { type SessionClaims, sessionClaims } from '../aws/session-claims.ts';
import type { SessionState } from '../session/state.ts';
import type { Settings } from '../settings/settings.ts';
import type { Labelled } from '../terminal/columns.ts';

/** A stored session and the settings of its profile. */
type Detailed = Pick<SessionState, 'record' | 'signIn'> & { settings: Settings };

/** AWS allows 50 tags. A token with more is not printed for many screens. */
const mostTags = 50;

/** Returns what AWS learns of the person, and what limits the session, as labels and texts. */
export function detailRows({ record, signIn, settings }: Detailed): Labelled[] {
  const claims = claimsOf(signIn);
  const sourceIdentity = record?.sourceIdentity ?? claims?.sourceIdentity;
  return [
    ...(claims ? claimRows(claims) : [['token', signIn ? noToken : noSignIn] as const]),
    ...(claims || sourceIdentity ? [['source identity', sourceIdentity ?? 'none'] as const] : []),
    ...(settings.policy ? [['session policy', settings.policy.shown] as const] : []),
    ...(record?.packedPolicySize === undefined
      ? []
      : [['policy space', `${record.packedPolicySize} % of what AWS allows for policies and tags`] as const]),
  ];
}

const noSignIn = 'no sign-in is stored, so there is no ID token to show';
const noToken = 'the sign-in has no ID token: the next renewal gets one';

function claimRows({ subject, audience, authorizedParty, methods, tags }: SessionClaims): Labelled[] {
  const shown = tags.slice(0, mostTags).map(({ key, value, transitive }, index) => {
    const label = index === 0 ? 'tags' : '';
    return [label, `${key}=${value}${transitive ? ' (transitive)' : ''}`] as Labelled;
  });
  if (tags.length > mostTags) shown.push(['', `and ${tags.length - mostTags} more`]);
  return [
    ['subject', subject],
    ['audience', audience.join(', ')],
    ...(authorizedParty === undefined ? [] : [['azp', authorizedParty] as const]),
    ...(methods.length > 0 ? [['methods', methods.join(', ')] as const] : []),
    ...(shown.length > 0 ? shown : [['tags', 'none'] as const]),
  ];
}

/** Returns the same for `--json`. */
export function detailFacts({ record, signIn, settings }: Detailed): object {
  return {
    token: claimsOf(signIn) ?? null,
    ...(settings.policy ? { sessionPolicy: settings.policy.path } : {}),
    ...(record?.packedPolicySize === undefined ? {} : { packedPolicySize: record.packedPolicySize }),
    ...(record?.sourceIdentity ? { sourceIdentity: record.sourceIdentity } : {}),
  };
}

function claimsOf(signIn: Detailed['signIn']): SessionClaims | undefined {
  return signIn?.idToken === undefined ? undefined : sessionClaims(signIn.idToken);
}
