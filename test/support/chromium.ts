import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const executablePath = '/usr/bin/chromium';
const ownArgs = [
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Debian's Chromium, kept from talking to anything but what a test opens. */
export function startChromium(args: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath, args: [...ownArgs, ...args] });
}

/** One with a profile on the disk, in which its user has set these preferences. */
export async function startChromiumWith(
  preferences: Record<string, unknown>,
  args: readonly string[] = [],
): Promise<BrowserContext> {
  const folder = mkdtempSync(join(tmpdir(), 'chromium-'));
  mkdirSync(join(folder, 'Default'));
  writeFileSync(join(folder, 'Default', 'Preferences'), JSON.stringify(preferences));
  const context = await chromium.launchPersistentContext(folder, {
    executablePath,
    args: [...ownArgs, ...args],
  });
  // Not when it closes: Chromium writes on for a moment.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return context;
}

/** Opens the link and goes through the provider's pages as a person would; the page is daypass's last one afterwards. */
export async function signInWithPage(
  page: Page,
  link: string,
  { login = 'ada', decision = 'allow' }: { login?: string; decision?: 'allow' | 'deny' } = {},
): Promise<void> {
  await page.goto(link);
  const name = page.getByLabel('Name');
  const answer = page.getByRole('button', { name: decision === 'allow' ? 'Allow' : 'Deny' });
  // Who has signed in before in this browser is not asked for a name again.
  await name.or(answer).waitFor();
  if (await name.isVisible()) {
    await name.fill(login);
    await page.getByRole('button', { name: 'Sign in' }).click();
  }
  await answer.click();
  await page.waitForURL(/\/done$/);
}
