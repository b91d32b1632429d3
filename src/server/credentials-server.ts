// The rules of the endpoint from which the command of `exec --server` gets credentials, in the form of the container
// credentials provider: https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
//  1. It listens on 127.0.0.1 alone, at a port that the kernel chooses, and ends with the command.
//  2. Connections follow rules 1 to 4 of browser/loopback-server.ts, with more room: one request a connection, none
//     stays idle, and a flood closes the silent ones first (loopback/connection-room.ts).
//  3. A request needs our Host, our path, GET, no body, no sign of a browser, and the token (refuse-request.ts).
//  4. Then the kernel is asked whose connection it is: another account is refused even with the token. A peer that
//     cannot be known passes, as at the listener of a sign-in.
//  5. Only then are credentials looked for (shared-credentials.ts). Nothing is kept here: the store has them.
//  6. An error is a 4xx that names the code, the faults and the hint, since clients repeat a request after a 5xx.
// No answer allows another origin to read it, and none may be stored.

import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context } from '../context.ts';
import { asDaypassError } from '../errors.ts';
import { logCrash } from '../log.ts';
import { listenOnLoopback } from '../loopback/loopback-listener.ts';
import { PeerGate, type PeerSource, peerFacts } from '../loopback/peer-gate.ts';
import { credentialsAnswer, errorAnswer, refusalAnswer } from './answers.ts';
import { refuseRequest } from './refuse-request.ts';
import type { CredentialsSource } from './shared-credentials.ts';
import { sparingly } from './sparing-log.ts';

/** Connections held at once, and those at which room is made at once: a command may have hundreds of clients. */
const room = { most: 256, tooMany: 1024 };

const path = '/credentials';

/** An endpoint that answers the clients that have its variables. */
export interface CredentialsServer {
  variables: [name: string, value: string][];
  /** Stops listening and cuts every connection. */
  close: () => void;
}

/** Starts the endpoint. Throws `port-busy` and `bad-configuration`. */
export async function openCredentialsServer(
  { log }: Pick<Context, 'log'>,
  source: CredentialsSource,
  peers?: PeerSource,
): Promise<CredentialsServer> {
  // In the environment, as the keys of `exec` are. A program that shows it tells nothing of use: the token is good
  // for this account alone, and until the command ends. A file would outlive a killed daypass.
  const token = randomBytes(32).toString('base64url');
  const gate = new PeerGate((peer) => log('peer', peerFacts(peer)), peers);
  const logRefusal = sparingly((facts) => log('refused', facts));
  let authority = '';

  const refuse = (response: ServerResponse, status: number, reason: string) => {
    logRefusal(reason);
    send(response, refusalAnswer(status, reason));
  };
  const serve = async (response: ServerResponse) => {
    // Node's idle deadline is for those that say nothing; the source has one of its own.
    response.setTimeout(0);
    response.once('close', () => response.writableEnded || source.hungUp());
    try {
      const record = await source.get();
      log('served', { expires: record.credentials.expiration });
      send(response, credentialsAnswer(record));
    } catch (thrown) {
      const error = asDaypassError(thrown);
      logCrash(log, error);
      log('served', { code: error.code });
      send(response, errorAnswer(error));
    }
  };
  const app = (request: IncomingMessage, response: ServerResponse) => {
    const [status, reason] = refuseRequest(request, { authority, path, token }) ?? [];
    if (status) return refuse(response, status, reason ?? '');
    return void gate.admit(request.socket, {
      pass: () => void serve(response),
      refuse: () => refuse(response, 403, 'it came from another account of this machine'),
    });
  };

  const { port, close } = await listenOnLoopback({ host: '127.0.0.1', ports: [] }, app, {
    peers: gate.peers,
    room,
  });
  authority = `127.0.0.1:${port}`;
  log('serves', { port });
  return {
    variables: [
      ['AWS_CONTAINER_CREDENTIALS_FULL_URI', `http://${authority}${path}`],
      ['AWS_CONTAINER_AUTHORIZATION_TOKEN', token],
    ],
    close,
  };
}

function send(response: ServerResponse, { status, headers, body }: ReturnType<typeof errorAnswer>): void {
  response.writeHead(status, headers).end(body);
}
