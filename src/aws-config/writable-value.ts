/**
 * Why a value must not be written into an AWS config file. What only cuts or changes the value itself there (` #`, a backslash) is
 * harmless in keys that daypass alone reads; the others have forms of their own that allow none of it.
 */
export function valueFault(value: string): string | undefined {
  // A line break begins another key, and a blank at the front goes on with the one above.
  if (!/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(value))
    return 'must be one line of printable ASCII, without blanks around it';
  return misreadLine(value);
}

/** Why some AWS client would read other lines wrong because of this value, be it in a key that it knows or not. */
export function misreadLine(value: string): string | undefined {
  if (/\[.*\]/.test(value)) return 'must be without [ and ], which the AWS SDK for C++ takes for a section';
  // The Go SDK looks for the end of a string in the lines below, PHP does so for both kinds.
  if ([/"/g, /'/g].some((quote) => (value.match(quote)?.length ?? 0) % 2))
    return 'must close its quotes, for Go and PHP read on to the next one';
  return undefined;
}
