/**
 * Returns the seconds that the peer's clock is ahead, by its answer to a request at `asked` (milliseconds);
 * undefined if the answer does not tell. Returns 0 up to 30 s, since the header has whole seconds.
 */
export function clockSkew({ headers }: Response, asked: number): number | undefined {
  const theirs = peerTime(headers);
  if (theirs === undefined) return undefined;
  // The answer is of a moment between these two, which are hours apart if the machine slept meanwhile.
  const ours = Math.min(Math.max(theirs, asked), Math.max(asked, Date.now()));
  const seconds = Math.round((theirs - ours) / 1000);
  return Math.abs(seconds) > 30 ? seconds : 0;
}

/**
 * Returns the peer's time in milliseconds, by the `Date` header of its answer; undefined without a usable
 * one, or if a cache may have kept the answer, since the header is then of an earlier time.
 */
export function peerTime(headers: Headers): number | undefined {
  const time = Date.parse(headers.get('date') ?? '');
  return Number.isFinite(time) && !mayBeKept(headers) ? time : undefined;
}

/** RFC 9111 4.2.1, 5.1 to 5.3. `Age` alone says that the origin did not answer this very request. */
function mayBeKept(headers: Headers): boolean {
  const control = headers.get('cache-control') ?? '';
  if (headers.has('age')) return true;
  if (/\b(no-store|no-cache)\b/i.test(control)) return false;
  return headers.has('expires') || /\b(public|immutable|(s-maxage|max-age) *= *"?0*[1-9])/i.test(control);
}
