// People do more than sign in: they reload, go back, open a link twice, and their browsers restore tabs.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { logged, renewals } from '../support/logging-stage.ts';
import { eventually, type Tab } from '../support/ordinary-browser.ts';
import type { Running } from '../support/sandbox.ts';
import { until } from '../support/until.ts';
import {
  answer,
  type Desktop,
  decide,
  ending,
  finalPage,
  type Seat,
  type SeatOptions,
  toConsent,
} from './desktop.ts';

/** The ports of the redirect address; both are below those that Linux assigns by itself. */
const fixedPort = { Chromium: '8401', Firefox: '8402' };

/** Registers these tests for the browser of this desktop. */
export function registerBehaviours(desktop: Desktop): void {
  const behaviour = (
    what: string,
    work: (seat: Seat, t: TestContext) => Promise<void>,
    options: SeatOptions = {},
  ) => test(what, (t) => desktop.seat(options, (seat) => work(seat, t)));

  /** Chromium is at the address of the result with its headers; Firefox stays at the provider's page until the result is there. */
  const movesEarly = desktop.kind.name === 'Chromium';

  behaviour('its connections are those of an ordinary profile', async (seat, t) => {
    const { connections, close } = await connectionsOf(seat);
    t.diagnostic(`${desktop.kind.name}: ${JSON.stringify(connections)}`);
    // Chromium keeps a connection that it has no request for. Firefox opens one early and then uses it.
    if (desktop.kind.name === 'Chromium') assert.ok(connections.silent >= 1, 'no connection waits unused');
    assert.equal(connections.requests, 1);
    await close();
  });
  behaviour(
    "it signs in with Kerberos and display variables, and gets no other tool's secret",
    givenVariables,
    {
      variables: { ...passing, ...kept },
      // Chromium overwrites what /proc shows of its environment.
      before: 'env > "$HOME/../variables"',
    },
  );
  behaviour('a browser that runs already opens one more tab', openedBeside);
  behaviour('a browser that takes 20 s to start', slowBrowser, { before: 'sleep 20' });
  behaviour(
    'a reload while the page waits for STS costs no credentials, and Chromium then shows the result',
    (seat) => reloadWhileWaiting(seat, movesEarly),
  );
  behaviour('a reload after the end shows that nothing listens any more', reloadAfterwards);
  behaviour('Back and Forward lead from the last page to the provider and to the last page', backAndForward);
  behaviour(
    'two tabs with one link: the first is signed in, the second says that this was answered',
    (seat) => twoTabs(seat, movesEarly),
  );
  behaviour('a browser that restores the tabs of an ended sign-in leaves the next one alone', restoredTabs, {
    restoresTabs: true,
    keys: { daypass_redirect_port: fixedPort[desktop.kind.name] },
  });
}

const passing = { KRB5CCNAME: 'FILE:/nowhere/krb5cc', GTK_IM_MODULE: 'none', XDG_CURRENT_DESKTOP: 'X-Test' };
const kept = { GITHUB_PAT: 'kept-pat', DATABASE_URL: 'postgres://ann:kept@db', MYSQL_PWD: 'kept-word' };

async function givenVariables(seat: Seat): Promise<void> {
  const running = seat.call();
  const tab = await seat.arrival();
  const given = readFileSync(join(seat.stage.sandbox.home, '../variables'), 'utf8').split('\n');
  for (const [name, value] of Object.entries(passing)) assert.ok(given.includes(`${name}=${value}`), name);
  assert.doesNotMatch(given.join('\n'), /kept|^(GITHUB|DATABASE|MYSQL|NODE|AWS|DAYPASS)_/m);
  await answer(tab, 'allow');
  await assertSignedIn(seat, tab, running);
}

