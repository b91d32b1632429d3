import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  assumedRoleXml,
  callerIdentityXml,
  chainedRoleXml,
  errorXml,
  type StsSession,
} from './sts/answer.ts';
import { StsRefusal } from './sts/refusal.ts';
import { assertQueryProtocol, recordedCall, type StsCall, validated } from './sts/request.ts';
import { isSignedWith, signingKeyId } from './sts/signature.ts';
import { type Trust, webIdentityVerifier } from './sts/web-identity.ts';

export { StsRefusal } from './sts/refusal.ts';
export type { StsCall } from './sts/request.ts';
export type { Trust } from './sts/web-identity.ts';

/** Answers instead of STS in any way. A thrown `StsRefusal` is sent as STS would. */
export type StsHandler = (
  parameters: URLSearchParams,
  response: ServerResponse,
  request: IncomingMessage,
) => void | Promise<void>;

export interface LocalSts {
  readonly url: string;
  /** The calls in the order of their arrival. A call is listed when its body is complete. */
  readonly calls: StsCall[];
  /** Every issued SecretAccessKey and SessionToken. */
  readonly secrets: Set<string>;
  /** Overrides the requested duration of sessions. */
  sessionSeconds: number | undefined;
  /** The length of session tokens. AWS makes them longer with session tags and policies. */
  tokenBytes: number;
  /** Holds the answers until the returned function is called. */
  hold(): () => void;
  /** Replaces the answer until it is called with undefined. */
  answer(handler: StsHandler | undefined): void;
  stop(): Promise<void>;
}

/**
 * Starts a strict imitation of AWS STS on loopback. It verifies the ID token with the provider's published
 * keys, and a request signature with the secret that it issued. It reads `trust` at each request, so a test
 * may change it.
 */
export async function startLocalSts(options: {
  trust: readonly Trust[];
  sessionSeconds?: number;
}): Promise<LocalSts> {
  const verify = webIdentityVerifier(options.trust);
  const sessions = new Map<string, StsSession>();
  let gate: Promise<void> | undefined;
  let release = () => {};
  let handler: StsHandler | undefined;

  const server = createServer(async (request, response) => {
    const body = await text(request).catch(() => undefined);
    if (body === undefined) return;
    const parameters = new URLSearchParams(body);
    const call = recordedCall(parameters);
    sts.calls.push(call);
    await gate;
    try {
      if (handler) {
        call.outcome = 'replaced';
        await handler(parameters, response, request);
      } else {
        send(response, 200, await perform(request, body, parameters, call));
        call.outcome = 'ok';
      }
    } catch (error) {
      const refusal =
        error instanceof StsRefusal ? error : new StsRefusal('InternalFailure', String(error), 500);
      call.outcome = refusal.code;
      if (!response.headersSent) send(response, refusal.status, errorXml(refusal));
    }
  });

  async function perform(
    request: IncomingMessage,
    body: string,
    parameters: URLSearchParams,
    call: StsCall,
  ): Promise<string> {
    assertQueryProtocol(request, parameters);
    if (call.action === 'GetCallerIdentity') {
      const session = sessionOf(request, body);
      call.roleArn = session.roleArn;
      call.sessionName = session.sessionName;
      return callerIdentityXml(session);
    }
    if (call.action === 'AssumeRole') {
      // Clients assume a second role with the first one; daypass never does.
      sessionOf(request, body);
      return chainedRoleXml(issue(call.roleArn ?? '', call.sessionName ?? '', 3600));
    }
    if (call.action !== 'AssumeRoleWithWebIdentity') {
      throw new StsRefusal('InvalidAction', `Could not find operation ${call.action} for version 2011-06-15`);
    }
    if (request.headers.authorization !== undefined) {
      throw new StsRefusal('InvalidClientTokenId', 'AssumeRoleWithWebIdentity must not be signed', 403);
    }
    const asked = validated(parameters, call);
    const token = parameters.get('WebIdentityToken') ?? '';
    const { trust, ...identity } = await verify(token, asked.roleArn);
    if (asked.durationSeconds > (trust.maxSessionDuration ?? 3600)) {
      throw new StsRefusal(
        'ValidationError',
        'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
      );
    }
    const session = issue(asked.roleArn, asked.sessionName, sts.sessionSeconds ?? asked.durationSeconds);
    return assumedRoleXml(session, { issuer: trust.issuer, ...identity, policies: asked.policies });
  }

  function issue(roleArn: string, sessionName: string, seconds: number): StsSession {
    const session = {
      roleArn,
      sessionName,
      accessKeyId: `ASIA${keyLetters(16)}`,
      secretAccessKey: randomBytes(30).toString('base64'),
      sessionToken: randomBytes(Math.ceil(sts.tokenBytes * 0.75)).toString('base64'),
      expiration: Date.now() + seconds * 1000,
    };
    sessions.set(session.accessKeyId, session);
    sts.secrets.add(session.secretAccessKey).add(session.sessionToken);
    return session;
  }

  function sessionOf(request: IncomingMessage, body: string): StsSession {
    const keyId = signingKeyId(request);
    if (keyId === undefined) {
      throw new StsRefusal('MissingAuthenticationToken', 'Request is missing Authentication Token', 403);
    }
    const session = sessions.get(keyId);
    if (!session || request.headers['x-amz-security-token'] !== session.sessionToken) {
      throw new StsRefusal(
        'InvalidClientTokenId',
        'The security token included in the request is invalid.',
        403,
      );
    }
    if (!isSignedWith(session.secretAccessKey, request, body)) {
      throw new StsRefusal('SignatureDoesNotMatch', 'The request signature does not match.', 403);
    }
    if (session.expiration <= Date.now()) {
      throw new StsRefusal('ExpiredToken', 'The security token included in the request is expired', 403);
    }
    return session;
  }

  const sts: LocalSts = {
    url: '',
    calls: [],
    secrets: new Set(),
    sessionSeconds: options.sessionSeconds,
    tokenBytes: 700,
    hold() {
      release();
      gate = new Promise((resolve) => {
        release = resolve;
      });
      return release;
    },
    answer(replacement) {
      handler = replacement;
    },
    async stop() {
      release();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return Object.assign(sts, { url: `http://127.0.0.1:${port}` });
}

function keyLetters(length: number): string {
  return Array.from({ length }, () => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[randomInt(32)]).join('');
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'text/xml' }).end(body);
}
