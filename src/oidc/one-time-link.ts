import { randomBytes } from 'node:crypto';
import { listenOnLoopback } from './loopback-listener.ts';
import { refuse } from './request-gate.ts';

/** A link that leads on to a secret address, once: the arguments of a browser's start can be read by every program of the machine. */
export interface OneTimeLink {
  link: string;
  /** Resolves once it has been used. */
  used: Promise<void>;
  close(): void;
}

/** Throws `port-busy`. */
export async function openOneTimeLink(address: string): Promise<OneTimeLink> {
  const path = `/open/${randomBytes(16).toString('base64url')}`;
  let authority = '';
  let open = true;
  let done = () => {};
  const used = new Promise<void>((resolve) => {
    done = resolve;
  });
  const { port, close } = await listenOnLoopback({ host: '127.0.0.1', ports: [] }, (request, response) => {
    const [status, reason] = refuse(request, authority, [path]) ?? (open ? [] : [410, 'it was used']);
    const headers = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' };
    if (status) {
      response.writeHead(status, { ...headers, 'content-type': 'text/plain' }).end(`refused: ${reason}\n`);
      return;
    }
    open = false;
    response.once('close', done);
    response.writeHead(302, { ...headers, location: address }).end();
  });
  authority = `127.0.0.1:${port}`;
  return { link: `http://${authority}${path}`, used, close };
}
