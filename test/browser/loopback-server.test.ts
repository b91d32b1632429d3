// The requests L01 to L109 of docs/threats.md, sent to the listener alone; test/faults sends them to the program.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { after, before, suite, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Loopback, type LoopbackOptions } from '../../src/browser/loopback-server.ts';
import { Pages } from '../../src/browser/pages.ts';
import type { DaypassError } from '../../src/errors.ts';
import type { Settings } from '../../src/settings/settings.ts';
import { freePort } from '../support/free-port.ts';
import {
  anyState,
  assertNothingReflected,
  assertPage,
  type Change,
  code,
  exactHeaders,
  hostileRequests,
  marker,
  navigation,
  occupy,
  refusal,
  refused,
  request,
  type Target,
} from '../support/loopback-attacks.ts';
import { type RawAnswer, received, sendRaw } from '../support/raw-http.ts';

const pages = new Pages({
  profile: 'developer',
  roleArn: 'arn:aws:iam::123456789012:role/DeveloperAccess',
} as Settings);
const state = anyState;
const issuer = 'https://idp.example';
const expected = { state, issuer, sendsIssuer: false };
const good = `code=${code}&state=${state}`;
const providerUrl = 'https://idp.example/authorize?client_id=daypass';

/** One sign-in that waits: its listener, and the browser that opened its link. */
interface Waiting extends Target {
  loopback: Loopback;
  ended: () => boolean;
}

async function waiting(options: Partial<LoopbackOptions> = {}): Promise<Waiting> {
  const loopback = await Loopback.open({
    host: '127.0.0.1',
    ports: [],
    path: '/callback',
    pages,
    ...options,
  });
  const { host: authority, port, pathname: startPath } = new URL(loopback.link);
  loopback.serve(providerUrl, expected);
  let over = false;
  const end = () => (over = true);
  loopback.callback.then(end, end);
  return { loopback, port: Number(port), authority, startPath, state, cookie: '', ended: () => over };
}

/** As `waiting`, and a browser has opened the link. */
async function opened(options: Partial<LoopbackOptions> = {}): Promise<Waiting> {
  const signIn = await waiting(options);
  const { status, headers } = await get(signIn, signIn.startPath);
  assert.equal(status, 302);
  return { ...signIn, cookie: headers['set-cookie']?.split(';')[0] ?? '' };
}

function get(signIn: Waiting, path: string, headers = navigation): Promise<RawAnswer> {
  return sendRaw(signIn.port, request(signIn, { path, query: '', headers }));
}

suite('a request of a stranger is refused, and the sign-in still waits', () => {
  let signIn: Waiting;
  before(async () => {
    signIn = await opened();
  });
  after(() => signIn.loopback.close());

  for (const row of hostileRequests) {
    const [id, what, expected] = row;
    test(`${id} ${what}: ${expected}`, async () => {
      await refused(signIn, pages.styleHash, row);
      assert.equal(signIn.ended(), false, 'the sign-in was ended');
    });
  }

  test('L72 five requests in one packet get one answer', async () => {
    const stray = request(signIn, { query: `?code=${code}&state=${marker}` });
    const { raw } = await sendRaw(signIn.port, stray.repeat(4) + request(signIn, {}));
    assert.equal(raw.split('HTTP/1.1 ').length - 1, 1);
    assert.equal(signIn.ended(), false);
  });

  test('L82 B04 the real callback, raced twice, counts once', async () => {
    const answers = await Promise.all([1, 2].map(() => sendRaw(signIn.port, request(signIn, {}))));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [303, 410]);
    const parameters = await signIn.loopback.callback;
    assert.deepEqual(Object.fromEntries(parameters), { code, state });
  });

  test('L95 the same callback again is gone', async () => {
    const answer = await sendRaw(signIn.port, request(signIn, {}));
    assert.equal(answer.status, 410);
    assertPage(answer, pages.styleHash);
    assertNothingReflected(answer, signIn);
  });
});

/** A test whose sign-in and listener end with it. */
function scenario(name: string, run: (t: TestContext) => Promise<void>): void {
  test(name, { timeout: 60_000 }, run);
}

async function signInFor(t: TestContext, options?: Partial<LoopbackOptions>): Promise<Waiting> {
  const signIn = await opened(options);
  t.after(() => signIn.loopback.close());
  return signIn;
}

async function waitingFor(t: TestContext, options?: Partial<LoopbackOptions>): Promise<Waiting> {
  const signIn = await waiting(options);
  t.after(() => signIn.loopback.close());
  return signIn;
}

