// Another program or person has the link: cases B06, B08, B18 and B22 of docs/threats.md.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { deferred } from '../../src/process/deferred.ts';
import { type HostilePages, startHostilePages } from '../support/hostile-page.ts';
import { code, request } from '../support/loopback-attacks.ts';
import { sendAsNobody } from '../support/nobody.ts';
import { assertStillWaits, finish, get, openSignIn, providersAnswer } from '../support/open-sign-in.ts';
import { sendRaw } from '../support/raw-http.ts';
import { until } from '../support/until.ts';
import { fault, notApplicable, signIn } from './fault.ts';
import { arrive, browser, goOn, signInWith, stillWaits, targetOf, withPerson } from './person-in-chromium.ts';

let hostile: HostilePages;
before(async () => {
  hostile = await startHostilePages();
});
after(() => hostile?.stop());

fault('B06', 'a prefetch or a preview of the link does not open it', {
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

fault('B06', 'the listener refuses a scanner that requests the callback before the browser', {
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

fault('B08', 'a link that is opened in two browsers ends the sign-in', {
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

fault('B18', 'the listener refuses an attacker who knows all addresses and sends a code', {
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

fault('B18', 'the person ends a sign-in whose link an attacker has opened first', {
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

fault('B18', "the person ends a sign-in while an attacker's code is exchanged", {
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

fault('PE02', 'the person ends a sign-in while STS answers for an attacker, and no session stays', {
  error: 'start-link-reused',
  ends: true,
  act: withPerson(async ({ stage, link, context, running }) => {
    const { provider, sts } = stage;
    provider.token = (form) => provider.tokens(form, { claims: { sub: 'mallory' } });
    const release = sts.hold();
    await signInPart(link);
    await until(() => sts.calls.length === 1, 'STS is asked');
    const page = await context.newPage();
    assert.equal((await page.goto(link))?.status(), 410);
    release();
    await running.exit;
    assert.equal(provider.counts.revocation, 1);
    const { stdout } = await stage.daypass(['status', '--json']);
    assert.equal(JSON.parse(stdout).identity, null, 'the session of the attacker is stored');
  }),
});

fault('PE02', 'a session from before stays if a second browser opens the link while STS answers', {
  session: true,
  error: 'start-link-reused',
  tabs: 1,
  act: async (stage) => {
    const { sandbox, launcher, sts } = stage;
    await launcher.nextLink();
    const running = sandbox.start(['login', '--force', '--profile', 'developer']);
    const { host: authority, port, pathname: startPath } = new URL(await launcher.nextLink());
    const target = { port: Number(port), authority, startPath, cookie: '', state: '' };
    const { headers } = await get(target, startPath);
    const release = sts.hold();
    const asked = sts.calls.length;
    const cookie = headers['set-cookie']?.split(';')[0] ?? '';
    const answer = await providersAnswer({ destination: headers.location ?? '' });
    assert.equal((await get({ ...target, cookie }, '/callback', answer)).status, 303);
    await until(() => sts.calls.length > asked, 'STS is asked');
    assert.equal((await get(target, startPath)).status, 410);
    release();
    // `login` tells about its link there.
    return { ...(await running.exit), stdout: '' };
  },
});

/** Signs in as another user of the machine who has read the link, up to the last page. */
async function signInPart(link: string): Promise<void> {
  const { host: authority, port, pathname: startPath } = new URL(link);
  const target = { port: Number(port), authority, startPath, cookie: '', state: '' };
  const { headers } = await get(target, startPath);
  const page = await (await fetch(headers.location ?? '')).text();
  const callback = /href="([^"]*)"/.exec(page)?.[1]?.replaceAll('&amp;', '&') ?? '';
  const cookie = headers['set-cookie']?.split(';')[0] ?? '';
  assert.equal((await get({ ...target, cookie }, '/callback', new URL(callback).search)).status, 303);
}

fault('B18', 'daypass refuses an attacker who signs in before the person of the session', {
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
    assert.match(call.seen?.pages ?? '', /another person signed in/);
    return call;
  },
});

const canBeNobody = process.platform === 'linux' && process.getuid?.() === 0;
if (!canBeNobody) notApplicable('PE01', 'only root on Linux can be another account');
else
  fault('PE01', 'another account with the link, the cookie, the state and a code changes nothing', {
    act: async (stage) => {
      const open = await openSignIn(stage);
      const callback = await providersAnswer(open);
      const requests = [
        { path: open.startPath, query: '', cookie: '' },
        { path: open.startPath, query: '' },
        { query: callback },
        { path: '/done', query: '' },
      ];
      for (const each of requests) {
        const answer = await sendAsNobody(open.port, request(open, each));
        assert.match(answer, /^HTTP\/1\.1 403 [\s\S]*account &quot;nobody&quot;/);
        assert.doesNotMatch(answer, /^(location|set-cookie):/im);
        await assertStillWaits(open);
      }
      const { body } = await finish(open);
      return { ...(await open.running.exit), seen: { page: body } };
    },
  });

fault('B22', 'a thousand wrong states cause one warning on the terminal, and the right one still works', {
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
    // The other line is about the sign-in.
    assert.equal(terminal.match(/^daypass: /gm)?.length, 2, terminal);
    return { ...result, seen: { terminal, page: page.raw } };
  },
});
