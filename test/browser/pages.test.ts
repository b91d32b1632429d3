// Every page in light and dark, small and enlarged, by keyboard, and by a screen reader.
import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { Loopback } from '../../src/browser/loopback-server.ts';
import { Pages } from '../../src/browser/pages.ts';
import type { Hint } from '../../src/errors.ts';
import type { Settings } from '../../src/settings/settings.ts';
import { startChromium } from '../support/chromium.ts';

const pages = new Pages({
  profile: 'team:developer@eu-west-1',
  roleArn: 'arn:aws:iam::123456789012:role/teams/platform/DeveloperAccessWithAQuiteLongNameThatWraps',
  signInFlags: '--profile team:developer@eu-west-1',
} as Settings);

const login = 'daypass login --profile team:developer@eu-west-1';

function signedIn(left: number, { refreshable = true, waiting = true } = {}): string {
  const expires = new Date(Date.now() + left).toISOString();
  const identity = 'ada.lovelace@analytical-engines.example';
  return pages.signedIn({ identity, expires, left, refreshable, waiting });
}

const views: [name: string, title: string, html: string][] = [
  ['signed-in', 'Signed in', signedIn(3_600_000, { refreshable: false })],
  [
    'sign-in-failed',
    'Sign-in was denied',
    pages.failed({
      code: 'denied',
      faults: ['the provider did not sign you in (access_denied)'],
      hint: {
        command:
          'daypass login --profile team:developer@eu-west-1 --issuer https://login.example.com/oauth2/default',
      },
    }),
  ],
  [
    'sign-in-failed-with-words',
    'Signed in, but AWS refused the role',
    pages.failed({
      code: 'trust-policy',
      faults: ['the trust policy does not let this token in'],
      hint: { advice: 'ask your administrator' },
    }),
  ],
  [
    'not-accepted',
    'Request not accepted',
    pages.notAccepted(403, 'It does not come from the browser that opened the sign-in link.'),
  ],
  ['another-browser', 'Request not accepted', pages.ofAnotherBrowser()],
  ['answered-before', 'Already answered', pages.answeredBefore()],
  [
    'cancelled',
    'Sign-in was cancelled',
    pages.failed({ code: 'cancelled', faults: ['the sign-in was cancelled'], hint: { command: login } }),
  ],
  [
    'replaced',
    'Sign-in was cancelled',
    pages.failed({
      code: 'cancelled',
      faults: ['another command (daypass login --force) replaced this sign-in'],
      hint: { advice: 'finish the newer sign-in', again: true },
    }),
  ],
  [
    'timed-out',
    'Sign-in took too long',
    pages.failed({
      code: 'sign-in-timeout',
      faults: ['the sign-in was not completed within 5 minutes'],
      hint: { advice: 'to try again', command: login },
    }),
  ],
  [
    'trust-policy',
    'Signed in, but AWS refused the role',
    pages.failed({
      code: 'trust-policy',
      faults: ['the trust policy of the role does not let this token in: aud=daypass sub=00u1b2c3'],
      hint: {
        advice: 'add this statement to the trust policy of the role',
        paste: JSON.stringify({
          Effect: 'Allow',
          Principal: { Federated: 'arn:aws:iam::123456789012:oidc-provider/login.example.com' },
          Action: 'sts:AssumeRoleWithWebIdentity',
          Condition: { StringEquals: { 'login.example.com:aud': 'daypass' } },
        }),
      },
    }),
  ],
  ['signed-in-late', 'Signed in', signedIn(3_600_000, { waiting: false })],
  [
    'not-saved',
    'Signed in, but not saved',
    pages.notSaved({ code: 'keychain-locked', faults: ['the keychain is locked'] }, true),
  ],
];

let browser: Browser;
before(async () => {
  browser = await startChromium();
});
after(() => browser?.close());

