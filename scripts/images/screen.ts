/**
 * Returns the lines that a terminal shows after this output. Throws if it has control sequences beyond those of a
 * prompt, so that no picture shows one as text.
 */
export function screenLines(output: string): string[] {
  // Bracketed paste, which the shell switches on for its prompt.
  const lines = output.replaceAll(/\p{Cc}\[\?2004[hl]\r?/gu, '').split('\r\n');
  for (const line of lines) if (/\p{Cc}/u.test(line)) throw new Error(`not known: ${JSON.stringify(line)}`);
  return lines;
}
