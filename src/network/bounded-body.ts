const maxBody = 1024 * 1024;

/** The error of an answer over 1 MiB: the peer is not the server that it claims to be. */
export class BodyTooLarge extends Error {
  readonly code = 'BODY_TOO_LARGE';
}

/** Yields the chunks of an answer. Throws `BodyTooLarge` after 1 MiB: neither fetch nor the AWS SDK has a limit of its own. */
export async function* boundedBody<Chunk extends Uint8Array>(
  body: AsyncIterable<Chunk> | Iterable<Chunk>,
): AsyncGenerator<Chunk> {
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > maxBody) throw new BodyTooLarge('answer over 1 MiB');
    yield chunk;
  }
}
