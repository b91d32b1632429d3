// Makes the pictures of README.md: `npm run images`. The program, the provider's pages and the browser are real, and
// the provider and STS run on this machine. It needs what `npm test` needs.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { signInWithPage, startChromium } from '../../test/support/chromium.ts';
import { openStage } from '../../test/support/stage.ts';
import { pageSources } from './page-sources.ts';
import { playSession } from './session.ts';
import { terminalPicture, themes } from './terminal-svg.ts';

const folder = resolve(import.meta.dirname, '../../docs/images');
mkdirSync(folder, { recursive: true });
const [stage, browser] = await Promise.all([openStage(), startChromium()]);
try {
  const page = await browser.newPage({ viewport: { width: 960, height: 500 }, deviceScaleFactor: 1.5 });
  const output = await playSession(stage, async () => {
    await signInWithPage(page, await stage.launcher.nextLink());
    for (const theme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: theme });
      await page.screenshot({ path: join(folder, `signed-in-${theme}.png`) });
    }
  });
  writeFileSync(join(folder, 'signed-in.sha256'), `${pageSources()}\n`);
  for (const theme of ['light', 'dark'] as const)
    writeFileSync(join(folder, `terminal-${theme}.svg`), terminalPicture(output, themes[theme]));
} finally {
  await browser.close();
  await stage.close();
}
