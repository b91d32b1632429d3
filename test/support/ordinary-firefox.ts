import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectMarionette, type Marionette } from './marionette.ts';
import type { OrdinaryBrowser, OrdinaryKind, OrdinaryOptions, Tab } from './ordinary-browser.ts';

/** Under automation Firefox changes how it connects, unless the first is false. The others change nothing there. */
const preferences = {
  'remote.prefs.recommended': false,
  'marionette.port': 0,
  'browser.aboutwelcome.enabled': false,
  'browser.preonboarding.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.homepage_override.mstone': 'ignore',
  'datareporting.policy.dataSubmissionPolicyBypassNotification': true,
  'termsofuse.bypassNotification': true,
};

/** Debian's Firefox ESR with its ordinary preferences, driven by Marionette. */
export const ordinaryFirefox: OrdinaryKind = {
  name: 'Firefox',
  prepare({ home, profile, restoresTabs = false }, authorities) {
    cpSync(authorities, profile, { recursive: true });
    const all = { ...preferences, ...(restoresTabs ? { 'browser.startup.page': 3 } : {}) };
    const lines = Object.entries(all).map(
      ([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});\n`,
    );
    writeFileSync(join(profile, 'user.js'), lines.join(''));
    return browserOf({ home, profile });
  },
};

function browserOf({ profile }: OrdinaryOptions): OrdinaryBrowser {
  const portFile = join(profile, 'MarionetteActivePort');
  let connected: Promise<Marionette> | undefined;

  async function connect(port: number): Promise<Marionette> {
    const marionette = await connectMarionette(port);
    // With this strategy a command does not wait for the next page.
    await marionette.send('WebDriver:NewSession', {
      capabilities: { alwaysMatch: { pageLoadStrategy: 'none' } },
    });
    return marionette;
  }

  return {
    command: `/usr/bin/firefox-esr --marionette --profile '${profile}'`,
    async tabs() {
      const port = existsSync(portFile) ? Number(readFileSync(portFile, 'utf8')) : 0;
      if (!port) return [];
      connected ??= connect(port);
      const marionette = await connected;
      const handles = (await marionette.send('WebDriver:GetWindowHandles')) as string[];
      return handles.map((handle) => tabOf(handle, inTurn(marionette)));
    },
    async quit() {
      const marionette = await connected;
      if (!marionette) return;
      await marionette.send('Marionette:Quit', { flags: ['eAttemptQuit'] }).catch(() => {});
      marionette.close();
      connected = undefined;
      rmSync(portFile, { force: true });
    },
  };
}

type Send = (handle: string, ...command: Parameters<Marionette['send']>) => Promise<unknown>;

const turns = new WeakMap<Marionette, Promise<unknown>>();

/** Sends a command to one tab. Marionette has one current tab, so no other command may come between. */
function inTurn(marionette: Marionette): Send {
  return (handle, ...command) => {
    const before = turns.get(marionette) ?? Promise.resolve();
    const answer = before.then(async () => {
      await marionette.send('WebDriver:SwitchToWindow', { handle, focus: false });
      return marionette.send(...command);
    });
    turns.set(
      marionette,
      answer.catch(() => {}),
    );
    return answer;
  };
}

function tabOf(handle: string, send: Send): Tab {
  async function find(selector: string): Promise<string | undefined> {
    const query = { using: 'css selector', value: selector };
    const found = (await send(handle, 'WebDriver:FindElements', query)) as Record<string, string>[];
    return found.flatMap((reference) => Object.values(reference))[0];
  }
  const text = async (command: string, parameters = {}) =>
    String(contentOf(await send(handle, command, parameters)));
  const navigate = async (command: string, parameters = {}) => {
    await send(handle, command, parameters).catch((error) => {
      // A test reads an error page like any other.
      if (!/Reached error page/.test(String(error))) throw error;
    });
  };
  return {
    address: () => text('WebDriver:GetCurrentURL'),
    title: () => text('WebDriver:GetTitle'),
    async text(selector) {
      const id = await find(selector);
      return id === undefined ? undefined : text('WebDriver:GetElementText', { id });
    },
    async click(selector) {
      const id = await find(selector);
      if (id === undefined) throw new Error(`no ${selector} in ${await text('WebDriver:GetCurrentURL')}`);
      await navigate('WebDriver:ElementClick', { id });
    },
    open: (url) => navigate('WebDriver:Navigate', { url }),
    reload: () => navigate('WebDriver:Refresh'),
    back: () => navigate('WebDriver:Back'),
    forward: () => navigate('WebDriver:Forward'),
  };
}

function contentOf(result: unknown): unknown {
  return (result as { value?: unknown } | undefined)?.value;
}
