// The desktop of these tests: a screen, a keyring, and for each person a browser, a home and a provider.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite } from 'node:test';
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

/** The sign-ins of one test file share it. */
export interface Desktop {
  /** The browser of this desktop. */
  kind: OrdinaryKind;
  /** Runs the work at a seat, and ends all that runs there. An error of the work hides those of the end. */
  seat(options: SeatOptions, work: (seat: Seat) => Promise<void>): Promise<void>;
}

export interface SeatOptions {
  placement?: Placement;
  restoresTabs?: boolean;
  /** A shell command that runs before the browser. */
  before?: string;
  /** Further daypass_ keys of the profile. */
  keys?: Record<string, string>;
  /** Further variables of the caller. */
  variables?: Record<string, string>;
}

/** One person with a browser and a home of their own. */
export interface Seat {
  stage: Stage<IdentityProvider>;
  browser: OrdinaryBrowser;
  desktop: DefaultBrowser;
  /** Starts daypass as an AWS client does. */
  call(args?: string[]): Running;
  /** Opens an address as any program of the desktop does. */
  open(address: string): void;
  /** The tab that has come to the provider's page. */
  arrival(): Promise<Tab>;
  /** Lets the next browser start, as an arrival does. */
  giveWay(): void;
  /** The first tab whose address begins so. */
  tabAt(address: string): Promise<Tab>;
  close(): Promise<void>;
}

/** Registers a suite on one desktop, whose tests run at once. */
export function onDesktop(kind: OrdinaryKind, register: (desktop: Desktop) => void): void {
  // Each open sandbox has an exit listener, and many are open at once.
  process.setMaxListeners(100);
  suite(`an ordinary ${kind.name}`, { concurrency: true }, () => {
    let shared: Shared | undefined;
    before(async () => {
      shared = await openShared(kind);
    });
    after(() => shared?.close());
    register({
      kind,
      async seat(options, work) {
        if (shared) await useSeat(shared, options, work);
      },
    });
  });
}

interface Shared {
  kind: OrdinaryKind;
  display: VirtualDisplay;
  keyring: Keyring;
  authority: Authority;
  authorities: string;
  key: JWK;
  jwksUri: string;
  close(): Promise<void>;
}

async function openShared(kind: OrdinaryKind): Promise<Shared> {
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
  return {
    ...{ kind, display, keyring, authority, authorities, key },
    jwksUri: keys.url,
    async close() {
      await Promise.all([display.stop(), keyring.stop(), keys.stop()]);
      authority.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Limits the browsers that start at once; a browser at the provider's page mostly waits. */
const starts = turnsFor(2);

async function useSeat(
  shared: Shared,
  options: SeatOptions,
  work: (seat: Seat) => Promise<void>,
): Promise<void> {
  const leave = await starts.enter();
  try {
    const seat = await openSeat(shared, options, leave);
    try {
      await work(seat);
    } catch (error) {
      await seat.close().catch(() => {});
      throw error;
    }
    await seat.close();
  } finally {
    leave();
  }
}

/** Serves the providers' key over HTTP to the local STS, whose process does not trust the authority. */
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
  { kind, display, keyring, authority, authorities, key, jwksUri }: Shared,
  { placement = 'https', restoresTabs = false, before = '', keys = {}, variables = {} }: SeatOptions,
  giveWay: () => void,
): Promise<Seat> {
  const certificate = () => authority.issue(`IP:${publicAddress}`);
  const provider = await startIdentityProvider({
    // All seats share the keyring, and a port can recur, so the client ID keeps their records apart.
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
  const env = { DISPLAY: display.name, NODE_EXTRA_CA_CERTS: authority.file, ...variables };
  const tabAt = (address: string) => eventually(() => findTab(browser, address), `a tab came to ${address}`);
  return {
    stage,
    browser,
    desktop,
    call: (args = []) =>
      sandbox.start([...args, '--profile', 'developer', '--timeout', '600'], { env, longestMs: 400_000 }),
    open: (address) => void sandbox.startProgram(['/usr/bin/xdg-open', address], { env, longestMs: 400_000 }),
    async arrival() {
      const tab = await tabAt(provider.issuer);
      await eventually(() => tab.text('button'), 'the provider asked something');
      giveWay();
      return tab;
    },
    giveWay,
    tabAt,
    async close() {
      await browser.quit();
      await stage.close();
    },
  };
}

async function findTab(browser: OrdinaryBrowser, start: string): Promise<Tab | undefined> {
  for (const tab of await browser.tabs()) if ((await tab.address()).startsWith(start)) return tab;
  return undefined;
}

/** Answers the provider's pages as a person does; the tab is on its way back to daypass afterwards. */
export async function answer(tab: Tab, decision: 'allow' | 'deny'): Promise<void> {
  await toConsent(tab);
  await decide(tab, decision);
}

/** Answers the provider's pages up to the last one, which asks for consent. */
export async function toConsent(tab: Tab): Promise<void> {
  await eventually(() => tab.text('button'), 'the provider asked something');
  // The provider asks no name in a browser in which a person has signed in before.
  if ((await tab.text('input[name=login]')) !== undefined) await tab.click('button[value=allow]');
  await eventually(() => tab.text('button[value=deny]'), 'the provider asked for consent');
}

/** Answers the page that asks for consent. */
export async function decide(tab: Tab, decision: 'allow' | 'deny'): Promise<void> {
  await tab.click(`button[value=${decision}]`);
}

/** The text that a person reads on the last page. */
export interface Seen {
  title: string;
  heading: string;
}

/** Waits until the tab has left the provider and shows a page, of daypass or of the browser. */
export function finalPage(tab: Tab, { issuer }: Pick<IdentityProvider, 'issuer'>): Promise<Seen> {
  let address = '';
  return eventually(
    async () => {
      address = await tab.address();
      if (address.startsWith(issuer)) return undefined;
      const title = await tab.title();
      // Firefox keeps the heading of its error page in a shadow root, where no selector finds it.
      const own = title.endsWith('daypass') ? undefined : await tab.text('body');
      const heading = (await tab.text('h1')) ?? own?.split('\n', 1)[0];
      return title && heading ? { title, heading } : undefined;
    },
    () => `the tab showed a page after the provider; it is at ${address}`,
  );
}

/** Waits for the end of a caller. Returns undefined if it still runs after `patience` milliseconds. */
export async function ending({ exit, child }: Running, patience = 30_000): Promise<RunResult | undefined> {
  await until(() => child.exitCode !== null || child.signalCode !== null, 'the caller ended', patience).catch(
    () => {},
  );
  return child.exitCode === null && child.signalCode === null ? undefined : exit;
}
