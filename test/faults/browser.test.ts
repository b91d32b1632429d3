// The cases B01 to B22 of the security research (sections 3.5 and 7.3), B1 to B12 of section 3.5 as B01 to B12: in real Chromium,
// where what the browser does is what counts.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { deferred } from '../../src/process/deferred.ts';
import { findSecrets } from '../support/canary.ts';
import { startChromium, startChromiumWith } from '../support/chromium.ts';
import { evilHost, evilHostArgument, type HostilePages, startHostilePages } from '../support/hostile-page.ts';
import { type HostileProvider, startHostileProvider } from '../support/hostile-provider.ts';
import { code, marker, occupy, refusal, request, type Target } from '../support/loopback-attacks.ts';
import { assertStillWaits, finish, get, openSignIn, providersAnswer } from '../support/open-sign-in.ts';
import { settableClock } from '../support/other-clock.ts';
import { sendRaw } from '../support/raw-http.ts';
import { daypassPath, type Running, type RunResult } from '../support/sandbox.ts';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';
import { until } from '../support/until.ts';
import {
  type Call,
  type Case,
  type FaultStage,
  fault,
  faultsInOneCall,
  notApplicable,
  signIn,
} from './fault.ts';

let browser: Browser;
let hostile: HostilePages;
before(async () => {
  [browser, hostile] = await Promise.all([startChromium([evilHostArgument]), startHostilePages()]);
});
after(async () => {
  hostile?.stop();
  await browser?.close();
});

/** A call that waits, and the browser of its person. */
interface Meeting {
  stage: FaultStage;
  running: Running;
  link: string;
  context: BrowserContext;
  /** Lets time pass, as in '+70s' from the true time. */
  wait(offset: string): Promise<void>;
}

interface Setting {
  args?: string[];
  env?: Record<string, string>;
  /** Another browser than a new one of this file's Chromium. */
  open?: () => Promise<BrowserContext>;
}

/** The call of a case: it opens its link for a person, whose pages are searched for secrets like all else. */
function withPerson(
  person: (meeting: Meeting) => Promise<unknown>,
  { args = [], env = {}, open = () => browser.newContext() }: Setting = {},
): (stage: FaultStage) => Promise<Call> {
  return async (stage) => {
    askOnAPage(stage.provider);
    const clock = settableClock(join(stage.sandbox.home, '..', 'clock'), { timers: true });
    const running = stage.sandbox.start([...args, '--profile', 'developer', '--timeout', '600'], {
      env: { ...env, ...clock.env },
    });
    const link = await stage.launcher.nextLink();
    const context = await open();
    const pages = bodiesOf(context, new URL(link).origin);
    try {
      const wait = async (offset: string) => {
        clock.set(offset);
        // A sleeping process looks at the clock when something wakes it.
        await fetch(new URL('/', link)).catch(() => {});
      };
      await person({ stage, running, link, context, wait });
      const result = await running.exit;
      return { ...result, seen: { pages: (await Promise.all(pages)).join('\n') } };
    } finally {
      await context.close();
    }
  };
}

function bodiesOf(context: BrowserContext, origin: string): Promise<string>[] {
  const bodies: Promise<string>[] = [];
  context.on('response', (response) => {
    // A redirect has none, and one that its page has left is gone.
    if (response.url().startsWith(origin)) bodies.push(response.text().catch(() => ''));
  });
  return bodies;
}

/** The provider asks before it answers, as real ones do, so that there is a page to stay on and to come back to. */
function askOnAPage(provider: HostileProvider): void {
  provider.authorize = (_, { headers }) => ({
    headers: { 'content-type': 'text/html' },
    body: `<a href="${headers?.location?.replaceAll('&', '&amp;')}">Continue</a>`,
  });
}

/** Opens the link and comes to the provider's page. */
async function arrive({ context, link }: Pick<Meeting, 'context' | 'link'>): Promise<Page> {
  const page = await context.newPage();
  await page.goto(link);
  await page.getByRole('link', { name: 'Continue' }).waitFor();
  return page;
}

async function goOn(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Continue' }).click();
  await page.waitForURL(/\/done$/);
}

async function signInWith(meeting: Meeting): Promise<Page> {
  const page = await arrive(meeting);
  await goOn(page);
  assert.equal(await page.title(), 'Signed in – daypass');
  return page;
}