/** Opens the address of a server that redirects, as the listener does, and counts the connections to it. */
async function connectionsOf({ open, tabAt, stage, giveWay }: Seat) {
  const sockets = new Set<Socket>();
  let opened = 0;
  let requests = 0;
  const elsewhere = `${stage.provider.issuer}/.well-known/openid-configuration`;
  const server = createServer((socket) => {
    opened += 1;
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    socket.once('data', () => {
      requests += 1;
      const head = ['HTTP/1.1 302 Found', `Location: ${elsewhere}`, 'Connection: close', 'Content-Length: 0'];
      socket.end(`${head.join('\r\n')}\r\n\r\n`);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  open(`http://127.0.0.1:${(server.address() as AddressInfo).port}/start`);
  await tabAt(elsewhere);
  giveWay();
  // No event marks a request that never comes.
  await sleep(3000);
  return {
    connections: { opened, requests, silent: sockets.size },
    async close() {
      for (const socket of sockets) socket.destroy();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}

async function openedBeside(seat: Seat): Promise<void> {
  const { jwksUri } = seat.stage.provider;
  seat.open(jwksUri);
  const before = await seat.tabAt(jwksUri);
  const running = seat.call();
  const tab = await seat.arrival();
  await sleep(4000);
  await answer(tab, 'allow');
  await assertSignedIn(seat, tab, running);
  assert.equal((await seat.browser.tabs()).length, 2);
  assert.equal(await before.address(), jwksUri);
}

async function slowBrowser(seat: Seat): Promise<void> {
  const running = seat.call();
  seat.giveWay();
  const tab = await seat.arrival();
  await answer(tab, 'allow');
  await assertSignedIn(seat, tab, running);
}

async function reloadWhileWaiting(seat: Seat, movesEarly: boolean): Promise<void> {
  const { stage } = seat;
  const { tab, running, release } = await waitForSts(seat);
  if (movesEarly) {
    // The headers of the result have moved the tab, so a reload does not load the provider's page again.
    await atResult(tab);
    await tab.reload();
    release();
    await assertSignedIn(seat, tab, running, { held: true });
  } else {
    // Firefox leaves the provider's page only when the result is there, so it loads that page again.
    await tab.reload();
    await eventually(
      async () => (await tab.text('h1')) === undefined || undefined,
      'the page was loaded again',
    );
    assert.ok((await tab.address()).startsWith(stage.provider.issuer));
    release();
    assert.equal((await ending(running))?.code, 0);
    assert.equal(logged(stage, 'sts-answered').length, 1);
  }
  assert.equal(stage.provider.counts.codeExchange, 1);
}

async function reloadAfterwards(seat: Seat): Promise<void> {
  const running = seat.call();
  const tab = await seat.arrival();
  await answer(tab, 'allow');
  await assertSignedIn(seat, tab, running);
  await until(() => renewals(seat.stage).length === 0, 'the renewal ended');
  const address = await tab.address();
  await tab.reload();
  assert.equal((await finalPage(tab, seat.stage.provider)).heading, 'Signed in');
  // After 10 s nothing listens there.
  await until(() => seat.stage.sandbox.pageKeepers().length === 0, 'the page is kept no longer');
  await tab.reload();
  const seen = await eventually(async () => {
    const title = await tab.title();
    return title.includes('daypass') ? undefined : title;
  }, 'the page was loaded again');
  assert.match(seen, /^127\.0\.0\.1$|^Problem loading page$/);
  assert.equal(await tab.address(), address);
  assert.equal(seat.stage.sts.calls.length, 1);
}

async function backAndForward(seat: Seat): Promise<void> {
  const running = seat.call();
  const tab = await seat.arrival();
  // The renewal keeps its listener while a stopped caller does not read its answer.
  running.kill('SIGSTOP');
  await answer(tab, 'allow');
  const { provider } = seat.stage;
  assert.equal((await finalPage(tab, provider)).heading, 'Signed in');
  await tab.back();
  await eventually(
    async () => (await tab.address()).startsWith(provider.issuer) || undefined,
    'the provider came again',
  );
  await tab.forward();
  assert.equal((await finalPage(tab, provider)).heading, 'Signed in');
  running.kill('SIGCONT');
  await assertSignedIn(seat, tab, running);
}

async function twoTabs(seat: Seat, movesEarly: boolean): Promise<void> {
  const { stage, browser, desktop } = seat;
  const { provider, sts } = stage;
  const release = sts.hold();
  const running = seat.call();
  // The seat keeps its turn until the end, so that fewer browsers start meanwhile: daypass waits at most 20 s for STS.
  const first = await seat.tabAt(provider.issuer);
  await toConsent(first);
  const address = await first.address();
  const [launch] = desktop.launches();
  seat.open(launch?.link ?? '');
  const second = await eventually(async () => {
    for (const tab of await browser.tabs()) {
      const other = await tab.address();
      if (other !== address && other.startsWith(provider.issuer)) return tab;
    }
    return undefined;
  }, 'a second tab came to the provider');
  await toConsent(second);
  await decide(first, 'allow');
  await until(() => sts.calls.length > 0, 'STS was asked');
  if (movesEarly) await atResult(first);
  await decide(second, 'allow');
  assert.deepEqual(await finalPage(second, provider), {
    title: 'Already answered – daypass',
    heading: 'Already answered',
  });
  release();
  await assertSignedIn(seat, first, running, { held: true });
  assert.equal(provider.counts.codeExchange, 1);
}

async function restoredTabs(seat: Seat, t: TestContext): Promise<void> {
  const { stage, browser, desktop } = seat;
  const running = seat.call();
  const tab = await seat.arrival();
  await answer(tab, 'allow');
  await assertSignedIn(seat, tab, running);
  const { link = '' } = desktop.launches()[0] ?? {};
  const callback = new URL('/callback?code=old&state=old', link).href;
  await until(() => renewals(seat.stage).length === 0, 'the renewal ended');
  await until(() => stage.sandbox.pageKeepers().length === 0, 'the listener closed');
  // Nothing listens there now, so each tab shows an error page at its address.
  for (const address of [link, callback]) {
    seat.open(address);
    await seat.tabAt(address);
  }
  await browser.quit();
  await until(() => browserRuns(seat) === false, 'the browser ended');

  const again = seat.call(['login', '--force']);
  const next = await seat.arrival();
  assert.equal((await browser.tabs()).length, 4);
  await sleep(4000);
  await answer(next, 'allow');
  assert.equal((await finalPage(next, stage.provider)).heading, 'Signed in');
  const result = await ending(again);
  assert.equal(result?.code, 0);
  assert.equal(stage.sts.calls.length, 2);
  const titles = await Promise.all((await browser.tabs()).map((each) => each.title()));
  t.diagnostic(`its tabs: ${titles.sort().join(', ')}`);
  // Firefox loads a restored tab only when a person selects it.
  const calm = ['', 'Request not accepted – daypass'];
  assert.deepEqual(
    titles.filter((title) => !calm.includes(title)),
    ['Signed in – daypass'],
  );
}

/** Waits until a tab is at the address of the result, which is still to come. */
async function atResult(tab: Tab): Promise<void> {
  await eventually(async () => (await tab.address()).endsWith('/done') || undefined, 'the tab waits');
}

/** Lets a person finish at the provider, and waits until STS has the request, which it answers after `release`. */
async function waitForSts(seat: Seat): Promise<{ tab: Tab; running: Running; release: () => void }> {
  const release = seat.stage.sts.hold();
  const running = seat.call();
  const tab = await seat.arrival();
  await answer(tab, 'allow');
  await until(() => seat.stage.sts.calls.length > 0, 'STS was asked');
  return { tab, running, release };
}

/**
 * Asserts that the tab and the caller report success, and that STS issued credentials once. daypass repeats a request
 * that was `held` for 15 s, which a browser on a busy machine may need.
 */
async function assertSignedIn(
  { stage }: Seat,
  tab: Tab,
  running: Running,
  { held = false } = {},
): Promise<void> {
  assert.deepEqual(await finalPage(tab, stage.provider), {
    title: 'Signed in – daypass',
    heading: 'Signed in',
  });
  const result = await ending(running);
  assert.equal(result?.code, 0, result?.stderr);
  assert.equal(logged(stage, 'sts-answered').length, 1);
  if (!held) assert.equal(stage.sts.calls.length, 1);
}

function browserRuns({ stage }: Seat): boolean {
  return stage.sandbox.processes().some(({ command }) => /chromium|firefox/.test(command));
}
