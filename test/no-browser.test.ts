// Signs in without a local browser: device codes, and a sign-in on another machine whose address is pasted.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { startChromium } from './support/chromium.ts';
import { assertVersion1 } from './support/credentials-format.ts';
import { openStageFor } from './support/logging-stage.ts';
import { later } from './support/other-clock.ts';
import type { Stage } from './support/stage.ts';
import { until } from './support/until.ts';

const patience = 60_000;
const ssh = { SSH_CONNECTION: '192.0.2.7 50000 198.51.100.9 2222', SSH_TTY: '/dev/pts/9' };

let browser: Browser;
before(async () => {
  browser = await startChromium();
});
after(() => browser?.close());

const device = { daypass_device_code: 'true' };
// The address of this provider has the code already (RFC 8628 3.3.1).
const shown = /open this link:\s+(http\S+)\s+and confirm there that the code is (\S+)/;

/** Opens the address and confirms the code, as a person would on a phone. */
async function approve(text: string, decision: 'Allow' | 'Deny' = 'Allow'): Promise<void> {
  const [, uri = '', code = ''] = shown.exec(text) ?? [];
  assert.match(code, /^[A-Z]{4}-[A-Z]{4}$/);
  const page = await (await browser.newContext()).newPage();
  await page.goto(uri);
  // The provider asks whether this is the device.
  await page.getByText(code).waitFor();
  await page.locator('button[autofocus], [type=submit]').first().click();
  await page.getByLabel('Name').fill('ada');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: decision }).click();
  await page.waitForLoadState();
}

test('a device code signs in, and later renewals need no person', { timeout: 120_000 }, async (t) => {
  const stage = await openStageFor(t, { keys: device });
  const login = stage.sandbox.start(['login', '--profile', 'developer']);
  await until(() => shown.test(login.stdout()), 'the code is shown', patience);
  await approve(login.stdout());
  const { code, stderr, stdout } = await login.exit;
  assert.deepEqual([code, stderr], [0, ''], stdout);
  assert.match(stdout, /^✓ Signed in as ada@example\.com until /m);
  assertVersion1((await stage.daypass()).stdout);
  const silent = await stage.daypass([], later('+2h'));
  assert.deepEqual([silent.code, silent.stderr], [0, '']);
  assert.equal(stage.provider.counts.refresh, 1);
  assert.equal(stage.launcher.launches.length, 0);
});

test('AWS clients on one terminal show one code, and all get credentials', {
  timeout: 120_000,
}, async (t) => {
  const stage = await openStageFor(t, { keys: device });
  const first = stage.sandbox.runInTerminal(['--profile', 'developer']);
  const [text] = await first.waitForTerminal(shown, patience);
  const others = [1, 2, 3].map(() => stage.daypass());
  await approve(text);
  const { code, stdout, stderr, terminal } = await first.exit;
  assert.deepEqual([code, stderr], [0, '']);
  assert.equal(terminal.match(/confirm there that the code/g)?.length, 1);
  for (const other of await Promise.all(others)) {
    // Without a terminal a call needs the session, because no person can enter the code.
    assert.ok([0, 2].includes(other.code ?? -1), other.stderr);
    if (other.code === 0) assert.equal(other.stdout, stdout);
  }
});

test('a denied device code ends the sign-in as denied', { timeout: 120_000 }, async (t) => {
  const stage = await openStageFor(t, { keys: device });
  const login = stage.sandbox.start(['login', '--profile', 'developer']);
  await until(() => shown.test(login.stdout()), 'the code is shown', patience);
  await approve(login.stdout(), 'Deny');
  const { code, stderr } = await login.exit;
  assert.equal(code, 77);
  assert.match(
    stderr,
    /^daypass: denied: the provider did not sign you in \(access_denied.*\nhint: run: daypass login/,
  );
});

const refusals: [error: string, code: number, text: RegExp][] = [
  ['expired_token', 77, /sign-in-timeout: the code expired before it was typed in\nhint: run: daypass login/],
  ['invalid_client', 69, /the provider refused: invalid_client/],
];
for (const [error, expected, text] of refusals) {
  test(`a device code that ends with ${error} is reported`, async (t) => {
    const stage = await openStageFor(t, { keys: device });
    stage.provider.answer('token', (_request, response) => {
      response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ error }));
    });
    const { code, stderr } = await stage.daypass(['login']);
    assert.equal(code, expected);
    assert.match(stderr, text);
  });
}

