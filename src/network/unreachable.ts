import { DaypassError, systemCode } from '../errors.ts';
import { printable } from '../terminal/printable.ts';
import type { CaBundle } from './authorities.ts';

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

/** Who was asked, and with what. */
interface Asked {
  /** Who, and where. */
  peer: string;
  /** The setting that may be wrong if the network is not. */
  setting: string;
  caBundle?: CaBundle | undefined;
}

/** Returns the error of a request that got no whole answer. A DaypassError (a proxy, a CA file) stays as it is. */
export function unreachable(
  code: 'provider-unreachable' | 'sts-unreachable',
  { peer, setting, caBundle }: Asked,
  cause: unknown,
): DaypassError {
  if (cause instanceof DaypassError) return cause;
  const reason = reasonOf(cause);
  const fault = `cannot reach ${peer}: ${reason}`;
  const error = (told: string, advice: string) =>
    new DaypassError(code, told, { hint: { advice, again: true }, cause });
  if (reason !== unknownAuthority) return error(fault, `check the network and the ${setting}`);
  if (!caBundle) return error(fault, "set AWS_CA_BUNDLE or NODE_EXTRA_CA_CERTS to your company's CA file");
  const { path, origin } = caBundle;
  return error(
    `${fault}, and ${origin} does not have it`,
    `add your company's authority to ${printable(path)}`,
  );
}

/** Returns whether the peer may still be working on the request, since only its answer is missing. */
export function isLate(error: unknown): boolean {
  return reasonOf(error) === noAnswerInTime;
}

/** Returns why a request got no whole answer: words for a known code, else the code. */
function reasonOf(error: unknown): string {
  const { name, cause } = (error ?? {}) as Partial<Error>;
  const code = systemCode(error) ?? systemCode(cause) ?? 'no answer';
  if (code.startsWith('HPE_')) return 'its answer is not HTTP';
  // The code comes first: the AWS SDK also names a cut connection TimeoutError.
  return reasons[code] ?? (/Timeout|Abort/.test(name ?? '') ? noAnswerInTime : code);
}
