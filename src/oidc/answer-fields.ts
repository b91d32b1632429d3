import { again, providerFailed } from './network-error.ts';

/** The answers of a provider that daypass reads as JSON. */
export type AnswerKind = keyof typeof answerFields;

/** What daypass reads in one field. A value of another type counts as absent, as null and '' do. */
interface Field {
  type: 'text' | 'number' | 'flag' | 'texts' | 'objects';
  /** Absent, it ends the request. Any other field may be absent: the sign-in goes on without it. */
  needed?: true;
  /** Another type than text ends the request, since an answer without the field means something else. */
  strict?: true;
  /** The value where the field is absent. */
  otherwise?: string | number;
  /** Another name that some providers give it. */
  alias?: string;
  /** The value that openid-client gets whatever the provider sends, since daypass does not use the field. */
  unused?: string;
}

/**
 * Every field that daypass reads from a provider, and its tolerance. Claims of an ID token are not here:
 * they are signed, and `checkIdToken` reads them.
 */
export const answerFields = {
  /** OIDC Discovery 3, RFC 8414 2, RFC 9126 5, RFC 9207 3. `discover` says which are needed. */
  metadata: {
    issuer: { type: 'text' },
    authorization_endpoint: { type: 'text' },
    token_endpoint: { type: 'text' },
    jwks_uri: { type: 'text' },
    revocation_endpoint: { type: 'text' },
    pushed_authorization_request_endpoint: { type: 'text' },
    device_authorization_endpoint: { type: 'text' },
    end_session_endpoint: { type: 'text' },
    code_challenge_methods_supported: { type: 'texts' },
    id_token_signing_alg_values_supported: { type: 'texts' },
    scopes_supported: { type: 'texts' },
    token_endpoint_auth_methods_supported: { type: 'texts' },
    require_pushed_authorization_requests: { type: 'flag' },
    authorization_response_iss_parameter_supported: { type: 'flag' },
    // These only tell whose provider it is (known-providers.ts).
    msgraph_host: { type: 'text' },
    cloud_instance_name: { type: 'text' },
    mfa_challenge_endpoint: { type: 'text' },
    userinfo_endpoint: { type: 'text' },
    response_modes_supported: { type: 'texts' },
    claims_supported: { type: 'texts' },
  },
  /** RFC 7517 5. */
  keys: { keys: { type: 'objects', needed: true } },
  /** RFC 7517 4, RFC 7518 6. A key without what its kind needs, or without the `kid` of a token, is ignored. */
  key: {
    kty: { type: 'text' },
    kid: { type: 'text' },
    alg: { type: 'text' },
    use: { type: 'text' },
    key_ops: { type: 'texts' },
    n: { type: 'text' },
    e: { type: 'text' },
    crv: { type: 'text' },
    x: { type: 'text' },
    y: { type: 'text' },
  },
  /** OIDC Core 3.1.3.3. Only the ID token goes to STS. */
  tokens: {
    id_token: { type: 'text', strict: true },
    refresh_token: { type: 'text' },
    access_token: { type: 'text', unused: 'unused' },
    token_type: { type: 'text', unused: 'bearer' },
    expires_in: { type: 'number' },
    scope: { type: 'text' },
  },
  /** RFC 8628 3.2. https://developers.google.com/identity/gsi/web/guides/devices names it verification_url. */
  device: {
    device_code: { type: 'text', needed: true },
    user_code: { type: 'text', needed: true },
    verification_uri: { type: 'text', needed: true, alias: 'verification_url' },
    verification_uri_complete: { type: 'text', alias: 'verification_url_complete' },
    expires_in: { type: 'number', otherwise: 600 },
    interval: { type: 'number', otherwise: 5 },
  },
  /** RFC 9126 2.2. */
  pushed: {
    request_uri: { type: 'text', needed: true },
    expires_in: { type: 'number', otherwise: 60 },
  },
  /** RFC 6749 5.2. https://developer.okta.com/docs/reference/error-codes/ has the other names. */
  error: {
    error: { type: 'text', needed: true, alias: 'errorCode' },
    error_description: { type: 'text', alias: 'errorSummary' },
  },
} as const satisfies Record<string, Record<string, Field>>;

const kindNames: Partial<Record<AnswerKind, string>> = {
  keys: 'the key set of the provider',
  tokens: "the provider's token answer",
  device: "the provider's device-code answer",
  pushed: "the provider's answer to the pushed request",
};

/** Returns the fields of an answer that can be used. Throws `provider-failed` without a needed one. */
export function usableFields(kind: AnswerKind, answer: object): Record<string, unknown> {
  const given = answer as Record<string, unknown>;
  const used: Record<string, unknown> = {};
  for (const [name, field] of Object.entries<Field>(answerFields[kind])) {
    const { type, needed, strict, otherwise, alias, unused } = field;
    const sent = [name, ...(alias ? [alias] : [])].map((each) => ownValue(given, each));
    const value = unused ?? sent.map((each) => usable(type, each)).find((each) => each !== undefined);
    const wrong =
      strict && value === undefined && ownValue(given, name) != null && ownValue(given, name) !== '';
    if (wrong || (needed && value === undefined))
      throw providerFailed(`${kindNames[kind] ?? 'the answer'} has no usable ${name}`, again);
    if ((value ?? otherwise) !== undefined) used[name] = value ?? otherwise;
  }
  return used;
}

/** Returns the keys of a key set that are objects. Throws `provider-failed` without any. */
export function usableKeys(keySet: object): { keys: Record<string, unknown>[] } {
  const { keys } = usableFields('keys', keySet) as { keys: object[] };
  return { keys: keys.map((key) => usableFields('key', key)) };
}

/** Returns a value of the type, or undefined. A number may be text, as some providers send it. */
function usable(type: Field['type'], value: unknown): unknown {
  if (type === 'text') return typeof value === 'string' && value !== '' ? value : undefined;
  if (type === 'flag') return typeof value === 'boolean' ? value : undefined;
  if (type === 'number') {
    const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
    return typeof number === 'number' && Number.isFinite(number) && number > 0 ? number : undefined;
  }
  if (!Array.isArray(value)) return undefined;
  const isMember = (member: unknown) =>
    type === 'texts' ? typeof member === 'string' : typeof member === 'object' && member !== null;
  const members = value.filter(isMember);
  return members.length > 0 ? members : undefined;
}

/** Returns a field of JSON. A name such as `constructor` is inherited, and not sent. */
function ownValue(object: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
