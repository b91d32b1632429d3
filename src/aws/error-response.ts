import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

/**
 * Returns the body of an error with its `<Error>` inside an `<ErrorResponse>`, as AWS sends it and as the SDK reads it. Other servers
 * (Ceph RGW) send a bare `<Error>`, whose code the SDK would report as "Unknown".
 */
export async function withErrorResponse(body: Readable): Promise<Readable> {
  const answer = await text(body);
  const declaration = /^\s*(?:<\?xml[^>]*>\s*)?(?=<Error[\s>])/.exec(answer);
  const bare = declaration ? answer.slice(declaration[0].length) : undefined;
  return Readable.from([Buffer.from(bare === undefined ? answer : `<ErrorResponse>${bare}</ErrorResponse>`)]);
}
