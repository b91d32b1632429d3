// `npm test` and `npm run test:faults`, `test:clients`, `test:browsers`, `test:sts`, `test:soak`, `test:portable`: brings along what the
// tests need where it can, builds, and runs the files of that kind. A file whose needs are not met is skipped by name; in CI none may be.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { browserTable } from './browsers/table.ts';
import { clientMatrix } from './clients/matrix.ts';
import { faultTable } from './faults/table.ts';
import { storyTable } from './sts/table.ts';
import {
  ensureSystemPackages,
  withoutNetwork,
  withoutPrograms,
  withPublicAddress,
} from './support/system-packages.ts';
import { usedFiles } from './support/used-files.ts';

interface Kind {
  files: RegExp;
  /** Files at once; most wait for processes, and those of faults/ have several cases under way themselves. */
  concurrency: number;
  /** Minutes that one file may take. */
  longest: number;
  /** Of those files, not the ones that name this, or use a file beside them that does. */
  without?: RegExp;
  /** Where the tests run, if not simply here. */
  within?: (words: readonly string[]) => readonly string[];
}

const quick = /^(?!soak|clients|browsers|sts\/|faults\/(?!oracles)).*\.test\.ts$/;

/** Programs of Debian and what Linux tells of processes; on Windows a shell is as foreign. */
const foreign = process.platform === 'win32' ? /\/usr\/bin\/|\/proc\b|'\/bin\// : /\/usr\/bin\/|\/proc\b/;

const kinds: Record<string, Kind> = {
  '--quick': { files: quick, concurrency: 3, longest: 8 },
  '--portable': { files: quick, concurrency: 3, longest: 8, without: foreign, within: withoutPrograms },
  '--faults': { files: /^faults\/.*\.test\.ts$/, concurrency: 2, longest: 15 },
  // An AWS client that does not find its credentials here would ask for them elsewhere.
  '--clients': {
    files: /^clients\/.*\.test\.ts$/,
    concurrency: 2,
    longest: 15,
    within: withoutNetwork,
  },
  '--sts': { files: /^sts\/.*\.test\.ts$/, concurrency: 2, longest: 5 },
  // A browser's requests to its makers fail at once there; an option against them would change how it connects.
  '--browsers': {
    files: /^browsers\/.*\.test\.ts$/,
    concurrency: 4,
    longest: 10,
    within: withPublicAddress,
  },
  '--soak': { files: /^soak\/.*\.ts$/, concurrency: 3, longest: 20 },
};
const [chosen = '--quick'] = process.argv.slice(2);
const kind = kinds[chosen];
if (!kind) throw new Error(`${chosen} is none of ${Object.keys(kinds)}`);

/** What a test file needs, told by what it uses. Of clients/, all need what every client does; the rest is of single clients. */
const needs: readonly [use: RegExp, parts: RegExp][] = [
  [/stage\.ts|keyring\.ts|fault\.ts/, /keyring|dbus|secret/],
  [/chromium\.ts/, /chromium/],
  [/libfaketime|other-clock/, /faketime/],
  [/runAws/, /aws/],
  [/ini-clients/, /aws|Ruby/],
  [/failing-files|write-recorder/, /^g\+\+$/],
  [/runInTerminal|runProgramInTerminal/, /^script$/],
  [/rgw-stage/, /keyring|dbus|secret|faketime|ceph|rados|setpriv|openssl/],
  [/ordinary-/, /keyring|dbus|secret|faketime|Xvfb|xdg-open|certutil|namespaces/],
  [/ordinary-firefox\.ts/, /firefox/],
  [/client-stage/, /keyring|dbus|secret|namespaces/],
];

const clients = chosen === '--clients';
const browsers = chosen === '--browsers';
const { missing } = kind.without
  ? { missing: [] }
  : await ensureSystemPackages({ clients, browsers, sts: chosen === '--sts' });
const files: string[] = [];
let skipped = 0;
for (const path of readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })) {
  const name = path.replaceAll('\\', '/');
  if (!kind.files.test(name)) continue;
  const file = join(import.meta.dirname, name);
  if (kind.without && usesWhatHas(kind.without, file)) continue;
  const text = readFileSync(file, 'utf8');
  const lacking = missing.filter(({ what }) =>
    needs.some(([use, parts]) => use.test(text) && parts.test(what)),
  );
  if (lacking.length > 0) {
    const parts = lacking.map(({ what, needs: packages }) => `${what} (Debian: ${packages})`);
    console.error(`SKIPPED test/${name}: this machine lacks ${parts.join(', ')}`);
    skipped += 1;
  } else files.push(file);
}
if (clients) {
  process.env.DAYPASS_TEST_LACKS = JSON.stringify(missing.map(({ what }) => what));
  for (const { what, needs: packages } of missing)
    console.error(`this machine lacks ${what} (Debian: ${packages}): what needs it is SKIPPED`);
}
if ((skipped > 0 || (clients && missing.length > 0)) && process.env.CI === 'true') {
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
// Node would look for test files by itself where none is named.
if (files.length > 0) process.exitCode = start(kind.within?.(tests) ?? tests);
if (clients) {
  const { text, skipped: rows, missing } = clientMatrix(table);
  console.log(`\n${text}`);
  for (const [reason, each] of rows) console.error(`SKIPPED, since ${reason}: ${each.join('; ')}`);
  for (const row of missing) console.error(`NO ROW: ${row}`);
  if (missing.length > 0 && skipped === 0) process.exitCode = 1;
}
if (chosen === '--faults') {
  const { text, missing } = faultTable(table);
  console.log(`\n${text}`);
  if (missing.length > 0) {
    console.error(`NOT TRIED: ${missing.join(' ')}`);
    if (skipped === 0) process.exitCode = 1;
  }
}
if (chosen === '--sts') {
  const { text, missing } = storyTable(table);
  console.log(`\n${text}`);
  if (skipped === 0 && missing.length > 0) {
    for (const row of missing) console.error(`NO ROW: ${row}`);
    process.exitCode = 1;
  }
}
if (browsers) {
  const { text, missing } = browserTable(table);
  console.log(`\n${text}`);
  for (const cell of missing) console.error(`NOT TRIED: ${cell}`);
  if (missing.length > 0 && skipped === 0) process.exitCode = 1;
}
if (skipped > 0) console.error(`${skipped} test files were SKIPPED, see above`);

function usesWhatHas(pattern: RegExp, file: string): boolean {
  const tests = [...usedFiles(file)].filter((used) => used.startsWith(import.meta.dirname));
  return tests.some((used) => pattern.test(readFileSync(used, 'utf8')));
}

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
