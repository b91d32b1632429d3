// A person who opens the links of a call in Chromium.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { startChromium } from '../support/chromium.ts';
import { evilHostArgument } from '../support/hostile-page.ts';
import type { HostileProvider } from '../support/hostile-provider.ts';
import type { Target } from '../support/loopback-attacks.ts';
import { assertStillWaits } from '../support/open-sign-in.ts';
import { settableClock } from '../support/other-clock.ts';
import type { Running } from '../support/sandbox.ts';
import { until } from '../support/until.ts';
import type { Call, FaultStage } from './fault.ts';

export let browser: Browser;
before(async () => {
  browser = await startChromium([evilHostArgument]);
});
after(async () => {
  await browser?.close();
});

/** A call that waits, and the browser of its person. */
export interface Meeting {
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
export function withPerson(
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
export function askOnAPage(provider: HostileProvider): void {
  provider.authorize = (_, { headers }) => ({
    headers: { 'content-type': 'text/html' },
    body: `<a href="${headers?.location?.replaceAll('&', '&amp;')}">Continue</a>`,
  });
}

/** Opens the link and comes to the provider's page. */
export async function arrive({ context, link }: Pick<Meeting, 'context' | 'link'>): Promise<Page> {
  const page = await context.newPage();
  await page.goto(link);
  await page.getByRole('link', { name: 'Continue' }).waitFor();
  return page;
}

export async function goOn(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Continue' }).click();
  await page.waitForURL(/\/done$/);
}

export async function signInWith(meeting: Meeting): Promise<Page> {
  const page = await arrive(meeting);
  await goOn(page);
  assert.equal(await page.title(), 'Signed in – daypass');
  return page;
}

/** The listener as requests see it, with the cookie of this browser. */
export async function targetOf({ context, link }: Pick<Meeting, 'context' | 'link'>): Promise<Target> {
  const { origin, host: authority, port, pathname: startPath } = new URL(link);
  const [cookie] = (await context.cookies(origin)).map(({ name, value }) => `${name}=${value}`);
  return { port: Number(port), authority, startPath, cookie: cookie ?? '', state: '' };
}

export async function stillWaits(meeting: Meeting): Promise<void> {
  await assertStillWaits({ ...meeting, ...(await targetOf(meeting)) });
}

/** Until the renewal has gone, and its port with it. */
export async function allGone({ sandbox }: FaultStage): Promise<void> {
  await until(() => sandbox.processes().length === 0, 'all have ended');
}

export async function assertRefused(page: Page, visit: () => Promise<unknown>): Promise<void> {
  await visit().catch(() => {});
  await page.waitForURL('chrome-error://chromewebdata/');
}
