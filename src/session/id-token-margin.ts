/** Milliseconds that an ID token must be good for when it is sent to STS. */
export const idTokenMargin = 90_000;