suite('the browser that opened the link', () => {
  scenario('gets a cookie and is redirected to the provider', async (t) => {
    const signIn = await waitingFor(t);
    const { status, headers } = await get(signIn, signIn.startPath);
    assert.equal(status, 302);
    assert.equal(headers.location, providerUrl);
    assert.match(
      headers['set-cookie'] ?? '',
      /^daypass-[0-9a-f]{8}=[\w-]{43}; Max-Age=3600; HttpOnly; SameSite=Lax; Path=\/$/,
    );
    for (const [name, value] of Object.entries(exactHeaders(pages.styleHash)))
      assert.equal(headers[name], value, name);
  });

  scenario('comes back by a 303 that has no code, and gets the page only with its cookie', async (t) => {
    const signIn = await signInFor(t);
    const { status, headers, body, raw } = await sendRaw(signIn.port, request(signIn, {}));
    assert.deepEqual([status, headers.location], [303, '/done']);
    assertPage({ status, headers, body, raw }, pages.styleHash, headers['content-type']);
    assertNothingReflected({ status, headers, body, raw }, signIn);

    const page = pages.signedIn({
      identity: 'ada',
      expires: '2031-01-02T03:04:05Z',
      left: 3_600_000,
      waiting: true,
      refreshable: true,
    });
    const early = get(signIn, '/done');
    const waiting = connect(signIn.port, '127.0.0.1');
    waiting.write(request(signIn, { path: '/done', query: '' }));
    // The tab moves on with the headers, and a reload asks here again.
    const [head] = await once(waiting, 'data');
    assert.match(String(head), /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\n$/);
    waiting.destroy();
    assert.equal((await get({ ...signIn, cookie: '' }, '/done')).status, 404);
    signIn.loopback.show(page);
    const reload = await get(signIn, '/done');
    for (const answer of [await early, reload]) {
      assert.equal(answer.status, 200);
      assert.equal(answer.body, page);
      assertPage(answer, pages.styleHash);
    }
    assert.equal((await get({ ...signIn, cookie: '' }, '/done')).status, 404);
  });

  scenario('gets the page by a reload that comes while the page is sent', async (t) => {
    const signIn = await signInFor(t);
    await sendRaw(signIn.port, request(signIn, {}));
    const before = connect(signIn.port, '127.0.0.1');
    before.write(request(signIn, { path: '/done', query: '' }));
    await once(before, 'data');
    // The listener reads neither the end of the old connection nor the new request before it has the result.
    before.destroy();
    const reload = get(signIn, '/done');
    signIn.loopback.show('<p>done</p>');
    assert.equal((await reload).body, '<p>done</p>');
  });

  scenario('L96 brings an error, which ends the sign-in like a code', async (t) => {
    const signIn = await signInFor(t);
    const query = `?error=access_denied&error_description=${marker}&state=${state}`;
    const answer = await sendRaw(signIn.port, request(signIn, { query }));
    assert.equal(answer.status, 303);
    assertNothingReflected(answer, signIn);
    assert.equal((await signIn.loopback.callback).get('error'), 'access_denied');
  });

  scenario('L97 sees why it failed, escaped', async (t) => {
    const signIn = await signInFor(t);
    await sendRaw(signIn.port, request(signIn, {}));
    const report = { code: 'denied', faults: [`<script>${code}`], hint: { advice: '<b>again</b>' } } as const;
    signIn.loopback.show(pages.failed({ ...report, faults: [...report.faults] }));
    const { body } = await get(signIn, '/done');
    assert.match(body, /Sign-in was denied/);
    assert.match(body, /&lt;script&gt;/);
    assert.doesNotMatch(body, /<script|<b>/);
  });

  scenario('L98 closes the tab: the answer counts, and the listener closes by itself', async (t) => {
    const signIn = await signInFor(t);
    await sendRaw(signIn.port, request(signIn, {}));
    const tab = connect(signIn.port, '127.0.0.1');
    tab.write(request(signIn, { path: '/done', query: '' }));
    await once(tab, 'data');
    tab.destroy();
    assert.ok(await signIn.loopback.callback);
    t.mock.timers.enable({ apis: ['setTimeout'] });
    signIn.loopback.show('<p>done</p>');
    t.mock.timers.tick(10_000);
    await signIn.loopback.closed;
    assert.equal(await refusal(signIn.port), 'ECONNREFUSED');
  });

  scenario('B08 may open the link again', async (t) => {
    const signIn = await signInFor(t);
    assert.equal((await get(signIn, signIn.startPath)).status, 302);
    assert.equal(signIn.ended(), false);
  });

  scenario('opens the link again after its answer, and is redirected to the result', async (t) => {
    const signIn = await signInFor(t);
    await sendRaw(signIn.port, request(signIn, {}));
    const again = await get(signIn, signIn.startPath);
    assert.deepEqual([again.status, again.headers.location], [303, '/done']);
  });

  scenario('answers in a second tab too, and gets a page that says so', async (t) => {
    const signIn = await signInFor(t);
    await sendRaw(signIn.port, request(signIn, {}));
    const second = await sendRaw(signIn.port, request(signIn, {}));
    assert.equal(second.status, 410);
    assertPage(second, pages.styleHash);
    assert.match(second.body, /<h1>Already answered<\/h1>/);
  });

  scenario('of a restored tab is no stranger, before the answer and after it', async (t) => {
    let strangers = 0;
    let elsewhere = 0;
    const signIn = await signInFor(t, { onStray: () => strangers++, onElsewhere: () => elsewhere++ });
    const restored = { ...signIn, cookie: '' };
    const old = request(restored, { query: `?code=${code}&state=${marker}` });
    assert.equal((await sendRaw(signIn.port, old)).status, 403);
    assert.equal(elsewhere, 0);
    // The state of this sign-in: the person may have another container or profile.
    for (let time = 0; time < 2; time++) {
      const { status, body } = await sendRaw(signIn.port, request(restored, {}));
      assert.equal(status, 403);
      assert.match(body, /container or profile/);
    }
    assert.deepEqual([elsewhere, strangers], [1, 0]);
    await sendRaw(signIn.port, request(signIn, {}));
    assert.equal((await sendRaw(signIn.port, old)).status, 403);
    assert.equal(strangers, 0);
    assert.equal((await sendRaw(signIn.port, request(restored, {}))).status, 403);
    assert.equal(strangers, 1);
  });

  scenario(
    'opens the link after an address was pasted, and learns that the sign-in was answered',
    async (t) => {
      const signIn = await waitingFor(t);
      assert.equal(signIn.loopback.accept(`${signIn.loopback.redirectUri}?${good}`), undefined);
      const answer = await get(signIn, signIn.startPath);
      assert.equal(answer.status, 410);
      assert.match(answer.body, /<h1>Already answered<\/h1>/);
    },
  );

  scenario('gets 404 before the sign-in has started', async (t) => {
    const loopback = await Loopback.open({ host: '127.0.0.1', ports: [], path: '/callback', pages });
    t.after(() => loopback.close());
    const { host: authority, port, pathname: startPath } = new URL(loopback.link);
    const signIn = {
      loopback,
      port: Number(port),
      authority,
      startPath,
      state,
      cookie: '',
      ended: () => false,
    };
    assert.equal((await get(signIn, startPath)).status, 404);
    loopback.serve(providerUrl, expected);
    assert.equal((await get(signIn, startPath)).status, 302);
  });

  scenario('B22 is accepted after a thousand wrong states', async (t) => {
    const signIn = await signInFor(t);
    for (let batch = 0; batch < 40; batch++) {
      const answers = await Promise.all(
        Array.from({ length: 25 }, () =>
          sendRaw(signIn.port, request(signIn, { query: `?code=${code}&state=${marker}` })),
        ),
      );
      assert.ok(answers.every(({ status }) => status === 400));
    }
    assert.equal((await sendRaw(signIn.port, request(signIn, {}))).status, 303);
  });
});

