import { DaypassError, systemCode } from '../errors.ts';
import { printable } from '../terminal/printable.ts';
import type { CaBundle } from './authorities.ts';
import { isLoopback, proxyVariable } from './proxy.ts';

const refused = 'the connection was refused';
const cut = 'the connection was cut';
const noAnswerInTime = 'it did not answer in time';
const unknownAuthority = 'its certificate comes from an authority that Node does not know';

const reasons: Record<string, string> = {
  ENOTFOUND: 'its name has no address',
  EAI_AGAIN: 'its name cannot be looked up now',
  ECONNREFUSED: refused,
  ECONNRESET: cut,
  EPIPE: cut,
  UND_ERR_SOCKET: cut,
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

/** The codes of an answer that is not HTTP: those of Node's parser, and those of Bun in the single executable. */
const notHttp =
  /^(?:HPE_.*|Malformed_HTTP_Response|Invalid(?:HTTPResponse|ContentLength)|UnsupportedTransferEncoding|UnrequestedUpgrade)$/;

/** Who was asked, and with what. */
interface Asked {
  /** Who, and where. */
  peer: string;
  url: string;
  /** The setting that may be wrong if the network is not. */
  setting: string;
  caBundle?: CaBundle | undefined;
}

/** Returns the error of a request that got no whole answer. A DaypassError (a proxy, a CA file) stays as it is. */
export function unreachable(
  code: 'provider-unreachable' | 'sts-unreachable' | 'team-file-unavailable',
  { peer, url, setting, caBundle }: Asked,
  cause: unknown,
  env = process.env,
): DaypassError {
  if (cause instanceof DaypassError) return cause;
  const reason = reasonOf(cause);
  const fault = `cannot reach ${peer}: ${reason}`;
  const error = (told: string, advice: string) =>
    new DaypassError(code, told, { hint: { advice, again: true }, cause });
  if (reason !== unknownAuthority) {
    const check = `check the network and the ${setting}`;
    // A firewall refuses direct connections or drops them, and names outside may have no address.
    const direct = !proxyVariable(env) && !isLoopback(new URL(url).hostname);
    const checks = direct
      ? `${check}; if your network requires a proxy, set HTTPS_PROXY to http://host:port`
      : check;
    if (reason !== refused && reason !== cut) return error(fault, checks);
    const hint = `try again in a few minutes; if it keeps happening, ${checks}`;
    return new DaypassError(code, fault, { hint, cause });
  }
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
  if (notHttp.test(code)) return 'its answer is not HTTP';
  // The code comes first: the AWS SDK also names a cut connection TimeoutError.
  return reasons[code] ?? (/Timeout|Abort/.test(name ?? '') ? noAnswerInTime : code);
}
