// `npm test`: brings along what the tests need where it can, builds, and runs every *.test.ts below this folder.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ensureSystemPackages } from './support/system-packages.ts';

const { missing } = await ensureSystemPackages();
for (const { what, needs } of missing) console.error(`SKIPPED for want of ${what}: ${needs}`);
if (missing.length > 0 && process.env.CI === 'true') {
  console.error('nothing may be skipped in CI');
  process.exit(1);
}

run(process.execPath, ['scripts/build.mjs']);
const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => join(import.meta.dirname, name))
  // The stories take longest, so they start first.
  .sort((a, b) => Number(b.includes('stories')) - Number(a.includes('stories')));
run(process.execPath, [
  ...['--import', 'tsx', '--test', '--test-reporter=spec', '--test-concurrency=3', '--test-timeout=240000'],
  ...files,
]);

function run(command: string, args: string[]): void {
  const { status } = spawnSync(command, args, {
    stdio: 'inherit',
    env: { ...process.env, DAYPASS_TEST_MISSING: missing.map(({ what }) => what).join(',') },
  });
  if (status !== 0) process.exit(status ?? 1);
}