suite('after the end of a sign-in', () => {
  const done = '<p>done</p>';
  const ended = '<p>cancelled</p>';

  /** Plays a sign-in to its end. The clock of the test decides when its listener closes. */
  async function over(t: TestContext, { answered }: { answered: boolean }): Promise<Waiting> {
    const signIn = await signInFor(t);
    if (answered) assert.equal((await sendRaw(signIn.port, request(signIn, {}))).status, 303);
    t.mock.timers.enable({ apis: ['setTimeout'] });
    signIn.loopback.show(answered ? done : ended);
    return signIn;
  }

  scenario('a reload gets the same page for 10 s, and then the port is closed', async (t) => {
    const signIn = await over(t, { answered: true });
    for (const time of [0, 9999]) {
      t.mock.timers.tick(time);
      assert.equal((await get(signIn, '/done')).body, done);
    }
    t.mock.timers.tick(1);
    await signIn.loopback.closed;
    assert.equal(await refusal(signIn.port), 'ECONNREFUSED');
  });

  scenario('a code that comes too late is not used, and its tab gets the reason, for 30 s', async (t) => {
    const signIn = await over(t, { answered: false });
    for (const time of [0, 29_999]) {
      t.mock.timers.tick(time);
      for (const query of [`?${good}`, `?error=access_denied&state=${state}`]) {
        const late = await sendRaw(signIn.port, request(signIn, { query }));
        assert.deepEqual([late.status, late.headers.location], [303, '/done']);
      }
      assert.equal((await get(signIn, '/done')).body, ended);
      assert.equal(signIn.ended(), false, 'nothing has the code');
    }
    t.mock.timers.tick(1);
    await signIn.loopback.closed;
    assert.equal(await refusal(signIn.port), 'ECONNREFUSED');
  });

  scenario('the link leads to the reason, in any browser, and no browser gets to the provider', async (t) => {
    const signIn = await over(t, { answered: false });
    const again = await get(signIn, signIn.startPath);
    assert.deepEqual([again.status, again.headers.location], [303, '/done']);
    const other = await get({ ...signIn, cookie: '' }, signIn.startPath);
    assert.deepEqual([other.status, other.body], [410, ended]);
    assert.equal(other.headers['set-cookie'], undefined);
    assert.equal(signIn.loopback.reused, undefined);
  });

  scenario('a second browser ends nothing any more, and does not see the result', async (t) => {
    const signIn = await over(t, { answered: true });
    const other = await get({ ...signIn, cookie: '' }, signIn.startPath);
    assert.equal(other.status, 410);
    assert.match(other.body, /<h1>Already answered<\/h1>/);
    assert.equal(signIn.loopback.reused, undefined);
  });

  scenario('a late answer without the cookie or with another state is refused as before', async (t) => {
    let told = 0;
    const signIn = await signInFor(t, { onElsewhere: () => told++ });
    signIn.loopback.show(ended);
    assert.equal((await sendRaw(signIn.port, request({ ...signIn, cookie: '' }, {}))).status, 403);
    const stray = request(signIn, { query: `?code=${code}&state=${marker}` });
    assert.equal((await sendRaw(signIn.port, stray)).status, 400);
    assert.equal((await get({ ...signIn, cookie: '' }, '/done')).status, 404);
    assert.equal(told, 0);
    assert.deepEqual(signIn.loopback.accept(`${signIn.loopback.redirectUri}?${good}`), {
      reason: 'the sign-in has ended',
    });
  });

  scenario('a port that another sign-in wants is free at once if no tab brought an answer', async (t) => {
    const signIn = await over(t, { answered: false });
    signIn.loopback.giveWay();
    await signIn.loopback.closed;
    assert.equal(await refusal(signIn.port), 'ECONNREFUSED');
  });

  scenario('a port that another sign-in wants is free as soon as the browser has its page', async (t) => {
    const signIn = await over(t, { answered: true });
    signIn.loopback.giveWay();
    assert.equal((await get(signIn, '/done')).body, done);
    await signIn.loopback.closed;
  });

  scenario('a port that another sign-in wants is free after 5 s if the tab was closed', async (t) => {
    const signIn = await over(t, { answered: true });
    signIn.loopback.giveWay();
    t.mock.timers.tick(4999);
    assert.equal(await refusal(signIn.port), 'connected');
    t.mock.timers.tick(1);
    await signIn.loopback.closed;
  });

  scenario('a port that another sign-in has wanted since before the end is free at the end', async (t) => {
    const signIn = await signInFor(t);
    signIn.loopback.giveWay();
    assert.equal((await get(signIn, signIn.startPath)).status, 302);
    t.mock.timers.enable({ apis: ['setTimeout'] });
    signIn.loopback.show(ended);
    await signIn.loopback.closed;
  });

  scenario('a person who pasted the answer has no tab that comes back', async (t) => {
    const signIn = await waitingFor(t);
    assert.equal(signIn.loopback.accept(`${signIn.loopback.redirectUri}?${good}`), undefined);
    signIn.loopback.show(done);
    await signIn.loopback.closed;
  });
});