test('daypass polls more slowly after slow_down, and the code still signs in', {
  timeout: 120_000,
}, async (t) => {
  const stage = await openStageFor(t, { keys: device });
  let slowed = 0;
  stage.provider.answer('token', (_request, response) => {
    slowed += 1;
    stage.provider.answer('token', undefined);
    response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"slow_down"}');
  });
  const login = stage.sandbox.start(['login', '--profile', 'developer']);
  await until(() => shown.test(login.stdout()), 'the code is shown', patience);
  await approve(login.stdout());
  const { code, stderr } = await login.exit;
  assert.deepEqual([code, stderr, slowed], [0, '', 1]);
  // One poll comes too soon, the next one after twice the time.
  assert.equal(stage.provider.counts.devicePoll, 2);
});

test('a device code needs a terminal and a provider that supports it', async (t) => {
  const stage = await openStageFor(t, { keys: device });
  const headless = await stage.daypass([], { DISPLAY: ':9' });
  assert.equal(headless.code, 2);
  assert.equal(stage.provider.counts.discovery, 0);
  const metadata = await (await fetch(`${stage.provider.issuer}/.well-known/openid-configuration`)).json();
  stage.provider.answer('discovery', (_request, response) => {
    const { device_authorization_endpoint: _gone, ...rest } = metadata as Record<string, unknown>;
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(rest));
  });
  const none = await stage.daypass(['login']);
  assert.equal(none.code, 65);
  assert.match(none.stderr, /has no device-code sign-in\nhint: set daypass_device_code = false/);
});

/** Signs in on "another machine", and returns the address of the page that it cannot load. */
async function signInElsewhere(page: Page, link: string): Promise<string> {
  let end = '';
  // In the test it reaches the listener, which refuses it: this browser did not open the link.
  page.on('request', (request) => {
    if (/^http:\/\/127\.0\.0\.1:\d+\/callback/.test(request.url())) end = request.url();
  });
  await page.goto(link);
  await page.getByLabel('Name').fill('ada');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Allow' }).click();
  await until(() => end !== '', 'the browser was sent back', patience);
  return end;
}

async function remoteLogin(stage: Stage) {
  const run = stage.sandbox.runInTerminal(['login', '--profile', 'developer', '--browser', 'none'], {
    wholly: true,
    env: ssh,
  });
  await run.waitForTerminal(/display that page\):[\s\S]*address: /, patience);
  const text = run.terminalText();
  const [, tunnel = '', link = ''] = /(ssh -N .*)\r?\n\s+(http:\S+)/.exec(text) ?? [];
  const [, providerLink = ''] = /display that page\):\s+(http:\S+)/.exec(text) ?? [];
  return { run, tunnel, link, providerLink };
}

test('login over SSH prints instructions and accepts the address of the last page of another browser', {
  timeout: 120_000,
}, async (t) => {
  const stage = await openStageFor(t);
  const { run, tunnel, link, providerLink } = await remoteLogin(stage);
  const { port } = new URL(link);
  assert.match(
    tunnel.trim(),
    new RegExp(`^ssh -N -L ${port}:127\\.0\\.0\\.1:${port} -p 2222 \\S+@198\\.51\\.100\\.9$`),
  );
  assert.ok(providerLink.startsWith(`${stage.provider.issuer}/auth?`), providerLink);
  const page = await (await browser.newContext()).newPage();
  const end = await signInElsewhere(page, providerLink);
  // daypass refuses an address of another sign-in and asks again.
  const wrongs: [string, RegExp][] = [
    ['nonsense', /not accepted: it is not a whole address/],
    [providerLink, /not accepted: it does not begin with http:\/\/127\.0\.0\.1/],
    [end.replace(/state=[^&]+/, 'state=another'), /its state is not that of the open sign-in/],
  ];
  for (const [wrong, said] of wrongs) {
    run.type(`${wrong}\r`);
    await run.waitForTerminal(said, patience);
  }
  // A mail program may have changed the address.
  run.type(`<${end.replaceAll('&', '&amp;')}> \r`);
  const { code, terminal } = await run.exit;
  assert.equal(code, 0, terminal);
  assert.match(terminal, /^✓ Signed in as ada@example\.com until /m);
  assertVersion1((await stage.daypass()).stdout);
});

