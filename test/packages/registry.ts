import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, request as requestPlain } from 'node:http';
import { request as requestByTls } from 'node:https';
import type { AddressInfo } from 'node:net';

/** A registry that has one package of its own, and takes all others from another registry. */
export interface Registry {
  url: string;
  stop(): void;
}

/**
 * Starts a registry with the package in this tarball. It says `_hasShrinkwrap` as npm's registry does: npm asks the
 * registry, not the tarball. https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md
 */
export async function startRegistry(
  about: { name: string; version: string },
  tarball: string,
  { upstream, authorities }: { upstream: string; authorities: string | undefined },
): Promise<Registry> {
  const bytes = readFileSync(tarball);
  const { name, version } = about;
  const server = createServer((asked, answer) => {
    const { url = '/', headers } = asked;
    if (url === `/${name}/-/${name}.tgz`) return void answer.end(bytes);
    if (url === `/${name}`) {
      const dist = {
        tarball: `${registry.url}${name}/-/${name}.tgz`,
        integrity: `sha512-${createHash('sha512').update(bytes).digest('base64')}`,
        shasum: createHash('sha1').update(bytes).digest('hex'),
      };
      const versions = { [version]: { ...about, _hasShrinkwrap: true, dist } };
      answer.setHeader('content-type', 'application/json');
      return void answer.end(JSON.stringify({ name, 'dist-tags': { latest: version }, versions }));
    }
    const address = new URL(url.slice(1), upstream);
    const passed = Object.fromEntries(
      ['accept', 'accept-encoding'].flatMap((header) => (headers[header] ? [[header, headers[header]]] : [])),
    );
    const request = address.protocol === 'https:' ? requestByTls : requestPlain;
    request(address, { headers: passed, ...(authorities ? { ca: authorities } : {}) }, (found) => {
      answer.writeHead(found.statusCode ?? 502, found.headers);
      found.pipe(answer);
    })
      .on('error', () => answer.destroy())
      .end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const registry = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  return registry;
}