/** The listener as requests see it, with the cookie of this browser. */
async function targetOf({ context, link }: Pick<Meeting, 'context' | 'link'>): Promise<Target> {
  const { origin, host: authority, port, pathname: startPath } = new URL(link);
  const [cookie] = (await context.cookies(origin)).map(({ name, value }) => `${name}=${value}`);
  return { port: Number(port), authority, startPath, cookie: cookie ?? '', state: '' };
}

async function stillWaits(meeting: Meeting): Promise<void> {
  await assertStillWaits({ ...meeting, ...(await targetOf(meeting)) });
}

/** Until the renewal has gone, and its port with it. */
async function allGone({ sandbox }: FaultStage): Promise<void> {
  await until(() => sandbox.processes().length === 0, 'all have ended');
}

async function assertRefused(page: Page, visit: () => Promise<unknown>): Promise<void> {
  await visit().catch(() => {});
  await page.waitForURL('chrome-error://chromewebdata/');
}

// B01: what a page of another origin can do, while this browser holds the cookie and the page even knows the state.

interface Visited extends Meeting {
  callback: string;
}

const probes: [what: string, body: (url: string) => string][] = [
  ['<img>', (url) => `<img src="${url}">`],
  ['<script>', (url) => `<script src="${url}"></script>`],
  ['<link> to a style', (url) => `<link rel="stylesheet" href="${url}">`],
  ['<iframe>', (url) => `<iframe src="${url}"></iframe>`],
  ['<object>', (url) => `<object data="${url}"></object>`],
  ['<video>', (url) => `<video src="${url}" autoplay muted></video>`],
  ['fetch()', (url) => `<script>fetch("${url}", {credentials: "include"})</script>`],
  [
    'fetch() without CORS',
    (url) => `<script>fetch("${url}", {mode: "no-cors", credentials: "include"})</script>`,
  ],
  [
    'fetch() with a preflight',
    (url) => `<script>fetch("${url}", {method: "PUT", headers: {x: "y"}})</script>`,
  ],
  ['sendBeacon()', (url) => `<script>navigator.sendBeacon("${url}", "code=x")</script>`],
  ['EventSource', (url) => `<script>new EventSource("${url}", {withCredentials: true})</script>`],
  ['prefetch', (url) => `<link rel="prefetch" href="${url}">`],
  ['form that posts', (url) => `<form method="post" action="${url}"></form>${submit}`],
  [
    'form that posts into a frame',
    (url) => `<iframe name="f"></iframe><form method="post" target="f" action="${url}"></form>${submit}`,
  ],
  [
    'form that asks in a frame',
    (url) =>
      `<iframe name="f"></iframe><form target="f" action="${url}"><input name="code" value="${code}"></form>${submit}`,
  ],
];
const submit = '<script>document.forms[0].submit()</script>';

async function probe(visited: Visited, host: typeof evilHost | '127.0.0.1', body: string): Promise<void> {
  const { context, link } = visited;
  const page = await context.newPage();
  const { origin } = new URL(link);
  const answer = deferred<string>();
  page.on('response', (response) => {
    if (response.url().startsWith(origin)) answer.resolve(String(response.status()));
  });
  page.on('requestfailed', (failed) => {
    if (failed.url().startsWith(origin)) answer.resolve(failed.failure()?.errorText ?? '');
  });
  await page.goto(hostile.page(host, body));
  // What Chromium keeps from the page has been answered all the same.
  assert.match(await answer.promise, /^4\d\d$|BLOCKED_BY|net::ERR_(ABORTED|FAILED)/);
  await page.close();
  await stillWaits(visited);
}

faultsInOneCall<Visited>(
  'a sign-in is open in this browser while other pages are',
  { within: 120_000 },
  (['127.0.0.1', evilHost] as const).flatMap((host) => [
    ...probes.map(([what, body]) => ({
      id: 'B01',
      what: `${what} on ${host === evilHost ? 'another site' : 'another port'}`,
      run: (visited: Visited) => probe(visited, host, body(visited.callback)),
    })),
    {
      id: 'B01',
      what: `a link of a page on ${host} that does not know the state`,
      run: (visited: Visited) =>
        probe(
          visited,
          host,
          `<script>location = "${visited.callback.replace(/state=.*/, 'state=x')}"</script>`,
        ),
    },
    {
      id: 'B01',
      what: `an <img> of the sign-in link on ${host}`,
      run: (visited: Visited) => probe(visited, host, `<img src="${visited.link}">`),
    },
  ]),
  async (stage, tryAll) =>
    withPerson(async (meeting) => {
      const page = await arrive(meeting);
      const state = new URL(page.url()).searchParams.get('state');
      const callback = `${new URL(meeting.link).origin}/callback?code=${code}&state=${state}`;
      await tryAll({ ...meeting, callback });
      await goOn(page);
    })(stage),
);

