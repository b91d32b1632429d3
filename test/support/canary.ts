/**
 * Returns where one of `secrets` appears in one of `haystacks` (by name), plain or in an encoding of a likely
 * leak. A finding reads `eyJhbG… in stderr as base64`. Throws if a secret is so short that it can appear by
 * chance.
 */
export function findSecrets(
  haystacks: Readonly<Record<string, string | Buffer>>,
  secrets: Iterable<string>,
): string[] {
  const needles = [...new Set(secrets)].map((secret) => ({ secret, bytes: Buffer.from(secret) }));
  for (const { secret, bytes } of needles) {
    if (bytes.length < 8) throw new Error(`'${secret}' is too short to be searched for`);
  }
  return Object.entries(haystacks).flatMap(([name, haystack]) => {
    const texts = decodings(binary(Buffer.from(haystack as string)));
    return needles.flatMap(({ secret, bytes }) => {
      const encoding = encodingIn(texts, secret, bytes);
      return encoding ? [`${secret.slice(0, 6)}… in ${name} as ${encoding}`] : [];
    });
  });
}

type Decodings = ReturnType<typeof decodings>;

/** Converts to Latin-1, in which one character is one byte. */
function binary(bytes: Buffer): string {
  return bytes.toString('latin1');
}

function decodings(raw: string) {
  return {
    raw,
    percent: percentDecodings(raw),
    json: jsonUnescaped(raw),
    lowerCase: raw.toLowerCase(),
    base64: raw.replaceAll('-', '+').replaceAll('_', '/'),
  };
}

function encodingIn(texts: Decodings, secret: string, bytes: Buffer): string | undefined {
  const plain = binary(bytes);
  if (texts.raw.includes(plain)) return 'plain text';
  if (texts.percent.some((text) => text.includes(plain))) return 'percent-encoding';
  if (texts.json.includes(plain)) return 'a JSON string';
  if (texts.raw.includes(binary(Buffer.from(secret, 'utf16le')))) return 'UTF-16LE';
  if (texts.lowerCase.includes(bytes.toString('hex'))) return 'hex';
  const alignments = [0, 1, 2].map((offset) => base64At(offset, bytes));
  if (alignments.some((text) => texts.raw.includes(text))) return 'base64';
  if (alignments.some((text) => texts.base64.includes(text))) return 'base64url';
  return undefined;
}

/** Decodes up to three times, because URLs can be nested. A plus is itself or a blank of a form. */
function percentDecodings(text: string, times = 3): string[] {
  const once = percentDecoded(text);
  const further = times > 1 && once !== text ? percentDecodings(once, times - 1) : [];
  return [once, percentDecoded(text.replaceAll('+', ' ')), ...further];
}

function percentDecoded(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function jsonUnescaped(text: string): string {
  return text.replace(/(?:\\u[0-9a-fA-F]{4})+|\\["\\/bfnrt]/g, (escaped) =>
    binary(Buffer.from(JSON.parse(`"${escaped}"`))),
  );
}

/**
 * Returns the base64 characters that depend on `bytes` alone, with `offset` (modulo 3) other bytes before
 * them.
 */
function base64At(offset: number, bytes: Buffer): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
  return text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
}
