// A person's desktop in the tests of this folder: a screen, a keyring, a browser of their own, and a provider at one of two places.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JWK } from 'jose';
import { type Authority, createAuthority } from '../support/certificates.ts';
import { type DefaultBrowser, makeDefaultBrowser } from '../support/default-browser.ts';
import { type IdentityProvider, signingKey, startIdentityProvider } from '../support/identity-provider.ts';
import { type Keyring, startKeyring } from '../support/keyring.ts';
import {
  eventually,
  type OrdinaryBrowser,
  type OrdinaryKind,
  type Tab,
  trustedAuthorities,
} from '../support/ordinary-browser.ts';
import type { Running, RunResult } from '../support/sandbox.ts';
import { type Stage, setStage } from '../support/stage.ts';
import { publicAddress } from '../support/system-packages.ts';
import { turnsFor } from '../support/turns.ts';
import { until } from '../support/until.ts';
import { startVirtualDisplay, type VirtualDisplay } from '../support/virtual-display.ts';
import type { Placement } from './table.ts';

/** What the sign-ins of one test file share. */
export interface Desktop {
  /** Runs the work at a seat, and ends all that runs there. What the work throws comes before what its end complains about. */
  seat(kind: OrdinaryKind, options: SeatOptions, work: (seat: Seat) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

export interface SeatOptions {
  placement?: Placement;
  restoresTabs?: boolean;
  /** Shell that the desktop runs before the browser. */
  before?: string;
  /** Further daypass_ keys of the profile. */
  keys?: Record<string, string>;
}

/** One person with a browser and a home of their own. */
export interface Seat {
  stage: Stage<IdentityProvider>;
  browser: OrdinaryBrowser;
  desktop: DefaultBrowser;
  /** Starts daypass as an AWS client does. */
  call(args?: string[]): Running;
  /** Starts another program with the same environment. */
  start(words: readonly string[]): Running;
  /** The tab that has come to the provider's page. */
  arrival(): Promise<Tab>;
  close(): Promise<void>;
}

/** Browsers of one file that start at once; once they are at the provider they mostly wait. */
const starts = turnsFor(2);

export async function openDesktop(): Promise<Desktop> {
  const outward = Object.values(networkInterfaces()).flatMap((each = []) =>
    each.filter(({ internal }) => !internal),
  );
  const addresses = outward.map(({ address }) => address).filter((address) => !address.startsWith('fe80:'));
  assert.deepEqual(addresses, [publicAddress], 'in a network namespace, as test/run.ts makes it');
  const folder = mkdtempSync(join(tmpdir(), 'daypass-desktop-'));
  const authority = createAuthority();
  const authorities = join(folder, 'authorities');
  mkdirSync(authorities);
  trustedAuthorities(authorities, authority.file);
  const key = await signingKey();
  const [display, keyring, keys] = await Promise.all([
    startVirtualDisplay(),
    startKeyring(),
    publishKey(key),
  ]);
  const shared: Shared = { display, keyring, authority, authorities, key, jwksUri: keys.url };
  return {
    async seat(kind, options, work) {
      const leave = await starts.enter();
      const seat = await openSeat(shared, kind, options, leave);
      try {
        await work(seat);
      } catch (error) {
        await seat.close().catch(() => {});
        throw error;
      } finally {
        leave();
      }
      await seat.close();
    },
    async close() {
      await Promise.all([display.stop(), keyring.stop(), keys.stop()]);
      authority.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Shared {
  display: VirtualDisplay;
  keyring: Keyring;
  authority: Authority;
  authorities: string;
  key: JWK;
  jwksUri: string;
}

/** The providers' key over plain HTTP, for the local STS: this process does not trust the authority. */
async function publishKey({
  d,
  p,
  q,
  dp,
  dq,
  qi,
  ...key
}: JWK): Promise<{ url: string; stop(): Promise<void> }> {
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [key] }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function openSeat(
  { display, keyring, authority, authorities, key, jwksUri }: Shared,
  kind: OrdinaryKind,
  { placement = 'https', restoresTabs = false, before = '', keys = {} }: SeatOptions,
  started: () => void,
): Promise<Seat> {
  const certificate = () => authority.issue(`IP:${publicAddress}`);
  const provider = await startIdentityProvider({
    // The keyring serves all, and a port may come again: their records differ in this.
    clientId: `daypass-${randomUUID()}`,
    signingKeys: [key],
    ...(placement === 'https' ? { https: { address: publicAddress, certificate: certificate() } } : {}),
  });
  const stage = await setStage(
    { ...provider, jwksUri },
    { ...keyring, stop: async () => {} },
    { daypass_log: '~/daypass.log', ...keys },
  );
  const { sandbox } = stage;
  sandbox.writeConfig(stage.config().replace(/^daypass_browser = .*\n/m, ''));
  const profile = join(sandbox.home, '..', 'profile');
  mkdirSync(profile);
  const browser = kind.prepare({ home: sandbox.home, profile, restoresTabs }, authorities);
  const desktop = makeDefaultBrowser(sandbox.home, browser.command, { before });
  const env = { DISPLAY: display.name, NODE_EXTRA_CA_CERTS: authority.file };
  return {
    stage,
    browser,
    desktop,
    call: (args = []) =>
      sandbox.start(['--profile', 'developer', '--timeout', '600', ...args], { env, longestMs: 400_000 }),
    start: (words) => sandbox.startProgram(words, { env, longestMs: 400_000 }),
    async arrival() {
      const tab = await eventually(() => tabAt(browser, provider.issuer), 'a tab came to the provider');
      started();
      return tab;
    },
    async close() {
      await browser.quit();
      await stage.close();
    },
  };
}

async function tabAt(browser: OrdinaryBrowser, origin: string): Promise<Tab | undefined> {
  for (const tab of await browser.tabs()) {
    if ((await tab.address()).startsWith(origin) && (await tab.text('button'))) return tab;
  }
  return undefined;
}

/** The person answers the provider's pages; the tab is on its way back to daypass afterwards. */
export async function answer(tab: Tab, decision: 'allow' | 'deny'): Promise<void> {
  // A browser in which somebody has signed in before is not asked for a name again.
  if ((await tab.text('input[name=login]')) !== undefined) await tab.click('button[value=allow]');
  await eventually(() => tab.text('button[value=deny]'), 'the provider asked for consent');
  await tab.click(`button[value=${decision}]`);
}

/** What a person reads in a tab that has come to its end. */
export interface Seen {
  title: string;
  heading: string;
}

/** Waits until the tab has left the provider and shows a page, of daypass or of the browser. */
export function finalPage(tab: Tab, { issuer }: Pick<IdentityProvider, 'issuer'>): Promise<Seen> {
  return eventually(async () => {
    if ((await tab.address()).startsWith(issuer)) return undefined;
    const [title, heading] = [await tab.title(), await tab.text('h1')];
    return heading ? { title, heading } : undefined;
  }, 'the tab showed a page after the provider');
}

/** How a caller ended, once the person has seen the last page; undefined where it still waits. */
export async function ending({ exit, child }: Running, patience = 15_000): Promise<RunResult | undefined> {
  await until(() => child.exitCode !== null || child.signalCode !== null, 'the caller ended', patience).catch(
    () => {},
  );
  return child.exitCode === null && child.signalCode === null ? undefined : exit;
}