fault('B02', 'a name of the internet that leads to this machine', {
  act: withPerson(async (meeting) => {
    const page = await arrive(meeting);
    const { port, startPath } = await targetOf(meeting);
    const state = new URL(page.url()).searchParams.get('state');
    const other = await meeting.context.newPage();
    for (const path of ['/', startPath, '/done', `/callback?code=${code}&state=${state}`]) {
      const response = await other.goto(`http://${evilHost}:${port}${path}`);
      assert.equal(response?.status(), 421, path);
      assert.ok(!(await other.content()).includes(marker));
    }
    await stillWaits(meeting);
    await goOn(page);
  }),
});

fault('B03', 'reload, back, and the callback once more: no second exchange', {
  act: withPerson(async (meeting) => {
    const page = await signInWith(meeting);
    await allGone(meeting.stage);
    await assertRefused(page, () => page.reload());
    await page.goBack();
    await page.getByRole('link', { name: 'Continue' }).waitFor();
    await assertRefused(page, () => page.getByRole('link', { name: 'Continue' }).click());
    assert.equal(meeting.stage.provider.counts.codeExchange, 1);
  }),
});

fault('B04', 'two tabs of one browser answer at once: one success', {
  act: withPerson(async (meeting) => {
    const { provider } = meeting.stage;
    const answer = deferred<void>();
    provider.token = async (form) => {
      await answer.promise;
      return provider.tokens(form);
    };
    const tabs = [await arrive(meeting), await arrive(meeting)];
    const ended = tabs.map((tab) => tab.waitForResponse((response) => /\/callback\?/.test(response.url())));
    for (const tab of tabs) await tab.getByRole('link', { name: 'Continue' }).click({ noWaitAfter: true });
    const statuses = (await Promise.all(ended)).map((response) => response.status());
    answer.resolve();
    assert.deepEqual(statuses.sort(), [303, 410]);
    await meeting.running.exit;
    assert.equal(provider.counts.codeExchange, 1);
  }),
});

let second: HostileProvider;
fault('B04', 'two sign-ins at once in one browser, at two providers', {
  tabs: 2,
  arrange: async ({ sandbox, config, trust }) => {
    second = await startHostileProvider();
    askOnAPage(second);
    trust.push({
      roleArn: trust[0]?.roleArn ?? '',
      issuer: second.issuer,
      jwksUri: second.jwksUri,
      audience: second.clientId,
    });
    const other = config({ daypass_issuer: second.issuer, daypass_client_id: second.clientId });
    sandbox.writeConfig(`${config()}\n${other.replace('profile developer', 'profile other')}`);
  },
  act: withPerson(async (meeting) => {
    const { stage, context } = meeting;
    const other = stage.sandbox.start(['--profile', 'other']);
    const link = await stage.launcher.nextLink();
    const pages = [await arrive(meeting), await arrive({ context, link })] as const;
    await goOn(pages[1]);
    await stillWaits(meeting);
    assert.match((await pages[1].textContent('main')) ?? '', /other/);
    assert.equal((await other.exit).code, 0);
    await goOn(pages[0]);
    assert.match((await pages[0].textContent('main')) ?? '', /developer/);
  }),
  inspect: async ({ sandbox }) => {
    await second.stop();
    assert.deepEqual(findSecrets(sandbox.files(), second.secrets), []);
  },
});

fault('B05', 'a Chromium that always uses secure connections', {
  act: withPerson(
    async (meeting) => {
      const other = await meeting.context.newPage();
      await assert.rejects(other.goto(hostile.page(evilHost, 'x')), /BLOCKED/, 'the setting holds');
      await signInWith(meeting);
    },
    { open: () => startChromiumWith({ https_only_mode_enabled: true }, [evilHostArgument]) },
  ),
});
notApplicable('B05', 'neither Firefox nor Safari runs here; Chromium is tried');