test('a pasted address with a denial ends the sign-in as denied', { timeout: 120_000 }, async (t) => {
  const stage = await openStageFor(t);
  const { run, providerLink } = await remoteLogin(stage);
  const { searchParams } = new URL(providerLink);
  const end = new URL(searchParams.get('redirect_uri') ?? '');
  end.search = `${new URLSearchParams({ error: 'access_denied', state: searchParams.get('state') ?? '', iss: stage.provider.issuer })}`;
  run.type(`${end.href}\r`);
  const { code, terminal } = await run.exit;
  assert.equal(code, 77, terminal);
  assert.match(terminal, /denied: the provider did not sign you in/);
});

test('a pasted address with a refused scope is answered with a link that requests less', {
  timeout: 120_000,
}, async (t) => {
  const stage = await openStageFor(t);
  const { run, providerLink } = await remoteLogin(stage);
  const asked = new URL(providerLink).searchParams;
  assert.equal(asked.get('scope'), 'openid email offline_access');
  const end = new URL(asked.get('redirect_uri') ?? '');
  end.search = `${new URLSearchParams({ error: 'invalid_scope', state: asked.get('state') ?? '', iss: stage.provider.issuer })}`;
  run.type(`${end.href}\r`);
  const said =
    /not accepted: the provider refused a scope; open this link, .* paste again\s+(http:\S+)[\s\S]*address: /;
  await run.waitForTerminal(said, patience);
  const [, nextLink = ''] = said.exec(run.terminalText()) ?? [];
  assert.equal(new URL(nextLink).searchParams.get('scope'), 'openid email');
  // A caller that joins now gets the same link.
  const other = stage.sandbox.runInTerminal(['login', '--profile', 'developer', '--browser', 'none'], {
    wholly: true,
    env: ssh,
  });
  await other.waitForTerminal(/display that page\):[\s\S]*address: /, patience);
  assert.ok(other.terminalText().includes(nextLink));
  const page = await (await browser.newContext()).newPage();
  run.type(`${await signInElsewhere(page, nextLink)}\r`);
  const { code, terminal } = await run.exit;
  assert.equal(code, 0, terminal);
  assert.equal((await other.exit).code, 0);
});

test('^C at the question ends the sign-in', async (t) => {
  const stage = await openStageFor(t);
  const { run } = await remoteLogin(stage);
  run.type('\x03');
  assert.equal((await run.exit).code, 130);
});

test('the printed link works through a tunnel', { timeout: 120_000 }, async (t) => {
  const stage = await openStageFor(t);
  const { run, link } = await remoteLogin(stage);
  const page = await (await browser.newContext()).newPage();
  await page.goto(link);
  await page.getByLabel('Name').fill('ada');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.waitForURL(/\/done$/);
  assert.equal((await run.exit).code, 0);
});

test('an AWS client over SSH shows the link and names the command with the instructions', async (t) => {
  const stage = await openStageFor(t, { keys: { daypass_browser: '' } });
  const run = stage.sandbox.runInTerminal(['--profile', 'developer'], { env: ssh });
  await run.waitForTerminal(
    /your own machine cannot open it; run: daypass login --profile developer/,
    patience,
  );
  // daypass does not ask for an address, because the client may read the keyboard.
  assert.doesNotMatch(run.terminalText(), /address:/);
  run.type('\x03');
  assert.equal((await run.exit).code, 130);
});
