import assert from 'node:assert/strict';
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { assertVersion1 } from '../support/credentials-format.ts';
import { startIdentityProvider } from '../support/identity-provider.ts';
import { startLocalSts } from '../support/local-sts.ts';
import { startChild, withDeadline } from '../support/sandbox.ts';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';
import { roleArn } from '../support/stage.ts';
import { until } from '../support/until.ts';
import { version } from './built.ts';

/** A daypass as a package has installed it, in the account of an ordinary user. */
export interface Installed {
  /** The words that run it as that user, with HOME. */
  words: readonly string[];
  /** HOME, as this process reaches it, and as daypass does. */
  home: string;
  ownHome?: string;
  ids: { uid: number; gid: number };
  /** The environment, if the words set none. */
  env?: Record<string, string>;
}

/** Writes a profile of a local provider and STS, with the file store. Each call of it answers as daypass does. */
export async function openSession(t: TestContext, { words, home, ownHome = home, ids, env = {} }: Installed) {
  const provider = await startIdentityProvider();
  t.after(() => provider.stop());
  const { issuer, jwksUri, clientId } = provider;
  const sts = await startLocalSts({ trust: [{ roleArn, issuer, jwksUri, audience: clientId }] });
  t.after(() => sts.stop());
  const write = (path: string, text: string, mode: number) => {
    const place = join(home, path);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, text, { mode });
    for (const each of [place, dirname(place)]) chownSync(each, ids.uid, ids.gid);
  };
  // The browser leaves its link to this process, so that it needs no program of this machine.
  write(
    'browser/open',
    `#!/bin/sh\nprintf %s "$1" >~/browser/part && mv ~/browser/part ~/browser/link\n`,
    0o755,
  );
  write(
    '.aws/config',
    `[profile developer]
daypass_issuer = ${issuer}
daypass_client_id = ${clientId}
daypass_role_arn = ${roleArn}
daypass_authorize_params = prompt=consent
daypass_sts_endpoint = ${sts.url}
daypass_store = file
daypass_browser = ${ownHome}/browser/open
`,
    0o600,
  );
  const run = (...args: string[]) => {
    const [file = '', ...rest] = [...words, ...args];
    const as = process.getuid?.() === 0 && !file.endsWith('/chroot') ? ids : undefined;
    const running = startChild(file, rest, env, { cwd: '/', ...(as ? { as } : {}) }, home);
    return withDeadline(running, 120_000, args.join(' '));
  };
  /** Signs in once a link is there. */
  const person = async () => {
    const link = join(home, 'browser/link');
    await until(() => existsSync(link), 'the browser got a link', 100_000);
    const address = readFileSync(link, 'utf8');
    rmSync(link);
    await signInOverHttp(address);
  };
  return { t, sts, run, person };
}

export type Session = Awaited<ReturnType<typeof openSession>>;

/**
 * Tries --version, a first sign-in and a hit. Returns the printed line, and shows the time since `began`, at which the
 * installation began.
 */
export async function tryFirstCalls({ t, run, person, sts }: Session, began: number): Promise<string> {
  assert.deepEqual(await run('--version'), {
    ...{ code: 0, signal: null, stderr: '' },
    stdout: `daypass ${version}\n`,
  });
  const call = run('--profile', 'developer');
  // A call that fails must not wait for its browser.
  const [first] = await Promise.all([call, Promise.race([person(), call])]);
  assert.deepEqual([first.code, first.stderr], [0, '']);
  assertVersion1(first.stdout);
  const seconds = (performance.now() - began) / 1000;
  t.diagnostic(`${t.name.split(',')[0]}: credentials ${seconds.toFixed(1)} s after the installation began`);
  await tryHit({ run, sts }, first.stdout);
  return first.stdout;
}

/** Asserts that daypass prints the same credentials without another call of STS. */
export async function tryHit({ run, sts }: Pick<Session, 'run' | 'sts'>, printed: string): Promise<void> {
  const hit = await run('--profile', 'developer');
  assert.deepEqual([hit.code, hit.stdout, hit.stderr], [0, printed, '']);
  assert.equal(sts.calls.length, 1);
}

/** Ends the session. */
export async function tryLogout({ run }: Session): Promise<void> {
  const status = await run('status', '--json', 'developer');
  assert.equal(JSON.parse(status.stdout).signedIn, true, status.stdout);
  const logout = await run('logout', 'developer');
  assert.equal(logout.code, 0, logout.stderr);
  const without = await run('--profile', 'developer', '--non-interactive');
  assert.deepEqual([without.code, without.stdout], [2, '']);
  assert.match(without.stderr, /^daypass: sign-in-needed: /);
}
