import { type Hint, systemCode } from '../errors.ts';

const noAnswerInTime = 'it did not answer in time';
const unknownAuthority = 'its certificate comes from an authority that Node does not know';

const reasons: Record<string, string> = {
  ENOTFOUND: 'its name has no address',
  EAI_AGAIN: 'its name cannot be looked up now',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  ENETUNREACH: 'the network is unreachable',
  EHOSTUNREACH: 'the host is unreachable',
  ETIMEDOUT: noAnswerInTime,
  UND_ERR_CONNECT_TIMEOUT: noAnswerInTime,
  OAUTH_TIMEOUT: noAnswerInTime,
  UND_ERR_HEADERS_TIMEOUT: noAnswerInTime,
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  BODY_TOO_LARGE: 'its answer is too large',
};

/** Returns why a request got no whole answer: words for a known code, else the code. */
export function networkReason(error: unknown): string {
  const { name, cause } = (error ?? {}) as Partial<Error>;
  const code = systemCode(error) ?? systemCode(cause) ?? 'no answer';
  // The code comes first: the AWS SDK also names a cut connection TimeoutError.
  return reasons[code] ?? (/Timeout|Abort/.test(name ?? '') ? noAnswerInTime : code);
}

/** Returns whether the peer may still be working on the request, since only its answer is missing. */
export function isLate(error: unknown): boolean {
  return networkReason(error) === noAnswerInTime;
}

/** Returns the next step for a reason; `setting` is the setting that may be wrong if the network is not. */
export function networkHint(reason: string, setting: string): Hint {
  if (reason === unknownAuthority) {
    return { advice: "set AWS_CA_BUNDLE or NODE_EXTRA_CA_CERTS to your company's CA file", again: true };
  }
  return { advice: `check the network and the ${setting}`, again: true };
}
