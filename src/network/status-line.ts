/** The error of an answer that is not HTTP, with the code of Node's parser, which accepts such answers. */
class NotHttp extends Error {
  readonly code = 'HPE_INVALID_STATUS';
}

/**
 * Checks what Node's parser accepts and a `Response` cannot hold: a status above 599 and a control character
 * in the reason phrase (RFC 9112 4). Throws `NotHttp`.
 */
export function checkStatusLine(status: number, reason: string): void {
  if (status < 200 || status > 599 || /[^\t\x20-\x7e\x80-\uffff]/.test(reason))
    throw new NotHttp('the status line is not that of an HTTP answer');
}

/** Returns whether an answer with this status has no body (RFC 9110 15), which a `Response` requires. */
export function isEmpty(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}
