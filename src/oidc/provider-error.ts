import { AuthorizationResponseError, ResponseBodyError } from 'openid-client';
import { DaypassError, systemCode } from '../errors.ts';
import { printable } from '../terminal/printable.ts';
import { networkError } from './network-error.ts';

/** The hint for an answer of the provider that is unusable now. */
export const again =
  "try again in a few minutes; if it keeps happening, contact your identity provider's administrator";

/**
 * Returns the DaypassError for an error of openid-client. Its message and cause can carry tokens, so only the code, the OAuth error
 * word and its description are shown. `posted` is the secret that the description may repeat, `asked` the URL of the last request.
 */
export function providerError(
  error: unknown,
  { asked, posted }: { asked: string; posted: string | null },
): DaypassError {
  const ours = ownCause(error);
  if (ours) return ours;
  if (error instanceof AuthorizationResponseError)
    return authorizationError(error.error, error.error_description);
  if (error instanceof ResponseBodyError) {
    const said: unknown = error.error_description;
    const description = typeof said === 'string' && posted ? said.replaceAll(posted, '…') : said;
    const described = typeof description === 'string' && description ? `: ${printable(description)}` : '';
    return new DaypassError(
      'provider-failed',
      `the provider refused: ${printable(error.error)}${described}`,
      {
        hint: 'check the client at the provider (public client, this redirect address, these scopes)',
        cause: error,
      },
    );
  }
  const code = systemCode(error);
  // Like a network failure this is a TypeError, but its cause is a token that cannot be decoded.
  if (code?.startsWith('ERR_INVALID_ARG')) return badAnswer('a token in it is not correctly encoded', error);
  if (code === 'OAUTH_WWW_AUTHENTICATE_CHALLENGE') {
    return new DaypassError('provider-failed', 'the provider does not accept this client (401)', {
      hint: 'check the client at the provider (a public client needs no secret, another needs DAYPASS_CLIENT_SECRET)',
      cause: error,
    });
  }
  if (
    code === 'OAUTH_TIMEOUT' ||
    error instanceof TypeError ||
    code === undefined ||
    code === 'BODY_TOO_LARGE'
  ) {
    const cause = (error as Error | undefined)?.cause;
    return networkError('the provider', asked, code === undefined && cause ? cause : error);
  }
  const body = unusableBody(error);
  if (body && 'access_token' in body && !('id_token' in body)) return noIdToken();
  if (!body && /JWT|KEY|SIGNATURE|CLAIM|INVALID_RESPONSE|UNSUPPORTED/.test(code)) {
    return badAnswer(finding(error, code), error);
  }
  return new DaypassError(
    'provider-failed',
    `the provider's answer cannot be used: ${finding(error, code)}`,
    {
      hint: again,
      cause: error,
    },
  );
}

/** Returns whether the provider refused with a 4xx that it would repeat (RFC 6749 5.2), in any form of openid-client. */
export function isRefusal(error: unknown): boolean {
  const { status, cause } = error as { status?: number; cause?: { status?: number } };
  const said = status ?? cause?.status;
  return said === 400 || said === 401 || said === 403;
}

/** Returns the error of an answer without an ID token. */
export function noIdToken(): DaypassError {
  return new DaypassError('provider-failed', 'the provider returned no ID token', {
    hint: 'check that daypass_scopes has openid and that the client may use OpenID Connect',
  });
}

/** Returns the error that the provider sent on the callback instead of a code (RFC 6749 4.1.2.1, OIDC Core 3.1.2.6). */
export function authorizationError(error: string, description: string | undefined): DaypassError {
  const word = printable(error);
  const described = description ? `: ${printable(description)}` : '';
  if (/^(server_error|temporarily_unavailable)$/.test(error)) {
    return new DaypassError('provider-failed', `the provider could not sign you in (${word}${described})`, {
      hint: 'try again in a few minutes',
    });
  }
  if (/^(invalid_request|unauthorized_client|unsupported_response_type|invalid_scope)$/.test(error)) {
    return new DaypassError('provider-failed', `the provider refused the request (${word}${described})`, {
      hint: 'check the client at the provider (public client, this redirect address, these scopes)',
    });
  }
  return new DaypassError('denied', `the provider did not sign you in (${word}${described})`);
}

function badAnswer(fault: string, cause: unknown): DaypassError {
  return new DaypassError('bad-id-token', `the provider's answer failed a check: ${fault}`, {
    hint: 'check the clock of this machine and the client at the provider, then sign in again',
    cause,
  });
}

/** Returns a DaypassError of our own fetch that openid-client wrapped. */
function ownCause(error: unknown): DaypassError | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof DaypassError) return cause;
  }
  return undefined;
}

/** Returns the fixed words of oauth4webapi, on which openid-client is built. A longer word than English has could be a value. */
function finding(error: unknown, code: string): string {
  const { cause } = error as Error;
  const words = cause instanceof Error ? cause.message : '';
  return words && !/\S{25}/.test(words) ? printable(words) : code;
}

/** Returns the JSON that openid-client rejected before it looked at a token. It contains secrets. */
function unusableBody(error: unknown): object | undefined {
  const details = ((error as Error).cause as Error | undefined)?.cause as { body?: unknown } | undefined;
  return typeof details?.body === 'object' && details.body !== null ? details.body : undefined;
}