fault('B06', 'who only looks at the link, before the person opens it', {
  act: withPerson(async (meeting) => {
    const { link } = meeting;
    const stranger = await browser.newContext();
    const page = await stranger.newPage();
    for (const look of [
      `<link rel="prefetch" href="${link}">`,
      `<img src="${link}">`,
      `<iframe src="${link}"></iframe>`,
    ]) {
      const looked = deferred<number>();
      page.on('response', (response) => response.url() === link && looked.resolve(response.status()));
      page.on('requestfailed', (failed) => failed.url() === link && looked.resolve(403));
      await page.goto(hostile.page('127.0.0.1', look));
      assert.equal(await looked.promise, 403, look);
      page.removeAllListeners();
    }
    await stranger.close();
    const target = { ...(await targetOf(meeting)), cookie: '' };
    const head = request(target, { method: 'HEAD', path: target.startPath, query: '' });
    assert.equal((await sendRaw(target.port, head)).status, 405);
    await signInWith(meeting);
  }),
});

fault('B06', 'a scanner asks for the callback before the browser does', {
  act: withPerson(async (meeting) => {
    const page = await arrive(meeting);
    const callback = (await page.getByRole('link', { name: 'Continue' }).getAttribute('href')) ?? '';
    const target = { ...(await targetOf(meeting)), cookie: '' };
    for (const method of ['GET', 'HEAD']) {
      const { search } = new URL(callback);
      const { status, raw } = await sendRaw(target.port, request(target, { method, query: search }));
      assert.equal(status, method === 'GET' ? 403 : 405, raw);
    }
    await stillWaits(meeting);
    await goOn(page);
    assert.equal(await page.title(), 'Signed in – daypass');
  }),
});

fault('B07', 'a person who comes back from the provider too late', {
  error: 'sign-in-timeout',
  text: /within 5 minutes\nhint: run: daypass login/,
  tokenRequests: 0,
  act: withPerson(async (meeting) => {
    const page = await arrive(meeting);
    await meeting.wait('+301s');
    await meeting.running.exit;
    await allGone(meeting.stage);
    await assertRefused(page, () => page.getByRole('link', { name: 'Continue' }).click());
  }),
});

fault('B08', 'the link is opened twice in one browser', {
  act: withPerson(async (meeting) => {
    await arrive(meeting);
    await signInWith(meeting);
  }),
});

fault('B08', 'the link is opened in two browsers', {
  error: 'start-link-reused',
  tokenRequests: 0,
  act: withPerson(async (meeting) => {
    await arrive(meeting);
    const stranger = await browser.newContext();
    const page = await stranger.newPage();
    const response = await page.goto(meeting.link);
    assert.equal(response?.status(), 410);
    assert.match((await page.textContent('main')) ?? '', /opened in two browsers/);
    await stranger.close();
  }),
});

fault('B09', 'a browser without cookies is told so, and the sign-in waits', {
  error: 'start-link-reused',
  text: /cookies allowed/,
  tokenRequests: 0,
  act: withPerson(
    async (meeting) => {
      const page = await meeting.context.newPage();
      const started = page.waitForResponse(meeting.link);
      await page.goto(meeting.link);
      const { 'set-cookie': cookie = '' } = await (await started).allHeaders();
      await page.getByRole('link', { name: 'Continue' }).click();
      await page.waitForURL(/\/callback/);
      assert.match((await page.textContent('main')) ?? '', /stores no cookies for this machine/);
      assert.deepEqual(await meeting.context.cookies(), []);
      const target = await targetOf(meeting);
      await assertStillWaits({ ...meeting, ...target, cookie: cookie.split(';')[0] ?? '' });
      // Who comes again without the cookie cannot be told from a second browser.
      await page.goto(meeting.link);
      assert.match((await page.textContent('main')) ?? '', /with cookies allowed/);
    },
    { open: () => startChromiumWith({ profile: { default_content_setting_values: { cookies: 2 } } }) },
  ),
});

notApplicable('B10', 'only Windows lets a second process bind a port that is taken');

