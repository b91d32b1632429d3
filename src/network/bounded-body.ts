import { pipeline, type Readable, Transform } from 'node:stream';

const maxBody = 1024 * 1024;

/** The body of an answer, which breaks off with BODY_TOO_LARGE after 1 MiB: the SDK itself would gather any amount. */
export function boundedBody(body: Readable): Readable {
  let size = 0;
  const limit = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.byteLength;
      if (size <= maxBody) return done(null, chunk);
      done(Object.assign(new Error('answer over 1 MiB'), { code: 'BODY_TOO_LARGE' }));
    },
  });
  // Its errors reach whoever reads.
  return pipeline(body, limit, () => {});
}
