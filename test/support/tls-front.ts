import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import type { Certificate } from './certificates.ts';

/** Starts a TLS server that forwards the decrypted data to a plain server. */
export async function startTlsFront(
  certificate: Certificate,
  behind: number,
): Promise<{ port: number; stop(): Promise<void> }> {
  const sockets = new Set<TLSSocket>();
  const server = createServer(certificate, (socket) => {
    const back = connect(behind, '127.0.0.1');
    sockets.add(socket);
    for (const each of [socket, back]) each.on('error', () => each.destroy());
    socket.pipe(back).pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      for (const socket of sockets) socket.destroy();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}