fault('B11', 'a minute passes before the browser has its profile chosen', {
  act: withPerson(async (meeting) => {
    await meeting.wait('+70s');
    await signInWith(meeting);
  }),
});

fault('B12', 'neither the address bar, the history nor the page has the code', {
  act: withPerson(async (meeting) => {
    const page = await signInWith(meeting);
    const session = await meeting.context.newCDPSession(page);
    const { entries } = await session.send('Page.getNavigationHistory');
    const referrer = await page.evaluate('document.referrer');
    const history = entries.map(({ url, title }) => `${url} ${title}`).join('\n');
    const places = { bar: page.url(), history, referrer: String(referrer) };
    assert.ok(entries.length > 1);
    assert.deepEqual(findSecrets(places, meeting.stage.provider.secrets), []);
    for (const place of Object.values(places)) assert.doesNotMatch(place, /callback\?|code=/);
  }),
});

fault('B13', 'nobody signs in', {
  error: 'sign-in-timeout',
  tokenRequests: 0,
  act: withPerson(async ({ stage, running, link, wait }) => {
    await wait('+301s');
    await running.exit;
    await allGone(stage);
    assert.equal(await refusal(Number(new URL(link).port)), 'ECONNREFUSED');
  }),
});

fault('B13', 'the tab is closed at the provider', {
  error: 'sign-in-timeout',
  tokenRequests: 0,
  act: withPerson(async (meeting) => {
    const page = await arrive(meeting);
    await page.close();
    await meeting.wait('+301s');
  }),
});

/** The caller goes, the person finishes, and the next call has the session without a tab. */
function survives(end: (stage: FaultStage) => Promise<string>): Case {
  return {
    act: async (stage) => {
      const link = await end(stage);
      const { body } = await signInOverHttp(link);
      assert.match(body, /Signed in/);
      await allGone(stage);
      return { ...(await stage.daypass(['--non-interactive'])), seen: { page: body } };
    },
  };
}

for (const signal of ['SIGTERM', 'SIGHUP', 'SIGKILL'] as const) {
  const what = `${signal} at the caller: the person finishes, and the next call is a hit`;
  fault(
    signal === 'SIGKILL' ? 'B15' : 'B14',
    what,
    survives(async (stage) => {
      const running = stage.sandbox.start(['--profile', 'developer']);
      const link = await stage.launcher.nextLink();
      running.kill(signal);
      assert.equal((await running.exit).signal, signal);
      return link;
    }),
  );
}

fault(
  'B14',
  'the terminal is closed: the person finishes, and the next call is a hit',
  survives(async (stage) => {
    const running = stage.sandbox.runInTerminal(['--profile', 'developer']);
    await running.waitForTerminal(/127\.0\.0\.1/);
    running.hangUp();
    await running.exit;
    return stage.launcher.nextLink();
  }),
);

fault('B14', '^C ends the sign-in, and the next call is told so', {
  error: 'cancelled',
  tokenRequests: 0,
  act: async (stage) => {
    const running = stage.sandbox.runInTerminal(['--profile', 'developer']);
    const { port } = new URL(await stage.launcher.nextLink());
    await running.waitForTerminal(/127\.0\.0\.1/);
    running.type('\x03');
    const { code: status, stdout, terminal } = await running.exit;
    assert.deepEqual({ status, stdout }, { status: 130, stdout: '' });
    await allGone(stage);
    assert.equal(await refusal(Number(port)), 'ECONNREFUSED');
    return { ...(await stage.daypass()), seen: { terminal } };
  },
});

fault('B15', 'SIGKILL at everything that runs: the next call opens a new tab', {
  tabs: 2,
  act: async (stage) => {
    const running = stage.sandbox.start(['--profile', 'developer']);
    const link = await stage.launcher.nextLink();
    for (const { pid } of stage.sandbox.processes()) process.kill(pid, 'SIGKILL');
    await running.exit;
    await allGone(stage);
    const call = await signIn(stage);
    await assert.rejects(signInOverHttp(link), { code: 'ECONNREFUSED' });
    return call;
  },
});