suite('what a browser sends to localhost by itself gets a page, and changes nothing', () => {
  const fetched = (mode: string, destination: string) => [
    `Sec-Fetch-Mode: ${mode}`,
    `Sec-Fetch-Dest: ${destination}`,
    'Sec-Fetch-Site: same-origin',
  ];
  const crossSite = (more: string[]) => [
    'Origin: https://app.example',
    'Sec-Fetch-Site: cross-site',
    ...more,
  ];
  const preflight = ['Access-Control-Request-Method: POST', 'Access-Control-Request-Headers: content-type'];
  const json = ['Content-Type: application/json', 'Content-Length: 2'];
  const requests: [status: number, what: string, change: Change][] = [
    [404, 'the favicon', { path: '/favicon.ico', headers: fetched('no-cors', 'image') }],
    [404, 'the icon of iOS and Safari', { path: '/apple-touch-icon-precomposed.png' }],
    [404, 'the crawler rules', { path: '/robots.txt' }],
    [404, 'the manifest', { path: '/manifest.webmanifest', headers: fetched('cors', 'manifest') }],
    [404, 'the DevTools workspace', { path: '/.well-known/appspecific/com.chrome.devtools.json' }],
    [404, 'the page for a new password', { path: '/.well-known/change-password' }],
    [404, 'the related origins of passkeys', { path: '/.well-known/webauthn' }],
    [404, 'the rules of a prefetch proxy', { path: '/.well-known/traffic-advice' }],
    [404, 'the home page, as typed', { path: '/', headers: navigation }],
    [
      404,
      'the service worker of another program that had the port',
      { path: '/sw.js', headers: ['Service-Worker: script', ...fetched('same-origin', 'serviceworker')] },
    ],
    [404, 'a hot reload of that program', { path: '/__vite_ping', headers: fetched('no-cors', 'empty') }],
    [
      413,
      'a POST of that program',
      { method: 'POST', path: '/api', headers: [...json, ...fetched('cors', 'empty')], body: '{}' },
    ],
    [404, 'a preflight', { method: 'OPTIONS', path: '/api', headers: crossSite(preflight) }],
    [
      405,
      'a preflight into the private network',
      {
        method: 'OPTIONS',
        headers: crossSite([...preflight, 'Access-Control-Request-Private-Network: true']),
      },
    ],
    [
      405,
      'a preflight into the local network',
      { method: 'OPTIONS', headers: crossSite([...preflight, 'Access-Control-Request-Local-Network: true']) },
    ],
    [431, 'the cookies of every program on localhost', { headers: [`Cookie: ${'a=b; '.repeat(4000)}`] }],
  ];
  for (const [status, what, change] of requests) {
    scenario(what, async (t) => {
      const signIn = await signInFor(t);
      const answer = await sendRaw(signIn.port, request({ ...signIn, cookie: '' }, { query: '', ...change }));
      assert.equal(answer.status, status, answer.raw);
      assertPage(answer, pages.styleHash);
      assert.match(answer.body, /<h1>Request not accepted<\/h1>/);
      assertNothingReflected(answer, signIn);
      assert.equal((await sendRaw(signIn.port, request(signIn, {}))).status, 303);
    });
  }
});

