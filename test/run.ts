// `npm test` and `npm run test:faults`, `test:clients`, `test:soak`, `test:portable`: brings along what the tests need where it can,
// builds, and runs the files of that kind. A file whose needs are not met is skipped by name; in CI none may be.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clientMatrix } from './clients/matrix.ts';
import { faultTable } from './faults/table.ts';
import { ensureSystemPackages, withoutNetwork } from './support/system-packages.ts';

interface Kind {
  files: RegExp;
  /** Files at once; most wait for processes, and those of faults/ have several cases under way themselves. */
  concurrency: number;
  /** Minutes that one file may take. */
  longest: number;
  /** Of those files, not the ones whose text has this. */
  without?: RegExp;
}

const quick = /^(?!soak|clients|faults\/(?!oracles)).*\.test\.ts$/;

/** Linux' keyring, shells and /proc; and on Windows what it does in another way or not at all. */
const linux = /(stage|sandbox|keyring|executable|ini-clients|what-was-loaded)\b.*';$|\/usr\/bin\//m;
const unix = /chmodSync|symlinkSync|'\/bin\/|spawn\('\w/;
const foreign = process.platform === 'win32' ? new RegExp(`${linux.source}|${unix.source}`, 'm') : linux;

const kinds: Record<string, Kind> = {
  '--quick': { files: quick, concurrency: 3, longest: 8 },
  '--portable': { files: quick, concurrency: 3, longest: 8, without: foreign },
  '--faults': { files: /^faults\/.*\.test\.ts$/, concurrency: 2, longest: 15 },
  '--clients': { files: /^clients\/.*\.test\.ts$/, concurrency: 2, longest: 15 },
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
  [/runInTerminal|runProgramInTerminal/, /^script$/],
  [/client-stage/, /./],
];

const clients = chosen === '--clients';
const { missing } = kind.without ? { missing: [] } : await ensureSystemPackages({ clients });
const files: string[] = [];
let skipped = 0;
for (const path of readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })) {
  const name = path.replaceAll('\\', '/');
  if (!kind.files.test(name)) continue;
  const text = readFileSync(join(import.meta.dirname, name), 'utf8');
  if (kind.without?.test(text)) continue;
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

const folder = mkdtempSync(join(tmpdir(), 'daypass-table-'));
process.on('exit', () => rmSync(folder, { recursive: true }));
const table = join(folder, 'table');

if (clients) run('npm', 'ci', '--prefix', join(import.meta.dirname, 'clients/programs'));
run(process.execPath, 'scripts/build.mjs');
const tests = [
  process.execPath,
  '--import',
  'tsx',
  '--test',
  '--test-reporter=spec',
  `--test-concurrency=${kind.concurrency}`,
  `--test-timeout=${kind.longest * 60_000}`,
  ...files.sort(longestFirst),
];
// An AWS client that does not find its credentials here would ask for them elsewhere.
process.exitCode = start(clients ? withoutNetwork(tests) : tests);
if (clients) console.log(`\n${clientMatrix(table)}`);
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

/** Ends all where it fails. */
function run(...words: string[]): void {
  const code = start(words);
  if (code !== 0) process.exit(code);
}

/** The exit code. */
function start([file = '', ...args]: readonly string[]): number {
  const env = { ...process.env, DAYPASS_TEST_TABLE: table };
  return spawnSync(file, args, { stdio: 'inherit', env }).status ?? 1;
}
