/**
 * Returns how many seconds the peer's clock is ahead, by the `Date` header of the answer to a request of
 * `asked` (milliseconds since 1970). Returns undefined without a usable header, and 0 up to 30 s, because the header
 * has whole seconds and the answer needed time.
 */
export function clockSkew({ headers }: Response, asked: number): number | undefined {
  const theirs = Date.parse(headers.get('date') ?? '');
  const ours = (asked + Date.now()) / 2;
  const seconds = Math.round((theirs - ours) / 1000);
  if (!Number.isFinite(seconds)) return undefined;
  return Math.abs(seconds) > 30 ? seconds : 0;
}
