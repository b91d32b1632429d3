import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startChromium } from '../support/chromium.ts';
import { type LocalFederation, startLocalFederation } from '../support/local-federation.ts';
import { openStageFor } from '../support/logging-stage.ts';
import { sendRaw } from '../support/raw-http.ts';
import { type Stage, signInProgram } from '../support/stage.ts';

type Test = Parameters<typeof openStageFor>[0];

async function openConsoleStage(
  t: Test,
): Promise<{ stage: Stage; federation: LocalFederation; args: string[] }> {
  const federation = await startLocalFederation();
  t.after(() => federation.stop());
  const stage = await openStageFor(t);
  assert.equal((await stage.daypass([], { DAYPASS_BROWSER: signInProgram })).code, 0);
  return { stage, federation, args: ['console', '--federation-endpoint', federation.endpoint] };
}

test('console signs a browser in with a link that has no secret and works once', async (t) => {
  const { stage, federation, args } = await openConsoleStage(t);
  const browser = await startChromium();
  t.after(() => browser.close());
  // The way to sign in at the provider does not matter for the console.
  const more = ['--profile', 'developer', '--destination', 's3', '--device-code'];
  const running = stage.sandbox.start([...args, ...more]);
  const link = await stage.launcher.nextLink();
  for (const token of federation.tokens) assert.ok(!link.includes(token));
  const page = await browser.newPage();
  await page.goto(link);
  assert.equal(await page.title(), 'Console');
  assert.match(
    (await page.textContent('p')) ?? '',
    /^https:\/\/eu-west-1\.console\.aws\.amazon\.com\/s3\/home\?region=eu-west-1$/,
  );
  const { code, stdout, stderr } = await running.exit;
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, /opened the AWS console as DeveloperAccess\n$/);
  for (const token of federation.tokens) assert.ok(!stdout.includes(token));
  // The session was sent in a body, and only to this endpoint.
  assert.deepEqual(
    federation.requests.filter((request) => request.startsWith('POST')),
    ['POST /federation'],
  );
  assert.ok(stage.sts.secrets.has(federation.sessions[0]?.sessionToken ?? ''));
  await assert.rejects(fetch(link));
});

test('a program that uses the link first is detected when the browser comes, and the command fails', async (t) => {
  const { stage, args } = await openConsoleStage(t);
  const running = stage.sandbox.start([...args, '--profile', 'developer']);
  const link = await stage.launcher.nextLink();
  const { host, port, pathname } = new URL(link);
  const ask = (method: string, more = '') =>
    sendRaw(Number(port), `${method} ${pathname} HTTP/1.1\r\nHost: ${host}\r\n${more}\r\n`);
  // These requests do not use up the link.
  for (const [method, more, status] of [
    ['HEAD', '', 405],
    ['GET', 'Sec-Purpose: prefetch\r\n', 403],
    ['GET', 'Sec-Fetch-Mode: cors\r\n', 403],
    // An opener or a scanner, which does not say that it navigates.
    ['GET', '', 200],
  ] as const)
    assert.equal((await ask(method, more)).status, status, more);
  const navigates = 'Sec-Fetch-Mode: navigate\r\n';
  const thief = await ask('GET', navigates);
  assert.equal(thief.status, 302);
  const cookie = /^[^;]+/.exec(thief.headers['set-cookie'] ?? '')?.[0];
  assert.match(thief.headers['set-cookie'] ?? '', /; HttpOnly; SameSite=Lax; Path=\/open\/[\w-]+$/);
  // The same browser may request it again.
  assert.equal((await ask('GET', `Cookie: a=b; ${cookie}\r\n`)).status, 302);
  const person = await ask('GET', `${navigates}Cookie: a=b\r\n`);
  assert.equal(person.status, 410);
  assert.equal(person.headers.location, undefined);
  const { code, stdout, stderr } = await running.exit;
  assert.equal(code, 78);
  assert.doesNotMatch(stdout, /opened/);
  assert.match(stderr, /^daypass: start-link-reused: .*\nhint: .*SECURITY\.md/);
});

test('console --print prints the address and nothing else', async (t) => {
  const { stage, federation, args } = await openConsoleStage(t);
  const launches = stage.launcher.launches.length;
  const { code, stdout, stderr } = await stage.daypass([...args, '--print']);
  assert.deepEqual([code, stderr], [0, '']);
  const { searchParams, origin } = new URL(stdout.trim());
  assert.equal(origin, new URL(federation.endpoint).origin);
  assert.ok(federation.tokens.has(searchParams.get('SigninToken') ?? ''));
  assert.equal((await fetch(stdout.trim())).status, 200);
  assert.equal(stage.launcher.launches.length, launches);
});

test('console reports a fault, and sends the session nowhere', async (t) => {
  const { stage, federation, args } = await openConsoleStage(t);
  const rows: [string[], Record<string, string>, number, RegExp][] = [
    [
      ['--destination', 'https://evil.example/'],
      {},
      64,
      /--destination must be an https address of console\.aws\.amazon\.com, not "https:\/\/evil/,
    ],
    [['--destination', 'https://console.aws.amazon.com@evil.example/'], {}, 64, /must be an https address/],
    [['--destination', '../s3'], {}, 64, /must be a service such as s3, or an address of console/],
    [
      ['--destination', 'cloudwach'],
      {},
      64,
      /must be a service, not "cloudwach"\nhint: did you mean cloudwatch\? any other page needs its https address; for help, run: daypass console --help\n$/,
    ],
    [['--federation-endpoint', 'http://evil.example/federation'], {}, 64, /twice|must begin with https/],
    [
      ['--browser', 'none'],
      {},
      65,
      /no browser may be opened here: daypass_browser is none\nhint: run: daypass console --profile developer .*--print/,
    ],
    [['--print'], { NODE_TLS_REJECT_UNAUTHORIZED: '0' }, 78, /lets anyone read/],
  ];
  for (const [more, env, expected, text] of rows) {
    const { code, stdout, stderr } = await stage.daypass([...args, ...more], env);
    assert.deepEqual([code, stdout], [expected, ''], more.join(' '));
    assert.match(stderr, text);
  }
  const elsewhere = await stage.daypass(['console', '--federation-endpoint', 'http://evil.example/x']);
  assert.match(elsewhere.stderr, /--federation-endpoint must begin with https/);
  assert.deepEqual(federation.sessions, []);
  await federation.stop();
  const gone = await stage.daypass([...args, '--print']);
  assert.equal(gone.code, 69);
  assert.match(
    gone.stderr,
    /cannot reach the console's sign-in at 127\.0\.0\.1:\d+: the connection was refused/,
  );
});