for (const [name, title, html] of views) {
  test(`${name}: a screen reader gets its language, one heading, landmarks with names, and no picture without words`, async () => {
    const page = await browser.newPage();
    await page.setContent(html);
    assert.equal(await page.getAttribute('html', 'lang'), 'en');
    assert.equal(await page.title(), `${title} – daypass`);
    assert.deepEqual(await page.getByRole('heading', { level: 1 }).allTextContents(), [title]);
    for (const landmark of ['banner', 'main', 'contentinfo'] as const)
      assert.equal(await page.getByRole(landmark).count(), 1, landmark);
    assert.equal(await page.getByRole('main').getByRole('heading', { level: 1 }).count(), 1);
    // A section without a name is no region.
    assert.equal(await page.getByRole('region').count(), await page.locator('section').count());
    assert.equal(await page.locator('img:not([alt]), svg:not([aria-hidden=true])').count(), 0);
    await page.close();
  });

  test(`${name}: the keyboard reaches every control, visibly, and no element takes the focus by itself`, async () => {
    const page = await browser.newPage();
    await page.setContent(html);
    assert.equal(await page.evaluate('document.activeElement.tagName'), 'BODY');
    assert.equal(await page.locator('[tabindex], [autofocus], [accesskey]').count(), 0);
    const count = await page.locator('a[href], button, input, select, textarea, summary').count();
    for (let index = 0; index < count; index++) {
      await page.keyboard.press('Tab');
      assert.notEqual(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle'), 'none');
    }
    await page.close();
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`${name}: its text has a contrast of 4.5 to 1 in ${colorScheme}, and the schemes differ`, async () => {
      const page = await browser.newPage({ colorScheme });
      await page.setContent(html);
      const found = await contrasts(page);
      assert.ok(found.length >= 5, 'its texts were found');
      for (const { text, ratio } of found) assert.ok(ratio >= 4.5, `${text}: ${ratio.toFixed(2)}`);
      const [, red = 0] =
        /rgb\((\d+)/.exec(await page.evaluate('getComputedStyle(document.body).backgroundColor')) ?? [];
      assert.equal(Number(red) > 128, colorScheme === 'light');
      // For a person who checks a test run.
      for (const width of [390, 1280]) {
        await page.setViewportSize({ width, height: 800 });
        await page.screenshot({
          path: `artifacts/pages/${name}-${width}-${colorScheme}.png`,
          fullPage: true,
        });
      }
      await page.close();
    });
  }

  test(`${name}: nothing is cut off or needs scrolling sideways, on phones and with text twice as large`, async () => {
    const page = await browser.newPage();
    await page.setContent(html);
    for (const [width, size] of [
      [390, 100],
      [320, 100],
      [320, 200],
      [1280, 100],
      [1280, 200],
    ] as const) {
      await page.setViewportSize({ width, height: 800 });
      await page.evaluate(`document.documentElement.style.fontSize = '${size}%'`);
      assert.equal(
        await page.evaluate('document.documentElement.scrollWidth'),
        width,
        `${width} at ${size} %`,
      );
      assert.deepEqual(await page.evaluate(cutOff), [], `${width} at ${size} %`);
      if (size === 200)
        assert.equal(
          await page.evaluate('parseFloat(getComputedStyle(document.querySelector("p")).fontSize) >= 32'),
          true,
        );
    }
    await page.close();
  });
}

/** Shows a page as the listener sends it, and returns it with what the browser complained of and requested. */
async function served(t: TestContext, html: string, options: BrowserContextOptions = {}) {
  const loopback = await Loopback.open({ host: '127.0.0.1', ports: [], path: '/callback', pages });
  loopback.serve('https://idp.example/', { state: 's', issuer: '', sendsIssuer: false });
  loopback.show(html);
  const context = await browser.newContext(options);
  t.after(async () => {
    await context.close();
    loopback.close();
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => requests.push(request.url()));
  assert.equal((await page.goto(loopback.link))?.status(), 410);
  // The status of the page itself is a complaint, too.
  return { page, requests, complaints: () => complaints.filter((text) => !/status of 410/.test(text)) };
}

const withCommand = pages.failed({ code: 'denied', faults: ['it failed'], hint: { command: login } });

test('a button copies the command, and says so, although the page has no origin', async (t) => {
  const { page, complaints } = await served(t, withCommand);
  await page.getByRole('button', { name: 'Copy' }).click();
  await page.getByRole('status').filter({ hasText: 'Copied.' }).waitFor();
  assert.equal(await page.evaluate('origin'), 'null');
  const other = await page.context().newPage();
  await other.setContent('<textarea></textarea>');
  await other.locator('textarea').focus();
  await other.keyboard.press('ControlOrMeta+v');
  assert.equal(await other.locator('textarea').inputValue(), login);
  assert.deepEqual(complaints(), []);
});

test('without scripts there is no button, and a click selects the whole command', async (t) => {
  const { page } = await served(t, withCommand, { javaScriptEnabled: false });
  assert.equal(await page.getByRole('button').count(), 0);
  await page.locator('code').click();
  await page.keyboard.press('ControlOrMeta+c');
  const other = await browser.newPage();
  t.after(() => other.close());
  await other.setContent('<textarea></textarea>');
  await other.locator('textarea').focus();
  await other.keyboard.press('ControlOrMeta+v');
  assert.equal(await other.locator('textarea').inputValue(), login);
});

test('no other script runs in a page, and a page without a command has none', async (t) => {
  const injected = withCommand.replace('</body>', '<script>document.title = "injected"</script></body>');
  const { page, complaints } = await served(t, injected);
  assert.equal(await page.title(), 'Sign-in was denied – daypass');
  assert.match(complaints().join(), /Content Security Policy/);
  for (const html of [signedIn(3_600_000), pages.notAccepted(404, 'it is no page'), pages.answeredBefore()])
    assert.doesNotMatch(html, /<script|<button/);
});

test('the icon is a part of the page', async (t) => {
  const { page, requests, complaints } = await served(t, withCommand);
  const icon = (await page.getAttribute('link[rel=icon]', 'href')) ?? '';
  assert.ok(icon.startsWith('data:image/svg+xml,'));
  const drawn = await browser.newPage();
  t.after(() => drawn.close());
  await drawn.setContent(`<img src="${icon}">`);
  await drawn.waitForFunction('document.images[0].naturalWidth > 0');
  assert.deepEqual(requests.filter((url) => !url.startsWith('data:')).length, 1);
  assert.deepEqual(complaints(), []);
});

test('the outcome is a status, and the account number is grouped', async (t) => {
  const { page } = await served(t, signedIn(3_600_000, { refreshable: false }));
  assert.match((await page.getByRole('status').textContent()) ?? '', /Signed in\s+The waiting command/);
  assert.equal(await page.locator('.number').textContent(), '1234-5678-9012');
  assert.equal(await page.getByText('Your provider issued no refresh token').isVisible(), false);
  await page.getByText('Your session cannot be renewed silently').click();
  assert.equal(await page.getByText('Your provider issued no refresh token').isVisible(), true);
  assert.doesNotMatch(signedIn(3_600_000), /<details/);
});

/** Elements with text of their own that stand out of the window or hide a part of it. */
const cutOff = `[...document.querySelectorAll('body *')].filter((element) => {
  const { left, right, width } = element.getBoundingClientRect();
  const hides = getComputedStyle(element).overflow !== 'visible' && element.scrollWidth > element.clientWidth + 1;
  return width > 0 && (left < -0.5 || right > innerWidth + 0.5 || hides);
}).map((element) => element.outerHTML.slice(0, 80))`;

/** WCAG 2.2, 1.4.3, of each piece of text against the nearest background that is painted. */
function contrasts(page: Page): Promise<{ text: string; ratio: number }[]> {
  return page.evaluate(`(() => {
    const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
    const luminance = (color) => {
      const [red, green, blue] = numbers(color).map((part) => {
        const share = part / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const behind = (element) => {
      const color = getComputedStyle(element).backgroundColor;
      const [, , , alpha = 1] = numbers(color);
      return alpha === 1 ? color : behind(element.parentElement);
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
      const text = walker.currentNode.data.trim();
      const element = walker.currentNode.parentElement;
      if (text === '' || element.getClientRects().length === 0) continue;
      const [light, dark] = [getComputedStyle(element).color, behind(element)].map(luminance).sort((a, b) => b - a);
      found.push({ text, ratio: (light + 0.05) / (dark + 0.05) });
    }
    return found;
  })()`);
}

for (const [left, said] of [
  [43_200_000, 'in 12 hours'],
  [43_199_000, 'in 12 hours'],
  [5_400_000, 'in 1 hour 30 minutes'],
  [3_600_000, 'in 1 hour'],
  [7_260_000, 'in 2 hours 1 minute'],
  [900_000, 'in 15 minutes'],
  [60_000, 'in 1 minute'],
  [20_000, 'in less than a minute'],
] as const) {
  test(`${left} milliseconds are "${said}"`, () => {
    assert.ok(signedIn(left).includes(`(${said})`), /<time[^<]*/.exec(signedIn(left))?.[0]);
  });
}

for (const [fault, shown] of [
  ['the provider did not sign you in (access_denied)', 'The provider did not sign you in (access_denied).'],
  ["this machine's clock is 5 min behind", 'This machine&#39;s clock is 5 min behind.'],
  ['https://idp.example answered 500', 'https://idp.example answered 500.'],
  ['daypass_duration is too long', 'daypass_duration is too long.'],
  ['daypass refuses this', 'daypass refuses this.'],
  // A full stop would be copied with the value.
  ['this token has aud=daypass sub=ada', 'This token has aud=daypass sub=ada'],
  ['cannot reach https://idp.example/keys', 'Cannot reach https://idp.example/keys'],
] as const) {
  test(`a page says "${fault}" as a sentence`, () => {
    const text = /<h2>What happened<\/h2>\s*<p class="reason"><bdi>(.*?)<\/bdi>/s;
    assert.equal(text.exec(pages.failed({ code: 'denied', faults: [fault] }))?.[1], shown);
    const two = pages.failed({ code: 'denied', faults: ['this failed', fault] });
    assert.equal(text.exec(two)?.[1], `This failed. ${shown}`);
  });
}

for (const [hint, shown, code] of [
  [{ advice: 'ask your administrator' }, 'Ask your administrator.'],
  [{ advice: 'correct this', again: true }, 'Correct this, then run the command again.'],
  [{ command: 'daypass login' }, 'Run this in your terminal:', 'daypass login'],
  [{ advice: 'sign in again', command: 'daypass login' }, 'Sign in again, run:', 'daypass login'],
  [{ advice: 'add this statement', paste: '{"a":1}' }, 'Add this statement:', '{\n  &quot;a&quot;: 1\n}'],
] as [Hint, string, string?][]) {
  test(`a page says the next step ${JSON.stringify(hint)} as a sentence`, () => {
    const page = pages.failed({ code: 'denied', faults: ['it failed'], hint });
    const [, advice] = /<h2>Next step<\/h2>\s*<p class="reason"><bdi>(.*?)<\/bdi>/s.exec(page) ?? [];
    assert.equal(advice, shown);
    assert.equal(/<code>(.*?)<\/code>/s.exec(page)?.[1], code);
  });
}

test('a page says why a request is not accepted as a sentence', () => {
  assert.match(
    pages.notAccepted(421, 'it was meant for another host'),
    /<bdi>It was meant for another host\.</,
  );
});
