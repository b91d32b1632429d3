// Plays a person who opens the link of a call in Chromium.
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

/** A call that waits, and the browser of the person. */
export interface Meeting {
  stage: FaultStage;
  running: Running;
  link: string;
  context: BrowserContext;
  /** Sets the clock, for example to '+70s' from the true time. */
  wait(offset: string): Promise<void>;
}

interface Setting {
  args?: string[];
  env?: Record<string, string>;
  /** Opens a browser other than a new context of `browser`. */
  open?: () => Promise<BrowserContext>;
}

/** Returns the call of a case whose link `person` opens. The oracles search the pages for secrets. */
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
        // A sleeping process reads the clock when a request wakes it.
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
    // A redirect has no body, and the body of a page that was left is lost.
    if (response.url().startsWith(origin)) bodies.push(response.text().catch(() => ''));
  });
  return bodies;
}

/** Makes the provider show a page with a link, so that a person can stay on it and return to it. */
export function askOnAPage(provider: HostileProvider): void {
  provider.authorize = (_, { headers }) => ({
    headers: { 'content-type': 'text/html' },
    body: `<a href="${headers?.location?.replaceAll('&', '&amp;')}">Continue</a>`,
  });
}

/** Opens the link and waits for the provider's page. */
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

/** Returns the address of the listener, with the cookie of this browser. */
export async function targetOf({ context, link }: Pick<Meeting, 'context' | 'link'>): Promise<Target> {
  const { origin, host: authority, port, pathname: startPath } = new URL(link);
  const [cookie] = (await context.cookies(origin)).map(({ name, value }) => `${name}=${value}`);
  return { port: Number(port), authority, startPath, cookie: cookie ?? '', state: '' };
}

export async function stillWaits(meeting: Meeting): Promise<void> {
  await assertStillWaits({ ...meeting, ...(await targetOf(meeting)) });
}

/** Waits until the renewal has ended. Its port may still answer, with the page of the result alone. */
export async function allGone({ sandbox }: FaultStage): Promise<void> {
  await until(() => sandbox.processes().length === 0, 'all have ended');
}
