// A browser of the recipes opens the link in the profile that it names, beside one that runs already.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openStageFor } from '../support/logging-stage.ts';
import { signalAll } from '../support/processes.ts';
import type { Stage } from '../support/stage.ts';
import { until } from '../support/until.ts';
import { startVirtualDisplay } from '../support/virtual-display.ts';

/** Opens a stage whose provider says which pages it was asked for, and answers no sign-in. */
async function openProfilesStage(
  t: TestContext,
): Promise<{ stage: Stage; arrivals: string[]; display: string }> {
  const display = await startVirtualDisplay();
  t.after(() => display.stop());
  const stage = await openStageFor(t, { keys: { daypass_browser: 'none' } });
  const arrivals: string[] = [];
  stage.provider.answer('authorization', (request, response) => {
    arrivals.push(request.url ?? '');
    response.setHeader('content-type', 'text/html').end('<title>the provider</title>');
  });
  return { stage, arrivals, display: display.name };
}

/** Starts a browser by daypass, waits for it at the provider, and gives up. Returns the `state` of its request. */
async function visit(
  { stage, arrivals, display }: Awaited<ReturnType<typeof openProfilesStage>>,
  browser: string,
): Promise<string> {
  stage.sandbox.writeConfig(stage.config({ daypass_browser: browser }));
  const before = arrivals.length;
  const { exit } = stage.sandbox.start(['--profile', 'developer', '--timeout', '170'], {
    env: { DISPLAY: display },
  });
  await until(() => arrivals.length > before, `${browser} came to the provider`, 100_000);
  assert.equal((await stage.daypass(['logout'])).code, 0);
  assert.notEqual((await exit).code, 0);
  return new URLSearchParams(arrivals.at(-1)?.split('?')[1]).get('state') ?? assert.fail();
}

/** Asks the browsers to end, as a desktop does, so that their histories are written. */
async function endBrowsers({ sandbox }: Stage, name: RegExp): Promise<void> {
  const running = () => sandbox.processes().filter(({ command }) => name.test(command));
  signalAll(running(), 'SIGTERM');
  await until(() => running().length === 0, 'the browsers ended', 60_000);
}

/** Waits until each profile has its own visit in its history, ends the browsers, and asserts that it has no other. */
async function assertKept(stage: Stage, program: RegExp, histories: Record<string, string>): Promise<void> {
  const paths = Object.keys(histories);
  const has = (path: string, state = '') =>
    readdirSync(dirname(path))
      .filter((name) => name.startsWith(basename(path)))
      // SQLite keeps text as it is, at first in a file beside the database.
      .some((name) => readFileSync(join(dirname(path), name)).includes(state));
  await until(() => paths.every((path) => has(path, histories[path])), 'each profile has its visit', 60_000);
  await endBrowsers(stage, program);
  for (const path of paths)
    for (const other of paths)
      assert.equal(has(path, histories[other]), path === other, `${other} in ${path}`);
}

test('--profile-directory: Chromium opens the link in that profile', async (t) => {
  const given = await openProfilesStage(t);
  const { stage } = given;
  const data = join(stage.sandbox.home, 'chromium');
  const root = process.getuid?.() === 0 ? '--no-sandbox ' : '';
  const chromium = `/usr/bin/chromium ${root}--disable-gpu --no-first-run --user-data-dir="${data}"`;
  const personal = await visit(given, `${chromium} --profile-directory="Default"`);
  const work = await visit(given, `${chromium} --profile-directory="Profile 1"`);
  await assertKept(stage, /chromium/, {
    [join(data, 'Default', 'History')]: personal,
    [join(data, 'Profile 1', 'History')]: work,
  });
});

test('-P: Firefox opens the link in that profile', async (t) => {
  const given = await openProfilesStage(t);
  const { stage } = given;
  const folder = join(stage.sandbox.home, '.mozilla', 'firefox');
  const names = ['personal', 'work'];
  for (const name of names) mkdirSync(join(folder, name), { recursive: true });
  const section = (name: string, index: number) =>
    `[Profile${index}]\nName=${name}\nIsRelative=1\nPath=${name}\nDefault=${index === 0 ? 1 : 0}\n`;
  writeFileSync(
    join(folder, 'profiles.ini'),
    `[General]\nStartWithLastProfile=1\nVersion=2\n${names.map(section).join('')}`,
  );
  const personal = await visit(given, '/usr/bin/firefox-esr -P personal');
  const work = await visit(given, '/usr/bin/firefox-esr -P work');
  await assertKept(stage, /firefox/, {
    [join(folder, 'personal', 'places.sqlite')]: personal,
    [join(folder, 'work', 'places.sqlite')]: work,
  });
});
