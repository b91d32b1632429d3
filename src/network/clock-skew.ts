/**
 * Returns the seconds that the peer's clock is ahead, by the `Date` header of its answer to a request at
 * `asked` (milliseconds); undefined without a usable header. Returns 0 up to 30 s, since the header has whole
 * seconds and the answer needed time.
 */
export function clockSkew({ headers }: Response, asked: number): number | undefined {
  const theirs = Date.parse(headers.get('date') ?? '');
  const ours = (asked + Date.now()) / 2;
  const seconds = Math.round((theirs - ours) / 1000);
  if (!Number.isFinite(seconds)) return undefined;
  return Math.abs(seconds) > 30 ? seconds : 0;
}
