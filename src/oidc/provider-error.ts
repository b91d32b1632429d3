import { ResponseBodyError } from 'openid-client';
import { DaypassError, systemCode } from '../errors.ts';
import type { CaBundle } from '../network/authorities.ts';
import { printable } from '../terminal/printable.ts';
import { isDeadAtRevocation, isDeadRefreshToken } from './dead-token.ts';
import { again, checkSecret, networkError, providerFailed } from './network-error.ts';

/** The provider no longer accepts the posted refresh token. This says nothing about other tokens. */
export class RefreshTokenRefused extends Error {}

/** The refresh returned no ID token, which OIDC Core 12.2 allows. Only a browser sign-in returns one. */
export class RefreshWithoutIdToken extends Error {}

/** The provider refused for another reason than the token: the token may be valid, but a person must sign in. */
export class RefreshNeedsPerson extends DaypassError {}

/** A failed request: its URL, the secret that it posted (an error may repeat it), metadata and authorities. */
interface FailedRequest {
  asked: string;
  posted: string | null;
  metadata: object;
  caBundle?: CaBundle | undefined;
}

const checkClient = 'check the client at the provider (public client, this redirect address, these scopes)';

/**
 * Returns the DaypassError for an error of openid-client. Its message and cause can carry tokens, so only the
 * code, the OAuth error word and its description are shown.
 */
export function providerError(error: unknown, { asked, posted, caBundle }: FailedRequest): DaypassError {
  const ours = ownCause(error);
  if (ours) return ours;
  if (error instanceof ResponseBodyError) {
    const said: unknown = error.error_description;
    const description = typeof said === 'string' && posted ? said.replaceAll(posted, '…') : said;
    const fault = `the provider refused: ${printable(error.error)}${described(description)}`;
    return providerFailed(fault, isAboutSecret(error) ? checkSecret : checkClient, error);
  }
  const code = systemCode(error);
  // Like a network failure this is a TypeError, but its cause is a token that cannot be decoded.
  if (code?.startsWith('ERR_INVALID_ARG')) return badAnswer('a token in it is not correctly encoded', error);
  if (isKeyFault(error)) return badAnswer('its key cannot be used', error);
  const isNetworkCode = code === undefined || /^(OAUTH_TIMEOUT|BODY_TOO_LARGE|HPE_\w+)$/.test(code);
  if (isNetworkCode || error instanceof TypeError) {
    const cause = (error as Error | undefined)?.cause;
    return networkError('the provider', asked, code === undefined && cause ? cause : error, caBundle);
  }
  const body = unusableBody(error);
  if (body && 'token_type' in body && !('id_token' in body)) return noIdToken();
  const { cause: answer } = error as { cause?: { status?: number } };
  if (code === 'OAUTH_RESPONSE_IS_NOT_CONFORM')
    return providerFailed(`${asked} answered ${answer?.status ?? 'with another status'}`, again, error);
  if (!body && /JWT|KEY|SIGNATURE|CLAIM|INVALID_RESPONSE|UNSUPPORTED/.test(code))
    return badAnswer(finding(error), error);
  return providerFailed(`the provider's answer cannot be used: ${finding(error)}`, again, error);
}

/** Returns the error of a refresh: it tells which tokens to keep and whether a person must sign in. */
export function refreshError(error: unknown, request: FailedRequest): Error {
  if (error instanceof RefreshWithoutIdToken) return error;
  if (error instanceof ResponseBodyError && isDeadRefreshToken(error, request.metadata))
    return new RefreshTokenRefused();
  const fault = providerError(error, request);
  if (!isRefusal(fault)) return fault;
  const { code, faults, nextStep, cause } = fault;
  return new RefreshNeedsPerson(code, faults, { hint: nextStep, cause });
}

/** Returns the error of polling for a device code (RFC 8628 3.5). */
export function deviceError(error: unknown, request: FailedRequest): DaypassError {
  if (error instanceof ResponseBodyError && error.error === 'access_denied')
    return authorizationError(error.error, error.error_description);
  if (error instanceof ResponseBodyError && error.error === 'expired_token')
    return new DaypassError('sign-in-timeout', 'the code expired before it was typed in', { cause: error });
  return providerError(error, request);
}

/** Returns whether a revocation failed since the token was dead before. */
export function isRevokedAlready(error: unknown): boolean {
  return error instanceof ResponseBodyError && isDeadAtRevocation(error);
}

/** Returns whether an error is about the secret: the client has none, or another. */
function isAboutSecret({ status, error, error_description: said }: ResponseBodyError): boolean {
  // Google says invalid_request: "client_secret is missing."
  return (
    status === 401 || /^(invalid|unauthorized)_client$/.test(error) || /client.?secret/i.test(String(said))
  );
}

/** Returns whether an error is a 4xx that the provider would repeat (RFC 6749 5.2). */
function isRefusal({ cause }: DaypassError): boolean {
  const said = (cause as { status?: number } | undefined)?.status;
  return said === 400 || said === 401 || said === 403;
}

/** Returns the error of an answer without an ID token. */
export function noIdToken(): DaypassError {
  const hint = 'check that daypass_scopes has openid and that the client may use OpenID Connect';
  return providerFailed('the provider returned no ID token', hint);
}

/** Returns the error of a callback with an error instead of a code (RFC 6749 4.1.2.1, OIDC Core 3.1.2.6). */
export function authorizationError(error: string, description: unknown): DaypassError {
  const said = `${printable(error)}${described(description)}`;
  if (/^(server_error|temporarily_unavailable)$/.test(error))
    return providerFailed(`the provider could not sign you in (${said})`, 'try again in a few minutes');
  if (/^(invalid_request|unauthorized_client|unsupported_response_type|invalid_scope)$/.test(error))
    return providerFailed(`the provider refused the request (${said})`, checkClient);
  return new DaypassError('denied', `the provider did not sign you in (${said})`);
}

function described(description: unknown): string {
  return typeof description === 'string' && description ? `: ${printable(description)}` : '';
}

function badAnswer(fault: string, cause: unknown): DaypassError {
  const hint = 'check the clock of this machine and the client at the provider, then sign in again';
  return new DaypassError('bad-id-token', `the provider's answer failed a check: ${fault}`, { hint, cause });
}

/** Returns whether WebCrypto refused a key of the provider, which looks like a failure of the network. */
function isKeyFault(error: unknown): boolean {
  const { cause } = error as Error;
  return [error, cause].some(
    (each) => each instanceof DOMException && /^(Data|Syntax)Error$/.test(each.name),
  );
}

/** Returns a DaypassError of our own fetch that openid-client wrapped. */
function ownCause(error: unknown): DaypassError | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause instanceof DaypassError) return cause;
  return undefined;
}

/** Returns the fixed words of oauth4webapi, below openid-client. A word of 25 letters could be a value. */
function finding(error: unknown): string {
  const { cause } = error as Error;
  const words = cause instanceof Error ? cause.message : '';
  const areWords = words !== '' && !/\S{25}|[A-Z]+_[A-Z_]+/.test(words);
  return areWords ? printable(words) : 'it does not follow OpenID Connect';
}

/** Returns the JSON that openid-client rejected before it looked at a token. It contains secrets. */
function unusableBody(error: unknown): object | undefined {
  const details = ((error as Error).cause as Error | undefined)?.cause as { body?: unknown } | undefined;
  return typeof details?.body === 'object' && details.body !== null ? details.body : undefined;
}
