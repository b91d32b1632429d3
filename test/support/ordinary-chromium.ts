import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type CDPSession, chromium, type Page } from 'playwright-core';
import {
  eventually,
  type OrdinaryBrowser,
  type OrdinaryKind,
  type OrdinaryOptions,
  type Tab,
} from './ordinary-browser.ts';

/** Debian's Chromium. No option here changes how it connects, and it is driven by its DevTools port alone. */
export const ordinaryChromium: OrdinaryKind = {
  name: 'Chromium',
  prepare({ home, profile, restoresTabs = false }, authorities) {
    cpSync(authorities, join(home, '.pki', 'nssdb'), { recursive: true });
    if (restoresTabs) {
      mkdirSync(join(profile, 'Default'), { recursive: true });
      const preferences = JSON.stringify({ session: { restore_on_startup: 1 } });
      writeFileSync(join(profile, 'Default', 'Preferences'), preferences);
    }
    return browserOf({ home, profile });
  },
};

interface Target {
  type: string;
  url: string;
}

function browserOf({ profile }: OrdinaryOptions): OrdinaryBrowser {
  const portFile = join(profile, 'DevToolsActivePort');
  const args = [
    '--disable-gpu',
    '--no-first-run',
    '--remote-debugging-port=0',
    `--user-data-dir='${profile}'`,
  ];
  const root = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  let connected: Promise<Browser> | undefined;

  function endpoint(): string | undefined {
    const [port] = existsSync(portFile) ? readFileSync(portFile, 'utf8').split('\n') : [];
    return port ? `http://127.0.0.1:${port}` : undefined;
  }

  return {
    command: ['/usr/bin/chromium', ...root, ...args].join(' '),
    async tabs() {
      const address = endpoint();
      if (!address) return [];
      // The list does not touch a page. A session attaches only after the first page has come.
      const targets = (await (await fetch(`${address}/json/list`)).json()) as Target[];
      if (!connected && targets.every(({ type, url }) => type !== 'page' || !/^https?:/.test(url))) return [];
      connected ??= chromium.connectOverCDP(address);
      const [context] = (await connected).contexts();
      return (context?.pages() ?? []).map((page) => tabOf(sessionOf(page)));
    },
    async quit() {
      const address = endpoint();
      if (!address) return;
      const browser = await (connected ?? chromium.connectOverCDP(address));
      const session = await browser.newBrowserCDPSession();
      const ended = new Promise((resolve) => browser.once('disconnected', resolve));
      await session.send('Browser.close').catch(() => {});
      await ended;
      connected = undefined;
      rmSync(portFile, { force: true });
    },
  };
}

const sessions = new WeakMap<Page, Promise<CDPSession>>();

/** Returns a raw session: Playwright's own calls wait for the next page, but a person reads the present one. */
function sessionOf(page: Page): Promise<CDPSession> {
  const session = sessions.get(page) ?? page.context().newCDPSession(page);
  sessions.set(page, session);
  return session;
}

function tabOf(connecting: Promise<CDPSession>): Tab {
  async function history() {
    const session = await connecting;
    // A tab between two pages has no history for a moment.
    const read = () => session.send('Page.getNavigationHistory');
    return { session, ...(await eventually(read, 'a tab told its history', 40_000)) };
  }
  async function current() {
    const { entries, currentIndex } = await history();
    return entries[currentIndex];
  }
  async function go(steps: number): Promise<void> {
    const { session, entries, currentIndex } = await history();
    const entry = entries[currentIndex + steps];
    if (!entry) throw new Error(`no page ${steps} steps from here`);
    await session.send('Page.navigateToHistoryEntry', { entryId: entry.id });
  }
  async function evaluate<Value>(expression: string): Promise<Value> {
    const session = await connecting;
    const options = { returnByValue: true, awaitPromise: true };
    const { result } = await session.send('Runtime.evaluate', { expression, ...options });
    return result.value as Value;
  }
  const element = (selector: string) => `document.querySelector(${JSON.stringify(selector)})`;
  return {
    address: async () => (await current())?.url ?? '',
    title: async () => (await current())?.title ?? '',
    text: (selector) => evaluate<string | undefined>(`${element(selector)}?.innerText`),
    async click(selector) {
      // Chromium drops clicks on a page that it has not painted yet.
      await evaluate('new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)))');
      const middle = `(({ x, y, width, height }) => ({ x: x + width / 2, y: y + height / 2 }))`;
      const point = await evaluate<Point>(`${middle}(${element(selector)}.getBoundingClientRect())`);
      const session = await connecting;
      for (const type of ['mousePressed', 'mouseReleased'] as const)
        await session.send('Input.dispatchMouseEvent', { type, ...point, button: 'left', clickCount: 1 });
    },
    // Chromium acts on these two at once, but answers only when the page comes.
    async open(url) {
      (await connecting).send('Page.navigate', { url }).catch(() => {});
    },
    async reload() {
      (await connecting).send('Page.reload').catch(() => {});
    },
    back: () => go(-1),
    forward: () => go(1),
  };
}

interface Point {
  x: number;
  y: number;
}
