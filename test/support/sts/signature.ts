import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Returns the access key id of a request with a Signature Version 4 for STS. */
export function signingKeyId(request: IncomingMessage): string | undefined {
  return parseAuthorization(request)?.keyId;
}

/** The largest clock difference that AWS accepts. */
const clockSkew = 15 * 60_000;

/**
 * Returns whether the POST to `/` has a recent signature with `secretKey` that covers headers and body.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function isSignedWith(secretKey: string, request: IncomingMessage, body: string): boolean {
  const parts = parseAuthorization(request);
  const time = String(request.headers['x-amz-date']);
  if (!parts?.signedHeaders.includes('host') || !time.startsWith(parts.date)) return false;
  const sent = Date.parse(time.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'));
  if (!(Math.abs(Date.now() - sent) <= clockSkew)) return false;
  const headers = parts.signedHeaders.map((name) => `${name}:${header(request, name)}\n`).join('');
  const canonical = ['POST', '/', '', headers, parts.signedHeaders.join(';'), sha256(body)].join('\n');
  const scope = [parts.date, parts.region, 'sts', 'aws4_request'];
  const signed = ['AWS4-HMAC-SHA256', time, scope.join('/'), sha256(canonical)].join('\n');
  const key = scope.reduce<Buffer>(hmac, Buffer.from(`AWS4${secretKey}`));
  return timingSafeEqual(hmac(key, signed), Buffer.from(parts.signature, 'hex'));
}

function parseAuthorization({ headers }: IncomingMessage) {
  const [, keyId = '', date = '', region = '', signedHeaders = '', signature = ''] =
    /^AWS4-HMAC-SHA256 Credential=(\w+)\/(\d{8})\/([\w-]+)\/sts\/aws4_request, ?SignedHeaders=([\w;-]+), ?Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? '',
    ) ?? [];
  return keyId ? { keyId, date, region, signedHeaders: signedHeaders.split(';'), signature } : undefined;
}

function header({ headers }: IncomingMessage, name: string): string {
  return String(headers[name] ?? '')
    .trim()
    .replace(/ +/g, ' ');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
