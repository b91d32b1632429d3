import { type Browser, chromium, type Page } from 'playwright-core';

/** Debian's Chromium, kept from talking to anything but what a test opens. */
export function startChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
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
