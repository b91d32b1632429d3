// The person's browser does something unexpected: cases B03 to B05, B07 to B09, B11 and B12 of
// docs/threats.md.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { deferred } from '../../src/process/deferred.ts';
import { findSecrets } from '../support/canary.ts';
import { startChromiumWith } from '../support/chromium.ts';
import { evilHost, evilHostArgument, type HostilePages, startHostilePages } from '../support/hostile-page.ts';
import type { HostileProvider } from '../support/hostile-provider.ts';
import { assertStillWaits } from '../support/open-sign-in.ts';
import { fault, notApplicable } from './fault.ts';
import {
  allGone,
  arrive,
  askOnAPage,
  goOn,
  signInWith,
  stillWaits,
  targetOf,
  withPerson,
} from './person-in-chromium.ts';
import { startSecondProvider } from './second-provider.ts';

let hostile: HostilePages;
before(async () => {
  hostile = await startHostilePages();
});
after(() => hostile?.stop());

fault('B03', 'reload shows the same page, and a repeated callback causes no second exchange', {
  act: withPerson(async (meeting) => {
    const page = await signInWith(meeting);
    await allGone(meeting.stage);
    await page.reload();
    assert.equal(await page.title(), 'Signed in – daypass');
    await page.goBack();
    await page.getByRole('link', { name: 'Continue' }).click();
    await page.waitForURL(/\/callback/);
    assert.equal(await page.title(), 'Already answered – daypass');
    assert.equal(meeting.stage.provider.counts.codeExchange, 1);
  }),
});

fault('B04', 'one of two tabs that answer at once succeeds', {
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
fault('B04', 'two sign-ins at two providers succeed in one browser', {
  tabs: 2,
  arrange: async (stage) => {
    second = await startSecondProvider(stage);
    askOnAPage(second);
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

fault('B05', 'a sign-in works in a Chromium that always uses secure connections', {
  act: withPerson(
    async (meeting) => {
      const other = await meeting.context.newPage();
      await assert.rejects(other.goto(hostile.page(evilHost, 'x')), /BLOCKED/, 'the setting applies');
      await signInWith(meeting);
    },
    { open: () => startChromiumWith({ https_only_mode_enabled: true }, [evilHostArgument]) },
  ),
});
notApplicable('B05', 'neither Firefox nor Safari runs here; Chromium is tried');

fault('B07', 'a person who returns from the provider too late finds the reason', {
  error: 'sign-in-timeout',
  text: /within 5 minutes\nhint: if the browser shows an error of the provider, .*; to try again, run: daypass login/,
  tokenRequests: 0,
  act: withPerson(async (meeting) => {
    const page = await arrive(meeting);
    await meeting.wait('+301s');
    await meeting.running.exit;
    await allGone(meeting.stage);
    await goOn(page);
    assert.equal(await page.title(), 'Sign-in took too long – daypass');
    assert.match(
      (await page.textContent('main')) ?? '',
      /not completed within 5 minutes\.[\s\S]*daypass login/,
    );
  }),
});

fault('B08', 'a link that is opened twice in one browser works', {
  act: withPerson(async (meeting) => {
    await arrive(meeting);
    await signInWith(meeting);
  }),
});

fault('B09', 'a browser without cookies gets a page that names the reason, and the sign-in waits', {
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
      // Without the cookie the listener cannot distinguish this request from one of a second browser.
      await page.goto(meeting.link);
      assert.match((await page.textContent('main')) ?? '', /with cookies allowed/);
    },
    { open: () => startChromiumWith({ profile: { default_content_setting_values: { cookies: 2 } } }) },
  ),
});

fault('B11', 'a browser that opens the link after a minute signs in', {
  act: withPerson(async (meeting) => {
    await meeting.wait('+70s');
    await signInWith(meeting);
  }),
});

fault('B12', 'address bar, history and page do not contain the code', {
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
