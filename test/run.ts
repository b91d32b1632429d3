// `npm test` and `npm run test:soak`: brings along what the tests need where it can, builds, and runs every *.test.ts below this
// folder, or with --soak the long ones in soak/. A file whose needs are not met is skipped by name; in CI none may be.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureSystemPackages } from './support/system-packages.ts';

const soak = process.argv.includes('--soak');
const wanted = soak ? /^soak\/.*\.ts$/ : /\.test\.ts$/;

/** What a test file needs, told by what it uses. */
const needs: readonly [use: RegExp, parts: RegExp][] = [
  [/stage\.ts|keyring\.ts/, /keyring|dbus|secret/],
  [/chromium\.ts/, /chromium/],
  [/libfaketime|other-clock/, /faketime/],
  [/runAws/, /aws/],
  [/runInTerminal/, /^script$/],
];

const { missing } = await ensureSystemPackages();
const files: string[] = [];
let skipped = 0;
for (const name of readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })) {
  if (!wanted.test(name)) continue;
  const text = readFileSync(join(import.meta.dirname, name), 'utf8');
  const lacking = missing.filter(({ what }) =>
    needs.some(([use, parts]) => use.test(text) && parts.test(what)),
  );
  if (lacking.length > 0) {
    const parts = lacking.map(({ what, needs: packages }) => `${what} (Debian: ${packages})`);
    console.error(`SKIPPED test/${name}: this machine lacks ${parts.join(', ')}`);
    skipped += 1;
  } else files.push(join(import.meta.dirname, name));
}
if (skipped > 0 && process.env.CI === 'true') {
  console.error('nothing may be skipped in CI');
  process.exit(1);
}

run('scripts/build.mjs');
// The stories take longest, so they start first.
files.sort((a, b) => Number(b.includes('stories')) - Number(a.includes('stories')));
const timeout = soak ? 1_200_000 : 240_000;
run(
  '--import',
  'tsx',
  '--test',
  '--test-reporter=spec',
  '--test-concurrency=3',
  `--test-timeout=${timeout}`,
  ...files,
);
if (skipped > 0) console.error(`${skipped} test files were SKIPPED, see above`);

function run(...args: string[]): void {
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