const launchers: [what: string, setting: string, remark: RegExp | undefined][] = [
  ['is missing', '/nonexistent/browser', /did not start: there is no such program/],
  ['ends with exit code 3', `"${process.execPath}" -e "process.exit(3)" x`, /exit code 3/],
  ['hangs', `"${process.execPath}" -e "setInterval(Date,60000)" hanging`, undefined],
];
for (const [what, setting, remark] of launchers) {
  const arrange = ({ sandbox, config }: FaultStage) =>
    sandbox.writeConfig(config({ daypass_browser: setting }));

  fault('B16', `the browser program ${what}: the terminal has the link, and the sign-in waits`, {
    arrange,
    tabs: 0,
    act: async (stage) => {
      const running = stage.sandbox.runInTerminal(['--profile', 'developer']);
      const [link] = await running.waitForTerminal(/http:\S+/);
      if (remark) await running.waitForTerminal(remark);
      const { body } = await signInOverHttp(link);
      endHanging(stage);
      const { terminal, ...result } = await running.exit;
      return { ...result, seen: { terminal, page: body } };
    },
  });

  // Who sees no link is told at once that there will be no tab.
  fault('B16', `the browser program ${what}, and there is no terminal`, {
    arrange,
    tabs: 0,
    ...(remark ? { error: 'browser-not-started', text: remark, tokenRequests: 0, within: 5000 } : {}),
    act: async (stage) => {
      const running = stage.sandbox.start(['--profile', 'developer']);
      if (remark) return running.exit;
      const launched = () => hanging(stage)[0]?.command ?? '';
      await until(() => launched() !== '', 'the program is started');
      const { body } = await signInOverHttp(launched().split(' ').at(-1) ?? '');
      endHanging(stage);
      return { ...(await running.exit), seen: { page: body } };
    },
  });
}

function hanging({ sandbox }: FaultStage) {
  return sandbox.processes().filter(({ command }) => / hanging http:/.test(command));
}

/** A browser is its user's, and stays when daypass ends; here nobody else closes it. */
function endHanging(stage: FaultStage): void {
  for (const { pid } of hanging(stage)) process.kill(pid, 'SIGKILL');
}

const poison: Record<string, string> = {
  AWS_ACCESS_KEY_ID: 'ASIAPOISONPOISON0001',
  AWS_SECRET_ACCESS_KEY: 'poison-secret-access-key',
  AWS_SESSION_TOKEN: 'poison-session-token',
  AWS_PROFILE: 'poison-profile',
  AWS_WEB_IDENTITY_TOKEN_FILE: '/poison/web-identity',
  DAYPASS_CLIENT_SECRET: 'poison-client-secret',
  GITHUB_TOKEN: 'poison-github-token',
  DATABASE_PASSWORD: 'poison-database-password',
  OPENAI_API_KEY: 'poison-api-key',
  NODE_OPTIONS: '--title=poison-node-options',
};
fault('B17', 'the browser program tells its arguments and its environment', {
  act: withPerson(signInWith, { env: poison }),
  inspect: ({ launcher, provider, sts }) => {
    const [launch] = launcher.launches;
    assert.ok(launch);
    assert.deepEqual(
      findSecrets({ launch: JSON.stringify(launch) }, [
        ...Object.values(poison),
        ...provider.secrets,
        ...sts.secrets,
      ]),
      [],
    );
    for (const name of Object.keys(launch.env))
      assert.doesNotMatch(name, /^(AWS|DAYPASS|NODE)_|TOKEN|SECRET/);
    assert.equal(launch.argv.length, 1);
    assert.match(launch.argv[0] ?? '', /^http:\/\/127\.0\.0\.1:\d+\/start\/[\w-]{22}$/);
  },
});

fault('B18', 'somebody who knows all addresses delivers a code of his own', {
  act: async (stage) => {
    const open = await openSignIn(stage);
    for (const cookie of ['', `${open.cookie.split('=')[0]}=${'A'.repeat(43)}`]) {
      const { status } = await get({ ...open, cookie }, '/callback', await providersAnswer(open));
      assert.equal(status, 403);
      await assertStillWaits(open);
    }
    const { body } = await finish(open);
    return { ...(await open.running.exit), seen: { page: body } };
  },
});

fault('B18', 'somebody opens the link first: the person, who comes second, ends it', {
  error: 'start-link-reused',
  tokenRequests: 0,
  act: withPerson(async (meeting) => {
    const stranger = await browser.newContext();
    await arrive({ ...meeting, context: stranger });
    const page = await meeting.context.newPage();
    assert.equal((await page.goto(meeting.link))?.status(), 410);
    await stranger.close();
  }),
});

