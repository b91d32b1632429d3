import { printable } from '../terminal/printable.ts';
import { decodedClaims } from './trust-policy.ts';

/** What IAM and STS read in an ID token, as text that is safe to show. */
export interface SessionClaims {
  subject: string;
  audience: string[];
  /** The `azp` of the token, which IAM compares in place of its audience. */
  authorizedParty?: string;
  /** The `amr` of the token: how the person signed in. */
  methods: string[];
  tags: SessionTag[];
  /** The name that CloudTrail has in every event of the session. */
  sourceIdentity?: string;
}

export interface SessionTag {
  key: string;
  value: string;
  /** The tag stays when the session assumes another role. */
  transitive: boolean;
}

const tagClaim = 'https://aws.amazon.com/tags';

/** Returns these claims of a checked ID token; undefined if it is none. */
export function sessionClaims(idToken: string): SessionClaims | undefined {
  let claims: Map<string, unknown>;
  try {
    claims = new Map(Object.entries(decodedClaims(idToken)));
  } catch {
    return undefined;
  }
  const azp = texts(claims.get('azp'))[0];
  const sourceIdentity = texts(claims.get('https://aws.amazon.com/source_identity'))[0];
  return {
    subject: texts(claims.get('sub'))[0] ?? '',
    audience: texts(claims.get('aud')),
    ...(azp === undefined ? {} : { authorizedParty: azp }),
    methods: texts(claims.get('amr')),
    tags: tagsOf(claims),
    ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
  };
}

/**
 * A provider sends one object, or a claim for each tag where it cannot nest them:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_adding-assume-role-idp
 */
function tagsOf(claims: ReadonlyMap<string, unknown>): SessionTag[] {
  const nested = [claims.get(tagClaim)].flat().filter(isObject);
  const values: [key: string, value: unknown][] = nested.flatMap(({ principal_tags: tags }) =>
    isObject(tags) ? Object.entries(tags) : [],
  );
  const prefix = `${tagClaim}/principal_tags/`;
  for (const [name, value] of claims)
    if (name.startsWith(prefix)) values.push([name.slice(prefix.length), value]);
  const keys = [
    ...nested.map(({ transitive_tag_keys: each }) => each),
    claims.get(`${tagClaim}/transitive_tag_keys`),
  ];
  const transitive = new Set(keys.flatMap(texts));
  return values.flatMap(([name, value]) => {
    const key = printable(name);
    return texts(value).map((text) => ({ key, value: text, transitive: transitive.has(key) }));
  });
}

function texts(value: unknown): string[] {
  const isText = (each: unknown) => ['string', 'number', 'boolean'].includes(typeof each);
  return [value]
    .flat()
    .filter(isText)
    .map((each) => printable(String(each)));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
