/** The SDK of STS takes twice as long to load as Node to start, so it does while the provider or a person is at work. */
export function loadStsAhead(): void {
  // Not at once: first what they wait for goes out.
  setImmediate(() => void import('../aws/sts.ts').catch(() => {}));
}