fault('B18', 'somebody is quick, and the person opens the link while his code is exchanged', {
  error: 'start-link-reused',
  act: withPerson(async (meeting) => {
    const { provider } = meeting.stage;
    const [asked, answer] = [deferred<void>(), deferred<void>()];
    provider.token = async (form) => {
      asked.resolve();
      await answer.promise;
      return provider.tokens(form, { claims: { sub: 'mallory' } });
    };
    await signInPart(meeting.link);
    await asked.promise;
    const page = await meeting.context.newPage();
    assert.equal((await page.goto(meeting.link))?.status(), 410);
    answer.resolve();
    await meeting.running.exit;
    assert.equal(provider.counts.revocation, 1);
  }),
});

/** Another user of this machine who has read the link: all of a sign-in but its last page. */
async function signInPart(link: string): Promise<void> {
  const { host: authority, port, pathname: startPath } = new URL(link);
  const target = { port: Number(port), authority, startPath, cookie: '', state: '' };
  const { headers } = await get(target, startPath);
  const page = await (await fetch(headers.location ?? '')).text();
  const callback = /href="([^"]*)"/.exec(page)?.[1]?.replaceAll('&amp;', '&') ?? '';
  const cookie = headers['set-cookie']?.split(';')[0] ?? '';
  assert.equal((await get({ ...target, cookie }, '/callback', new URL(callback).search)).status, 303);
}

fault('B18', 'somebody is quickest of all, where a session tells whose it is', {
  session: true,
  ends: true,
  error: 'identity-changed',
  tabs: 1,
  tokenRequests: 2,
  arrange: ({ provider }) => {
    provider.token = (form) =>
      form.has('refresh_token')
        ? { status: 400, body: { error: 'invalid_grant' } }
        : provider.tokens(form, { claims: { sub: 'mallory' } });
  },
  act: async (stage) => {
    stage.hour += 3;
    const call = await signIn(stage);
    assert.match(call.seen?.pages ?? '', /somebody else signed in/);
    return call;
  },
});

let taken: Awaited<ReturnType<typeof occupy>>;
/** The port of a listener that has come and gone: fixed in the profile, and free unless a case takes it. */
async function aPort(): Promise<string> {
  const server = await occupy(0, '127.0.0.1');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return String(port);
}
const [port, nextPort, localhostPort] = [await aPort(), await aPort(), await aPort()];

fault('B19', 'the fixed port is taken: the error names it, and no other is used', {
  keys: { daypass_redirect_port: port },
  error: 'port-busy',
  text: new RegExp(`port ${port} of 127\\.0\\.0\\.1`),
  tabs: 0,
  tokenRequests: 0,
  within: 5000,
  arrange: async () => {
    taken = await occupy(Number(port), '127.0.0.1');
  },
  inspect: () => taken.close(),
});

fault('B19', 'the first of two ports is taken: the second is used', {
  keys: { daypass_redirect_port: `${port} ${nextPort}` },
  arrange: async () => {
    taken = await occupy(Number(port), '127.0.0.1');
  },
  act: withPerson(async (meeting) => {
    assert.equal(new URL(meeting.link).port, nextPort);
    await signInWith(meeting);
  }),
  inspect: () => taken.close(),
});

const localhost = { daypass_redirect_host: 'localhost' };
fault('B20', 'localhost: on both families', {
  keys: localhost,
  act: withPerson(async (meeting) => {
    assert.equal(new URL(meeting.link).hostname, 'localhost');
    const page = await arrive(meeting);
    const target = await targetOf(meeting);
    for (const host of ['127.0.0.1', '::1']) {
      const { status } = await sendRaw(target.port, request(target, { query: '?code=x&state=y' }), { host });
      assert.equal(status, 400, host);
    }
    await stillWaits(meeting);
    await goOn(page);
  }),
});

fault('B20', 'localhost, and a stranger has the port on ::1', {
  keys: { ...localhost, daypass_redirect_port: localhostPort },
  error: 'port-busy',
  text: new RegExp(`port ${localhostPort} of localhost`),
  tabs: 0,
  tokenRequests: 0,
  arrange: async () => {
    taken = await occupy(Number(localhostPort), '::1');
  },
  inspect: () => taken.close(),
});

