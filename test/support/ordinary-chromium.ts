import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { OrdinaryBrowser, OrdinaryKind, OrdinaryOptions, Tab } from './ordinary-browser.ts';

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
      // The list leaves the browser alone; a connection is made only for what a tab is asked.
      const targets = (await (await fetch(`${address}/json/list`)).json()) as Target[];
      if (!connected && targets.every(({ type, url }) => type !== 'page' || !/^https?:/.test(url))) return [];
      connected ??= chromium.connectOverCDP(address);
      const [context] = (await connected).contexts();
      return (context?.pages() ?? []).map(tabOf);
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

function tabOf(page: Page): Tab {
  // A page that never comes ends as what the person sees, not as an exception here.
  const navigate = (start: () => Promise<unknown>) => {
    start().catch(() => {});
    return Promise.resolve();
  };
  return {
    address: () => page.evaluate('document.URL').then(String),
    title: () => page.title(),
    async text(selector) {
      const [element] = await page.$$(selector);
      return element?.innerText();
    },
    click: (selector) => page.click(selector, { noWaitAfter: true, timeout: 30_000 }),
    open: (address) => navigate(() => page.goto(address)),
    reload: () => navigate(() => page.reload()),
    back: () => navigate(() => page.goBack()),
    forward: () => navigate(() => page.goForward()),
  };
}
