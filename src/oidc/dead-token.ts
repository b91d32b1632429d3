/** An error answer of a provider (RFC 6749 5.2). */
export interface Refusal {
  status: number;
  error: string;
  error_description?: unknown;
}

/** An error that says that a refresh token is dead. `says` has to match the description, where it is set. */
interface Death {
  provider: string;
  error: string;
  statuses: readonly number[];
  says?: RegExp;
  /** Recognises the provider, whose every error of this code says so. */
  token_endpoint?: RegExp;
  device_authorization_endpoint?: RegExp;
}

/**
 * The errors of a refresh whose token is dead: RFC 6749 5.2 has one, and some providers have others. Errors
 * about the client (`invalid_client`, `unauthorized_client`), 429 and 5xx say nothing about the token.
 */
const deadRefreshTokens: readonly Death[] = [
  { provider: 'RFC 6749 5.2', error: 'invalid_grant', statuses: [400, 401] },
  {
    // "Unknown or invalid refresh token." https://auth0.com/docs/secure/tokens/refresh-tokens/refresh-token-rotation
    provider: 'Auth0',
    error: 'invalid_grant',
    statuses: [403],
  },
  {
    // newBadRequestError: https://github.com/dexidp/dex/blob/v2.35.0/server/refreshhandlers.go, dexidp/dex#2613
    provider: 'Dex',
    error: 'invalid_request',
    statuses: [400],
    says: /refresh token .*(invalid|claimed|expired)|^refresh token expired/i,
  },
  {
    // The same without its words: the paths are those of discoveryHandler in server/handlers.go.
    provider: 'Dex',
    error: 'invalid_request',
    statuses: [400],
    token_endpoint: /\/token$/,
    device_authorization_endpoint: /\/device\/code$/,
  },
  {
    // ErrInactiveToken of Ory Fosite, for a token that was used before: https://github.com/ory/hydra/issues/3004
    provider: 'Ory Hydra',
    error: 'token_inactive',
    statuses: [400, 401],
  },
  {
    // https://learn.microsoft.com/entra/identity-platform/reference-error-codes: the person has to sign in again.
    provider: 'Microsoft Entra',
    error: 'interaction_required',
    statuses: [400, 401],
  },
];

/** Returns whether the answer to a refresh says that its token is dead, so that it is not posted again. */
export function isDeadRefreshToken(refusal: Refusal, metadata: object): boolean {
  return deadRefreshTokens.some((death) => isDeath(death, refusal, metadata as Record<string, unknown>));
}

/**
 * Returns whether the answer to a revocation says that the token is dead already. RFC 7009 2.2 asks for 200,
 * but Google answers `invalid_token` (googleapis/google-api-php-client#965).
 */
export function isDeadAtRevocation({ status, error }: Refusal): boolean {
  return status === 400 && /^(invalid_token|invalid_grant|token_inactive)$/.test(error);
}

function isDeath(death: Death, refusal: Refusal, metadata: Record<string, unknown>): boolean {
  const { error, statuses, says, token_endpoint: token, device_authorization_endpoint: device } = death;
  if (refusal.error !== error || !statuses.includes(refusal.status)) return false;
  if (says && !says.test(String(refusal.error_description ?? ''))) return false;
  return (
    (!token || token.test(String(metadata.token_endpoint))) &&
    (!device || device.test(String(metadata.device_authorization_endpoint)))
  );
}
