import { DaypassError, systemCode } from '../errors.ts';

const reasons: Record<string, string> = {
  ENOTFOUND: 'its name has no address',
  EAI_AGAIN: 'its name cannot be looked up now',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  ENETUNREACH: 'the network is unreachable',
  EHOSTUNREACH: 'the host is unreachable',
  ETIMEDOUT: 'it did not answer in time',
  UND_ERR_CONNECT_TIMEOUT: 'it did not answer in time',
  UND_ERR_HEADERS_TIMEOUT: 'it did not answer in time',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate comes from an authority that Node does not know',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate comes from an authority that Node does not know',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate comes from an authority that Node does not know',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate comes from an authority that Node does not know',
  BODY_TOO_LARGE: 'its answer is too large',
};

/** The error of a request that got no whole answer: `whom` in words, and the host of `url`. */
export function networkError(whom: string, url: string, error: unknown): DaypassError {
  const timedOut = error instanceof Error && /^(TimeoutError|AbortError)$/.test(error.name);
  const code = systemCode(error) ?? systemCode((error as Error | undefined)?.cause) ?? 'no answer';
  const reason = timedOut ? 'it did not answer in time' : (reasons[code] ?? code);
  const certificate = reason.includes('authority');
  return new DaypassError('provider-unreachable', `cannot reach ${whom} at ${new URL(url).host}: ${reason}`, {
    hint: certificate
      ? "name your company's CA file in NODE_EXTRA_CA_CERTS, then run the command again"
      : 'check the network and the issuer, then run the command again',
    cause: error,
  });
}
