import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface ObjectStorage {
  url: string;
  /** The session tokens of the requests, each once. */
  tokens: Set<string>;
  stop(): Promise<void>;
}

/** Starts the part of S3 that rclone and restic need. It rejects requests without a session of STS. */
export async function startObjectStorage(sessions: ReadonlySet<string>): Promise<ObjectStorage> {
  const objects = new Map<string, Buffer>();
  const tokens = new Set<string>();
  const server = createServer(async (request, response) => {
    const token = String(request.headers['x-amz-security-token'] ?? '');
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
    const body = await buffer(request);
    const end = (answer: string | Buffer = '') => void response.end(answer);
    const xml = (text: string) => {
      response.setHeader('content-type', 'application/xml');
      end(text);
    };
    if (!sessions.has(token) || !/Credential=ASIA/.test(request.headers.authorization ?? '')) {
      response.statusCode = 403;
      return xml('<Error><Code>InvalidAccessKeyId</Code></Error>');
    }
    tokens.add(token);
    const [, , key] = /^\/([^/]*)\/?(.*)$/.exec(pathname) ?? [];
    if (request.method === 'PUT') {
      objects.set(pathname, body);
      response.setHeader('etag', '"etag"');
      return end();
    }
    if (pathname === '/') {
      return xml(
        '<ListAllMyBucketsResult><Owner><ID>1</ID></Owner><Buckets><Bucket><Name>backups</Name><CreationDate>2026-01-01T00:00:00Z</CreationDate></Bucket></Buckets></ListAllMyBucketsResult>',
      );
    }
    if (searchParams.has('location')) return xml('<LocationConstraint>eu-west-1</LocationConstraint>');
    if (!key && request.method === 'GET')
      return xml('<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>');
    const object = objects.get(pathname);
    if (key && !object) {
      response.statusCode = 404;
      return request.method === 'HEAD' ? end() : xml('<Error><Code>NoSuchKey</Code></Error>');
    }
    response.setHeader('last-modified', new Date().toUTCString()).setHeader('etag', '"etag"');
    response.setHeader('content-length', object?.length ?? 0);
    end(request.method === 'HEAD' ? '' : object);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tokens,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
