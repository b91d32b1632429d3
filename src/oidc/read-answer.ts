import { printable } from '../terminal/printable.ts';
import { type AnswerKind, usableFields, usableKeys } from './answer-fields.ts';
import { again, checkSecret, inTheWay, notJson, providerFailed } from './network-error.ts';

/** The parameters of a request whose values no error may repeat. */
const secretParameters = ['code', 'code_verifier', 'refresh_token', 'device_code', 'token', 'client_secret'];

/** The answers to requests that daypass makes through openid-client. */
export type RequestKind = Extract<AnswerKind, 'keys' | 'tokens' | 'device' | 'pushed'> | 'revocation';

/**
 * Returns an answer in the form that openid-client reads: the usable fields of its JSON, whatever its media
 * type and its kind of success. Throws `provider-failed` for one that is no answer of the protocol.
 */
export async function readAnswer(kind: RequestKind, response: Response, posted?: unknown): Promise<Response> {
  const { status, ok, url } = response;
  // openid-client waits as it says, and asks again for a device code.
  if (status === 503 && response.headers.has('retry-after')) return response;
  // RFC 7009 2.2: the body of a revocation's answer has no meaning.
  if (ok && kind === 'revocation') return answered(response, 200, undefined);
  const body: unknown = await response.json().catch(() => undefined);
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  const refusal = isObject ? refusalIn(body, posted) : undefined;
  if (ok && !isObject) throw notJson(url);
  // Some providers send errors with status 200.
  if (ok && isObject && kind !== 'revocation' && !(refusal && !Object.hasOwn(body, mainFields[kind]))) {
    const fields = kind === 'keys' ? { ...usableKeys(body) } : usableFields(kind, body);
    return answered(response, kind === 'pushed' ? 201 : 200, fields);
  }
  if (refusal && status >= 400 && status < 500) return answered(response, status, refusal);
  throw noAnswer(url, status, refusal?.error);
}

/** Returns the refresh token of a success, whatever else is wrong with it: the posted one may be spent. */
export async function refreshTokenIn(response: Response): Promise<string | undefined> {
  if (!response.ok) return undefined;
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined);
  const { refresh_token: token } = Object(body) as { refresh_token?: unknown };
  return typeof token === 'string' && token !== '' ? token : undefined;
}

/** Returns the provider's error word and its description, without the secrets of the request. */
function refusalIn(body: object, posted: unknown): Record<string, string> | undefined {
  try {
    const words = Object.entries(usableFields('error', body) as Record<string, string>);
    return Object.fromEntries(words.map(([name, text]) => [name, withoutSecrets(text, posted)]));
  } catch {
    return undefined;
  }
}

const mainFields = {
  keys: 'keys',
  tokens: 'id_token',
  device: 'device_code',
  pushed: 'request_uri',
} as const;

function withoutSecrets(text: string, posted: unknown): string {
  const form = posted instanceof URLSearchParams ? posted : new URLSearchParams();
  const secrets = secretParameters.map((name) => form.get(name)).filter((value) => value && value.length > 7);
  return secrets.reduce<string>((left, secret) => left.replaceAll(secret as string, '…'), text);
}

/** Returns the error of a status without a readable answer. Its cause holds the status, for `refreshError`. */
function noAnswer(url: string, status: number, word: string | undefined): Error {
  if (status === 401)
    return providerFailed('the provider does not accept this client (401)', checkSecret, { status });
  const said = word ? ` (${printable(word)})` : '';
  const hint = status < 400 ? (status < 300 ? again : inTheWay) : again;
  return providerFailed(`${url} answered ${status}${said}`, hint, { status });
}

/** Returns a response with this JSON. The headers stay, but not those that describe another body. */
function answered({ headers, url }: Response, status: number, body: object | undefined): Response {
  const changed = new Headers(headers);
  changed.set('content-type', 'application/json');
  // openid-client would look at the challenge and not at the error in the body.
  changed.delete('www-authenticate');
  const answer = new Response(body && JSON.stringify(body), { status, headers: changed });
  Object.defineProperty(answer, 'url', { value: url });
  return answer;
}