/** A network of its own in which IPv6 is switched off, as some machines have it. */
const withoutIpv6 =
  'PATH=$PATH:/usr/sbin; ip link set lo up && echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6 && exec "$@"';
const inNetwork = ['-rn', 'sh', '-c', withoutIpv6, 'sh'];
if (spawnSync('unshare', [...inNetwork, 'true']).status === 0) {
  fault('B20', 'localhost where IPv6 is switched off: a clear error', {
    keys: localhost,
    error: 'bad-configuration',
    text: /no address ::1 .*\nhint: set daypass_redirect_host = 127\.0\.0\.1/,
    tabs: 0,
    tokenRequests: 0,
    act: async ({ sandbox }) => {
      const words = [...inNetwork, process.execPath, daypassPath, '--profile', 'developer'];
      const child = spawn('unshare', words, { cwd: sandbox.home, env: sandbox.env, detached: true });
      return ended(child);
    },
  });
} else {
  notApplicable('B20', 'no network can be made here in which IPv6 is switched off');
}

async function ended(child: ReturnType<typeof spawn>): Promise<RunResult> {
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.on('data', (chunk) => {
      said[name] += chunk;
    });
  }
  const [status, signal] = await once(child, 'close');
  return { code: status, signal, ...said };
}

type Refusal = [error: string, code: 'denied' | 'provider-failed', description?: string];
const refusals: Refusal[] = [
  ['access_denied', 'denied'],
  ['login_required', 'denied'],
  ['consent_required', 'denied'],
  ['interaction_required', 'denied'],
  ['account_selection_required', 'denied'],
  ['temporarily_unavailable', 'provider-failed'],
  ['server_error', 'provider-failed'],
  ['invalid_scope', 'provider-failed'],
  ['unauthorized_client', 'provider-failed'],
  ['access_denied', 'denied', '\x1b[31m<script>alert(1)</script>\u202e\r\n{"Version":1}'],
  ['<img src=x>\x1b]8;;https://evil.example\x07', 'denied'],
];
for (const [word, error, description] of refusals) {
  fault('B21', `the provider answers ${JSON.stringify(word)}${description ? ' with markup' : ''}`, {
    error,
    text: /^[^\n]{1,500}\nhint: [^\n]+\n$/,
    tokenRequests: 0,
    act: withPerson(async (meeting) => {
      meeting.stage.provider.authorize = (parameters) => {
        const location = new URL(parameters.get('redirect_uri') ?? '');
        location.searchParams.set('error', word);
        if (description) location.searchParams.set('error_description', description);
        location.searchParams.set('state', parameters.get('state') ?? '');
        return { status: 302, headers: { location: location.href } };
      };
      const page = await meeting.context.newPage();
      await page.goto(meeting.link);
      await page.waitForURL(/\/done$/);
      assert.equal(
        await page.title(),
        `Sign-in was ${error === 'denied' ? 'denied' : 'not completed'} – daypass`,
      );
      assert.equal(await page.locator('main script, main img').count(), 0);
      assert.match((await page.textContent('main')) ?? '', /daypass login|Try again|Check the client/);
    }),
  });
}

fault('B22', 'a thousand wrong states, and then the right one: one line on the terminal warns', {
  within: 60_000,
  act: async (stage) => {
    const running = stage.sandbox.runInTerminal(['--profile', 'developer']);
    const link = await stage.launcher.nextLink();
    const { host: authority, port: text, pathname: startPath } = new URL(link);
    const target = { port: Number(text), authority, startPath, cookie: '', state: '' };
    const { headers } = await get(target, startPath);
    const opened = { ...target, cookie: headers['set-cookie']?.split(';')[0] ?? '' };
    for (let batch = 0; batch < 40; batch++) {
      const wrong = Array.from({ length: 25 }, () => get(opened, '/callback', `?code=${code}&state=x`));
      for (const { status } of await Promise.all(wrong)) assert.equal(status, 400);
    }
    const page = await finish({ ...opened, destination: headers.location ?? '' } as never);
    const { terminal, ...result } = await running.exit;
    // The sign-in itself is the other one.
    assert.equal(terminal.match(/^daypass: /gm)?.length, 2, terminal);
    return { ...result, seen: { terminal, page: page.raw } };
  },
});