suite('who opens the link', () => {
  scenario(
    'one that does not say that it navigates gets a page that goes on, and opens nothing',
    async (t) => {
      const signIn = await waitingFor(t);
      const bare = (path: string, cookie = '') => get({ ...signIn, cookie }, path, []);
      const { status, headers, body } = await bare(signIn.startPath);
      assert.deepEqual([status, headers['set-cookie'], headers.location], [200, undefined, undefined]);
      const script = /<script>(.*)<\/script>/.exec(body)?.[1] ?? '';
      const hash = createHash('sha256').update(script).digest('base64');
      assert.match(
        headers['content-security-policy'] ?? '',
        /^default-src 'none'; .*; sandbox allow-scripts/,
      );
      assert.ok(headers['content-security-policy']?.includes(`script-src 'sha256-${hash}'`));
      for (const [name, value] of Object.entries(exactHeaders(pages.styleHash)))
        if (name !== 'content-security-policy') assert.equal(headers[name], value, name);
      // An old browser goes on, and may come back to the link.
      const opened = await bare(`${signIn.startPath}?open`);
      assert.deepEqual([opened.status, opened.headers.location], [302, providerUrl]);
      const cookie = opened.headers['set-cookie']?.split(';')[0] ?? '';
      assert.equal((await bare(signIn.startPath, cookie)).status, 302);
      assert.equal((await bare(signIn.startPath)).status, 200);
      assert.equal(signIn.ended(), false);
      // A second browser is one, with these headers or without them.
      assert.equal((await bare(`${signIn.startPath}?open=`)).status, 410);
      await assert.rejects(signIn.loopback.callback, { code: 'start-link-reused' });
    },
  );

  const previews: [what: string, change: Change][] = [
    ['a HEAD request', { method: 'HEAD' }],
    ['a prefetch', { headers: ['Sec-Purpose: prefetch'] }],
    ['a prerender', { headers: ['Sec-Purpose: prefetch;prerender'] }],
    ["a chat program's preview", { headers: ['Purpose: preview'] }],
    ['an <img>', { headers: ['Sec-Fetch-Mode: no-cors', 'Sec-Fetch-Dest: image'] }],
    ['another Host', { host: ['Host: evil.example'] }],
  ];
  for (const [what, change] of previews) {
    scenario(`${what} neither opens the link nor ends the sign-in`, async (t) => {
      const signIn = await waitingFor(t);
      const peek = () =>
        sendRaw(signIn.port, request(signIn, { path: signIn.startPath, query: '', ...change }));
      for (const answer of [await peek(), await peek()]) {
        assert.ok([403, 405, 421].includes(answer.status), answer.raw);
        assertPage(answer, pages.styleHash);
        assert.ok(!answer.raw.includes(providerUrl));
      }
      assert.equal((await get(signIn, signIn.startPath)).status, 302, 'the person is still the first');
      await peek();
      assert.equal(signIn.ended(), false);
    });
  }

  scenario('a second browser ends the sign-in, since one of the two is a stranger', async (t) => {
    const signIn = await signInFor(t);
    const answer = await get({ ...signIn, cookie: '' }, signIn.startPath);
    assert.equal(answer.status, 410);
    assertPage(answer, pages.styleHash);
    assert.ok(!answer.raw.includes(providerUrl));
    await assert.rejects(signIn.loopback.callback, { name: 'DaypassError', code: 'start-link-reused' });
  });

  scenario('two sign-ins do not share cookies', async (t) => {
    const [one, two] = [await signInFor(t), await signInFor(t)];
    assert.notEqual(one.cookie.split('=')[0], two.cookie.split('=')[0], 'cookies hold for every port');
    const answer = await sendRaw(two.port, request({ ...two, cookie: one.cookie }, {}));
    assert.equal(answer.status, 403);
    const both = { ...two, cookie: `${one.cookie}; ${two.cookie}` };
    assert.equal((await sendRaw(two.port, request(both, {}))).status, 303);
  });
});

