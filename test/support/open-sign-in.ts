// Opens a sign-in of the built program over raw HTTP, and finishes it.
import assert from 'node:assert/strict';
import type { FaultStage } from '../faults/fault.ts';
import { anyState, code, navigation, request, type Target } from './loopback-attacks.ts';
import { type RawAnswer, sendRaw } from './raw-http.ts';
import type { Running } from './sandbox.ts';

export interface OpenSignIn extends Target {
  stage: FaultStage;
  running: Running;
  link: string;
  /** The provider's page to which the link redirects. */
  destination: string;
  /** The hash of the pages' style that the program sends. */
  styleHash: string;
}

/** Starts daypass and opens its link, as the first browser does. */
export async function openSignIn(stage: FaultStage, args: string[] = []): Promise<OpenSignIn> {
  const running = stage.sandbox.start([...args, '--profile', 'developer', '--timeout', '600']);
  const link = await stage.launcher.nextLink();
  const { host: authority, port, pathname: startPath } = new URL(link);
  const unopened = { port: Number(port), authority, startPath, state: '', cookie: '' };
  const { status, headers } = await get(unopened, startPath);
  assert.equal(status, 302);
  const { location: destination = '', 'set-cookie': cookie = '' } = headers;
  return {
    ...unopened,
    stage,
    running,
    link,
    destination,
    cookie: cookie.split(';')[0] ?? '',
    state: new URL(destination).searchParams.get('state') ?? '',
    styleHash: /style-src '([^']*)'/.exec(headers['content-security-policy'] ?? '')?.[1] ?? '',
  };
}

export function get(target: Target, path: string, query = ''): Promise<RawAnswer> {
  return sendRaw(target.port, request(target, { path, query, headers: navigation }));
}

/** Asserts that the sign-in waits: a wrong state gets 400 before the callback and 410 after it. */
export async function assertStillWaits(
  signIn: Target & Pick<OpenSignIn, 'stage' | 'running'>,
): Promise<void> {
  const query = `?code=${code}&state=${anyState}`;
  const { status } = await sendRaw(signIn.port, request({ ...signIn, state: anyState }, { query }));
  assert.equal(status, 400, 'the sign-in does not wait any more');
  assert.equal(signIn.running.child.exitCode, null, 'the call has ended');
  assert.equal(signIn.stage.provider.counts.codeExchange, 0, 'a code was posted');
}

/** Signs in at the provider. Returns the query of the callback. */
export async function providersAnswer({ destination }: Pick<OpenSignIn, 'destination'>): Promise<string> {
  const { headers } = await fetch(destination, { redirect: 'manual' });
  return new URL(headers.get('location') ?? '').search;
}

/** Finishes the sign-in. Returns the last page. */
export async function finish(signIn: OpenSignIn): Promise<RawAnswer> {
  const { status, headers } = await get(signIn, '/callback', await providersAnswer(signIn));
  assert.equal(status, 303);
  return get(signIn, headers.location ?? '');
}
