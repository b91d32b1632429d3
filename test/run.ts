// `npm test`, `npm run test:faults` and `npm run test:soak`: brings along what the tests need where it can, builds, and runs the files of
// that kind. A file whose needs are not met is skipped by name; in CI none may be.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { faultTable } from './faults/table.ts';
import { ensureSystemPackages } from './support/system-packages.ts';

interface Kind {
  files: RegExp;
  /** Files at once; most wait for processes, and those of faults/ have several cases under way themselves. */
  concurrency: number;
  /** Minutes that one file may take. */
  longest: number;
}

const kinds: Record<string, Kind> = {
  '--quick': { files: /^(?!soak|faults\/(?!oracles)).*\.test\.ts$/, concurrency: 3, longest: 8 },
  '--faults': { files: /^faults\/.*\.test\.ts$/, concurrency: 2, longest: 15 },
  '--soak': { files: /^soak\/.*\.ts$/, concurrency: 3, longest: 20 },
};
const [chosen = '--quick'] = process.argv.slice(2);
const kind = kinds[chosen];
if (!kind) throw new Error(`${chosen} is none of ${Object.keys(kinds)}`);

/** What a test file needs, told by what it uses. */
const needs: readonly [use: RegExp, parts: RegExp][] = [
  [/stage\.ts|keyring\.ts|fault\.ts/, /keyring|dbus|secret/],
  [/chromium\.ts/, /chromium/],
  [/libfaketime|other-clock/, /faketime/],
  [/runAws/, /aws/],
  [/ini-clients/, /aws|Ruby/],
  [/failing-files|write-recorder/, /^g\+\+$/],
  [/runInTerminal/, /^script$/],
];

const { missing } = await ensureSystemPackages();
const files: string[] = [];
let skipped = 0;
for (const name of readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })) {
  if (!kind.files.test(name)) continue;
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

const folder = mkdtempSync(join(tmpdir(), 'daypass-faults-'));
process.on('exit', () => rmSync(folder, { recursive: true }));
const table = join(folder, 'table');

const built = run('scripts/build.mjs');
if (built !== 0) process.exit(built);
process.exitCode = run(
  '--import',
  'tsx',
  '--test',
  '--test-reporter=spec',
  `--test-concurrency=${kind.concurrency}`,
  `--test-timeout=${kind.longest * 60_000}`,
  ...files.sort(longestFirst),
);
if (chosen === '--faults') {
  const { text, missing } = faultTable(table);
  console.log(`\n${text}`);
  if (missing.length > 0) {
    console.error(`NOT TRIED: ${missing.join(' ')}`);
    if (skipped === 0) process.exitCode = 1;
  }
}
if (skipped > 0) console.error(`${skipped} test files were SKIPPED, see above`);

function longestFirst(a: string, b: string): number {
  const weight = (file: string) => [/stories/, /faults/, /concurrency/].findIndex((name) => name.test(file));
  return weight(b) - weight(a);
}

/** The exit code. */
function run(...args: string[]): number {
  const env = { ...process.env, DAYPASS_FAULT_TABLE: table };
  return spawnSync(process.execPath, args, { stdio: 'inherit', env }).status ?? 1;
}
