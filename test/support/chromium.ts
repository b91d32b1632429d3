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

/** Starts Debian's Chromium, which connects only to the pages that a test opens. */
export function startChromium(args: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath, args: [...ownArgs, ...args] });
}

/** Starts a Chromium with a profile on disk that has these preferences. */
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
  // Deleting it on close would fail, because Chromium still writes for a moment.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return context;
}

/** Opens the link and signs in on the provider's pages. The page then shows the last page of daypass. */
export async function signInWithPage(
  page: Page,
  link: string,
  { login = 'ada', decision = 'allow' }: { login?: string; decision?: 'allow' | 'deny' } = {},
): Promise<void> {
  await page.goto(link);
  const name = page.getByLabel('Name');
  const answer = page.getByRole('button', { name: decision === 'allow' ? 'Allow' : 'Deny' });
  // The provider does not ask for a name again if this browser has signed in before.
  await name.or(answer).waitFor();
  if (await name.isVisible()) {
    await name.fill(login);
    await page.getByRole('button', { name: 'Sign in' }).click();
  }
  await answer.click();
  await page.waitForURL(/\/done$/);
}
