import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { signInWithPage, startChromium } from './chromium.ts';
import { assertVersion1 } from './credentials-format.ts';
import { later } from './other-clock.ts';
import type { Program } from './sandbox.ts';
import { openStage, roleArn, type Stage } from './stage.ts';

/** Registers the main stories for one way to install daypass. Screenshots go to the folder `pictures`. */
export function tellStories(program: Program, pictures: string): void {
  let stage: Stage;
  let browser: Browser;
  before(async () => {
    [stage, browser] = await Promise.all([openStage({ program }), startChromium()]);
  });
  after(async () => {
    await browser?.close();
    await stage?.close();
  });

  test('the first sign-in opens the browser once, shows the right page, and the waiting call prints the credentials', async () => {
    const { launcher, provider, sts, keyring, sandbox } = stage;
    const running = sandbox.start(['--profile', 'developer']);
    const page = await browser.newPage();
    await signInWithPage(page, await launcher.nextLink());
    await takePictures(page, `${pictures}/signed-in`);
    assert.equal(await page.title(), 'Signed in – daypass');
    const text = (await page.textContent('main')) ?? '';
    for (const word of ['developer', 'DeveloperAccess', '123456789012', 'ada@example.com'])
      assert.ok(text.includes(word), word);
    assert.match(text, /The waiting command has its credentials/);
    assert.doesNotMatch(page.url(), /code|state/);

    const result = await running.exit;
    assert.equal(result.stderr, '');
    assert.equal(result.code, 0);
    const credentials = assertVersion1(result.stdout);
    assert.ok(sts.secrets.has(credentials.SecretAccessKey));
    assert.equal(credentials.AccountId, '123456789012');
    assert.equal(launcher.launches.length, 1);
    assert.deepEqual(
      { ...provider.counts },
      {
        discovery: 1,
        jwks: 2,
        authorization: 1,
        codeExchange: 1,
        devicePoll: 0,
        refresh: 0,
        revocation: 0,
        reuse: 0,
        endSession: 0,
      },
    );
    assert.equal(sts.calls.length, 1);
    assert.equal(sts.calls[0]?.sessionName, 'ada@example.com');
    assert.equal((await keyring.accounts('daypass')).length, 2);
    stage.assertNoLeak(result);
  });

  test('a hit prints the same line without a browser and without a request to provider or STS', async () => {
    const { launcher, provider, sts } = stage;
    const counts = { ...provider.counts };
    const first = await stage.daypass();
    const second = await stage.daypass();
    assert.equal(first.code, 0);
    assert.equal(first.stderr, '');
    assert.equal(first.stdout, second.stdout);
    assertVersion1(first.stdout);
    assert.deepEqual({ ...provider.counts }, counts);
    assert.equal(sts.calls.length, 1);
    assert.equal(launcher.launches.length, 1);
  });

  test('the AWS CLI uses, exports and chains the profile with the identity that daypass prints', async () => {
    const { sandbox, sts } = stage;
    sandbox.writeConfig(
      `${stage.config()}credential_process = ${program.words.join(' ')} --profile developer
[profile chained]
region = eu-west-1
credential_process = /usr/bin/aws configure export-credentials --profile developer --format process
`,
    );
    const list = await sandbox.runAws(['configure', 'list', '--profile', 'developer']);
    assert.equal(list.code, 0, list.stderr);
    assert.match(list.stdout, /access_key\s+\S+\s+custom-process/);

    for (const profile of ['developer', 'chained']) {
      const exported = await sandbox.runAws([
        'configure',
        'export-credentials',
        '--profile',
        profile,
        '--format',
        'process',
      ]);
      assert.equal(exported.code, 0, exported.stderr);
      assert.ok(sts.secrets.has(JSON.parse(exported.stdout).SecretAccessKey));
    }
    const identity = await sandbox.runAws([
      'sts',
      'get-caller-identity',
      '--profile',
      'developer',
      '--endpoint-url',
      sts.url,
    ]);
    assert.equal(identity.code, 0, identity.stderr);
    assert.equal(
      JSON.parse(identity.stdout).Arn,
      'arn:aws:sts::123456789012:assumed-role/DeveloperAccess/ada@example.com',
    );
  });

  test('a call hours later refreshes without a browser and keeps the rotated token', async () => {
    const { launcher, provider, sts, keyring } = stage;
    const spent = provider.latestRefreshToken();
    const before = sts.calls.length;
    const result = await stage.daypass([], later('+3h'));
    assert.equal(result.stderr, '');
    assert.equal(result.code, 0);
    assertVersion1(result.stdout);
    assert.equal(provider.counts.refresh, 1);
    assert.equal(provider.counts.reuse, 0);
    assert.equal(sts.calls.length, before + 1);
    assert.equal(launcher.launches.length, 1);
    const kept = await keptRefreshTokens(keyring);
    assert.deepEqual(kept, [provider.latestRefreshToken()]);
    assert.notEqual(kept[0], spent);
    stage.assertNoLeak(result);
  });

  test('login with a usable session prints person, role and expiry, and status prints the same', async () => {
    for (const command of ['login', 'status']) {
      const { code, stdout, stderr } = await stage.daypass([command], later('+3h'));
      assert.equal(stderr, '');
      assert.equal(code, 0);
      assert.match(stdout, /igned in as ada@example\.com until \d\d:\d\d UTC\S* \(\d+ min left\)\n/);
      assert.match(stdout, /^ {2}role +DeveloperAccess\n {2}account +1234-5678-9012\n/m);
      assert.match(stdout, /^ {2}renewal +automatic, without a browser$/m);
    }
    const { stdout } = await stage.daypass(['status', '--json']);
    const facts = JSON.parse(stdout);
    assert.equal(facts.identity, 'ada@example.com');
    assert.equal(facts.roleArn, roleArn);
    assert.equal(facts.store, 'keychain');
  });

  test('page and call report a denied sign-in, and login tries again', async () => {
    const { launcher, sandbox } = stage;
    const call = sandbox.start(['login', '--force', '--profile', 'developer']);
    const page = await browser.newPage();
    await signInWithPage(page, await launcher.nextLink(), { decision: 'deny' });
    await takePictures(page, `${pictures}/sign-in-failed`);
    assert.equal(await page.title(), 'Sign-in was denied – daypass');
    assert.match(
      (await page.textContent('main')) ?? '',
      /access_denied[\s\S]*daypass login --profile developer/,
    );
    const result = await call.exit;
    assert.equal(result.code, 77);
    stage.assertNoLeak(result);
    // The earlier session is still there.
    assertVersion1((await stage.daypass([], later('+3h'))).stdout);
  });

  test('logout revokes the refresh token and deletes all keychain entries', async () => {
    const { provider, keyring, launcher } = stage;
    const tabs = launcher.launches.length;
    const token = provider.latestRefreshToken() ?? '';
    const result = await stage.daypass(['logout']);
    assert.equal(result.stderr, '');
    assert.equal(result.code, 0);
    assert.match(result.stdout, /stay valid until they expire/);
    assert.equal(provider.counts.revocation, 1);
    assert.equal(await provider.accepts(token), false);
    assert.deepEqual(await keyring.accounts('daypass'), []);
    const again = await stage.daypass(['logout']);
    assert.equal(again.code, 0);
    assert.equal(provider.counts.revocation, 1);

    const refused = await stage.daypass(['--non-interactive']);
    assert.equal(refused.code, 2);
    assert.match(
      refused.stderr,
      /^daypass: sign-in-needed: .*\nhint: run: daypass login --profile developer\n$/,
    );
    assert.equal(launcher.launches.length, tabs);
    stage.assertNoLeak(result, again, refused);
  });
}

/** Saves screenshots of the page on a desktop and on a phone. */
async function takePictures(page: Page, path: string): Promise<void> {
  // The style must be applied, which shows that its hash in the policy is right.
  assert.equal(await page.evaluate('getComputedStyle(document.querySelector("header")).display'), 'flex');
  for (const width of [390, 1280]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: `${path}-${width}-${colorScheme}.png`, fullPage: true });
      assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width);
    }
  }
}

async function keptRefreshTokens(keyring: Stage['keyring']): Promise<string[]> {
  const records = await Promise.all(
    (await keyring.accounts('daypass')).map((account) => keyring.lookup('daypass', account)),
  );
  return records.map((text) => JSON.parse(text ?? '{}').refreshToken).filter(Boolean);
}