suite('the port', () => {
  scenario('L94 L99 is closed with the sign-in, open connections included', async (t) => {
    const signIn = await signInFor(t);
    await sendRaw(signIn.port, request(signIn, {}));
    const open = received(connect(signIn.port, '127.0.0.1'));
    const held = get(signIn, '/done');
    await delay(50);
    signIn.loopback.close();
    assert.equal(await open, '');
    assert.equal((await held).body, '');
    assert.equal(await refusal(signIn.port, '127.0.0.1'), 'ECONNREFUSED');
  });

  scenario('L77 L78 L79 answers on 127.0.0.1 alone', async (t) => {
    const { port } = await waitingFor(t);
    // macOS has no other address of 127/8.
    const strangers = process.platform === 'darwin' ? ['::1'] : ['127.0.0.2', '::1'];
    for (const addresses of Object.values(networkInterfaces()))
      for (const { address, internal, scopeid } of addresses ?? [])
        if (!internal && !scopeid) strangers.push(address);
    for (const address of strangers) assert.equal(await refusal(port, address), 'ECONNREFUSED', address);
  });

  scenario('L80 L81 cannot be bound by another', async (t) => {
    const { port } = await waitingFor(t);
    await assert.rejects(occupy(port, '127.0.0.1'), { code: 'EADDRINUSE' });
  });

  scenario('L80 L81 gets its requests even if another program binds every address', async (t) => {
    const signIn = await waitingFor(t);
    const everywhere = await occupy(signIn.port, '0.0.0.0').catch(({ code }) => code);
    if (everywhere instanceof Server) t.after(() => everywhere.close());
    // macOS and Windows allow it, and the narrower address goes first.
    if (process.platform === 'linux') assert.equal(everywhere, 'EADDRINUSE');
    assert.equal((await get(signIn, signIn.startPath)).status, 302);
  });

  scenario('differs between two sign-ins', async (t) => {
    assert.notEqual((await waitingFor(t)).port, (await waitingFor(t)).port);
  });

  scenario('B19 if fixed and taken causes an error that names it', async (t) => {
    const taken = await occupied(t);
    await assert.rejects(waiting({ ports: [taken] }), (error: DaypassError) => {
      assert.equal(error.code, 'port-busy');
      assert.match(error.message, new RegExp(`port ${taken} of 127\\.0\\.0\\.1`));
      return true;
    });
  });

  scenario('is the first free one of a list', async (t) => {
    const [taken, free, later] = [await occupied(t), await freePort(), await freePort()];
    const { port, loopback } = await waitingFor(t, { ports: [taken, free, later] });
    assert.equal(port, free);
    assert.equal(loopback.redirectUri, `http://127.0.0.1:${free}/callback`);
    assert.equal((await waitingFor(t, { ports: [taken, free, later] })).port, later);
  });

  scenario('under localhost is bound on both families', async (t) => {
    const signIn = await signInFor(t, { host: 'localhost' });
    assert.equal(signIn.loopback.redirectUri, `http://localhost:${signIn.port}/callback`);
    for (const host of ['127.0.0.1', '::1']) {
      const stray = request(signIn, { query: `?code=${code}&state=${marker}` });
      assert.equal((await sendRaw(signIn.port, stray, { host })).status, 400);
      const literal = request(signIn, { host: [`Host: ${host.replace('::1', '[::1]')}:${signIn.port}`] });
      assert.equal((await sendRaw(signIn.port, literal, { host })).status, 421);
    }
    assert.equal(signIn.ended(), false);
    assert.equal((await sendRaw(signIn.port, request(signIn, {}), { host: '::1' })).status, 303);
    signIn.loopback.close();
    for (const host of ['127.0.0.1', '::1']) {
      assert.equal(await refusal(signIn.port, host), 'ECONNREFUSED');
    }
  });

  for (const [path, sent, accepted] of [
    ['', '', '/'],
    ['/', '/', '/'],
  ] as const) {
    scenario(`of a redirect path "${path}" answers at ${accepted}, and a pasted address fits`, async (t) => {
      const signIn = await signInFor(t, { path });
      const { redirectUri } = signIn.loopback;
      assert.equal(redirectUri, `http://127.0.0.1:${signIn.port}${sent}`);
      assert.match(signIn.loopback.accept(`${redirectUri}/x?${good}`)?.reason ?? '', /does not begin with/);
      const answer = await sendRaw(signIn.port, request(signIn, { path: accepted }));
      assert.deepEqual([answer.status, answer.headers.location], [303, '/done']);
      const pasted = await waitingFor(t, { path });
      assert.equal(pasted.loopback.accept(`http://127.0.0.1:${pasted.port}/?${good}`), undefined);
    });
  }

  scenario('under localhost is bound on 127.0.0.1 alone if the machine has no IPv6', async (t) => {
    const program = `
      const { listenOnLoopback } = await import(process.argv[1]);
      const { port, close } = await listenOnLoopback({ host: 'localhost', ports: [8400] }, () => {});
      close();
      console.log(port);`;
    const withoutIpv6 =
      'PATH=$PATH:/usr/sbin; ip link set lo up && echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6 && exec "$@"';
    const node = [process.execPath, '--import', 'tsx', '--input-type=module', '-e', program];
    const inNetwork = (...words: string[]) =>
      spawnSync('unshare', ['-rn', 'sh', '-c', withoutIpv6, 'sh', ...words], { encoding: 'utf8' });
    if (inNetwork('true').status !== 0)
      return t.skip('no network can be made here in which IPv6 is switched off');
    const listener = new URL('../../src/loopback/loopback-listener.ts', import.meta.url).href;
    const { stdout, stderr } = inNetwork(...node, listener);
    assert.equal(stdout, '8400\n', stderr);
  });

  scenario('under localhost is not used while a stranger has one family', async (t) => {
    for (const host of ['127.0.0.1', '::1']) {
      const taken = await occupied(t, host);
      await assert.rejects(waiting({ host: 'localhost', ports: [taken] }), { code: 'port-busy' });
      const free = await freePort();
      assert.equal((await waitingFor(t, { host: 'localhost', ports: [taken, free] })).port, free);
    }
  });
});

suite('connections that take up room', () => {
  scenario('L73 a header that never ends is cut', async (t) => {
    const signIn = await signInFor(t);
    const socket = connect(signIn.port, '127.0.0.1');
    const end = received(socket);
    socket.write(`GET /callback?${good} HTTP/1.1\r\nHost: ${signIn.authority}\r\n`);
    const drip = setInterval(() => socket.write('X'), 200);
    const began = Date.now();
    await Promise.race([end, delay(15_000, undefined, { ref: false })]);
    clearInterval(drip);
    assert.ok(Date.now() - began < 10_000);
    assert.equal(signIn.ended(), false);
  });

  scenario('L74 one that says nothing is closed without a byte', async (t) => {
    const signIn = await signInFor(t);
    const began = Date.now();
    const bytes = await Promise.race([
      received(connect(signIn.port, '127.0.0.1')),
      delay(20_000, 'still open', { ref: false }),
    ]);
    assert.equal(bytes, '');
    assert.ok(Date.now() - began < 15_000);
  });

  for (const [what, part] of [
    ['half a request line', 'GET /callb'],
    ['half of the headers', 'GET /done HTTP/1.1\r\nHost: 127'],
    ['an empty line', '\r\n'],
  ] as const) {
    scenario(`one that sends ${what} and no more is closed without a byte`, async (t) => {
      const signIn = await signInFor(t);
      const socket = connect(signIn.port, '127.0.0.1');
      const bytes = received(socket);
      socket.write(part);
      assert.equal(await Promise.race([bytes, delay(20_000, 'still open', { ref: false })]), '');
    });
    scenario(`one that sends ${what} and ends is closed without a byte`, async (t) => {
      const signIn = await signInFor(t);
      assert.equal((await sendRaw(signIn.port, part, { finish: true })).raw, '');
    });
  }

  scenario('one that spoke after a silence of 4 s is answered', async (t) => {
    const signIn = await signInFor(t);
    const socket = connect(signIn.port, '127.0.0.1');
    const bytes = received(socket);
    await delay(4000);
    socket.write(request(signIn, {}));
    assert.match(await bytes, /^HTTP\/1\.1 303 /);
  });

  scenario('one that starts a request after a silence and does not finish it is closed', async (t) => {
    const signIn = await signInFor(t);
    const socket = connect(signIn.port, '127.0.0.1');
    const bytes = received(socket);
    await delay(4000);
    socket.write('GET /done HTTP/1.1\r\n');
    const drip = setInterval(() => socket.write('X'), 200);
    const end = await Promise.race([bytes, delay(15_000, 'still open', { ref: false })]);
    clearInterval(drip);
    assert.equal(end, '');
  });

  scenario('bytes after the request that waits are neither processed nor answered', async (t) => {
    const signIn = await signInFor(t);
    await sendRaw(signIn.port, request(signIn, {}));
    const strangers = request({ ...signIn, cookie: '' }, { path: signIn.startPath, query: '' });
    for (const more of [
      strangers,
      'no HTTP at all\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: x\r\nExpect: y\r\n\r\n',
    ]) {
      const socket = connect(signIn.port, '127.0.0.1');
      const bytes = received(socket);
      socket.write(request(signIn, { path: '/done', query: '' }) + more);
      // A peer that has closed its end before it is looked up gets no byte.
      await Promise.race([bytes, once(socket, 'data')]);
      await Promise.race([bytes, delay(300)]);
      socket.end();
      assert.match(await bytes, /^HTTP\/1\.1 200 OK\r\n(?![\s\S]*HTTP)[\s\S]*\r\n\r\n$/);
    }
    assert.equal(signIn.loopback.reused, undefined);
  });

  scenario('bytes after bytes that are no HTTP are not processed', async (t) => {
    const signIn = await signInFor(t);
    const { raw } = await sendRaw(signIn.port, `${marker} no HTTP\r\n\r\n${request(signIn, {})}`);
    assert.equal(raw.split('HTTP/1.1 ').length - 1, 1);
    assert.match(raw, /^HTTP\/1\.1 400 /);
    assert.equal(signIn.ended(), false);
  });

  for (const upgrade of ['Connection: Upgrade\r\nUpgrade: x\r\n', 'CONNECT']) {
    scenario(`a peer that resets its refused ${upgrade.slice(0, 7)} ends nothing`, async (t) => {
      const signIn = await signInFor(t);
      const head = `Host: ${signIn.authority}\r\n`;
      const bytes =
        upgrade === 'CONNECT'
          ? `CONNECT ${signIn.authority} HTTP/1.1\r\n${head}\r\n`
          : `GET / HTTP/1.1\r\n${head}${upgrade}\r\n`;
      for (let round = 0; round < 50; round++) {
        const socket = connect(signIn.port, '127.0.0.1').on('error', () => {});
        await once(socket, 'connect');
        socket.write(bytes, () => socket.resetAndDestroy());
        await once(socket, 'close');
      }
      assert.equal((await sendRaw(signIn.port, request(signIn, {}))).status, 303);
    });
  }

  scenario('one that sends blank lines alone is closed without a byte', async (t) => {
    const signIn = await signInFor(t);
    const socket = connect(signIn.port, '127.0.0.1').on('error', () => {});
    const bytes = received(socket);
    await delay(4000);
    const drip = setInterval(() => socket.write('\r\n'), 2000);
    const end = await Promise.race([bytes, delay(25_000, 'still open', { ref: false })]);
    clearInterval(drip);
    assert.equal(end, '');
  });

  scenario('bytes that are no HTTP do not end the page that waits', async (t) => {
    const signIn = await signInFor(t);
    await sendRaw(signIn.port, request(signIn, {}));
    const socket = connect(signIn.port, '127.0.0.1');
    const bytes = received(socket);
    socket.write(`${request(signIn, { path: '/done', query: '' })}no HTTP at all\r\n\r\n`);
    await delay(200);
    signIn.loopback.show('<p>done</p>');
    assert.match(await bytes, /<p>done<\/p>$/);
  });

  for (const count of [32, 200]) {
    scenario(`${count} silent ones do not keep a browser out, and the page that waits stays`, async (t) => {
      const signIn = await signInFor(t);
      await sendRaw(signIn.port, request(signIn, {}));
      const waiting = get(signIn, '/done');
      await delay(50);
      const silent = Array.from({ length: count }, () => connect(signIn.port, '127.0.0.1'));
      const bytes = silent.map(received);
      await Promise.all(silent.map((socket) => once(socket, 'connect')));
      const began = performance.now();
      assert.equal((await get(signIn, signIn.startPath)).status, 303);
      t.diagnostic(`answered after ${Math.round(performance.now() - began)} ms`);
      // None is closed for its silence yet, so the listener made room for the browser.
      const open = silent.filter((socket) => !socket.closed && !socket.readableEnded).length;
      assert.ok(open >= 30, `${open} are open`);
      const oldest = bytes.slice(0, Math.max(0, count - 32));
      assert.deepEqual(new Set(await Promise.all(oldest)), new Set(count > 32 ? [''] : []));
      signIn.loopback.show('<p>done</p>');
      assert.equal((await waiting).status, 200);
      for (const socket of silent) socket.destroy();
    });
  }

  scenario('L75 L76 at most 32 of a hundred stay open, and then there is room again', async (t) => {
    const signIn = await signInFor(t);
    let open = 0;
    const ends = Array.from({ length: 100 }, async () => {
      const socket = connect(signIn.port, '127.0.0.1');
      const end = received(socket);
      await once(socket, 'connect');
      open += 1;
      await end;
      open -= 1;
    });
    await delay(1500);
    assert.ok(open > 0 && open <= 32, `${open} are open`);
    await Promise.all(ends);
    assert.equal((await sendRaw(signIn.port, request(signIn, {}))).status, 303);
  });
});

/** Returns a port that another program holds during the test. */
async function occupied(t: TestContext, host = '127.0.0.1'): Promise<number> {
  const server = await occupy(0, host);
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}
