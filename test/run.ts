// `npm test` and `npm run test:KIND` (see kinds.ts): installs what the tests need where it can, builds, and runs the files of that kind.
//   npm test -- test/store/lock.test.ts   these files alone, each as its kind runs it
//   npm test -- -t NAME                   the tests whose name matches
//   npm test -- --watch                   again whenever a file changes
// A file whose needs are not met is skipped by name; in CI none may be.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildNewest } from './clients/newest.ts';
import { filesOf, type Kind, kinds, nameOf, needsPart } from './kinds.ts';
import { buildPackageParts } from './packages/built.ts';
import { executableUnderTest } from './support/executable-under-test.ts';
import { ensureSystemPackages, type MissingPart } from './support/system-packages.ts';
import { buildSystems } from './systems/machine.ts';
import { buildWindows } from './windows/windows.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { kind: { type: 'string' }, name: { type: 'string', short: 't' }, watch: { type: 'boolean' } },
});
const named = positionals.map((path) => resolve(path));
for (const path of named) if (!existsSync(path)) fail(`there is no test file ${path}`);
const chosen = values.kind ?? (named[0] ? kindOf(named[0]) : 'quick');
const kind = kinds[chosen] ?? fail(`${chosen} is no kind of tests: ${Object.keys(kinds).join(', ')}`);
const whole = named.length === 0 && values.name === undefined && !values.watch;

const { missing } = kind.without ? { missing: [] } : await ensureSystemPackages(chosen);
const folder = mkdtempSync(join(tmpdir(), 'daypass-table-'));
process.on('exit', () => rmSync(folder, { recursive: true }));
const recorded = join(folder, 'table');

const files = (named.length > 0 ? named : filesOf(kind)).sort(longestFirst);
const able = files.filter((file) => lackedBy(file).length === 0);
const skipped = files.filter((file) => !able.includes(file));
for (const file of skipped)
  console.error(`SKIPPED ${relative('', file)}: this machine lacks ${partNames(lackedBy(file))}`);
if (chosen === 'clients') tellClients(missing);
if (process.env.CI === 'true' && (skipped.length > 0 || (chosen === 'clients' && missing.length > 0)))
  fail('nothing may be skipped in CI');

if (chosen === 'clients') {
  // The network is still there: the tests run without one.
  process.env.DAYPASS_TEST_BUILT = JSON.stringify(await buildNewest(missing.map(({ what }) => what)));
  runToEnd('npm', 'ci', '--prefix', join(import.meta.dirname, 'clients/programs'));
}
if (chosen === 'windows' && able.length > 0) process.env.DAYPASS_TEST_BUILT = await buildWindows();
if (chosen === 'systems' && able.length > 0) process.env.DAYPASS_TEST_BUILT = await buildSystems();
if (chosen === 'packages' && able.length > 0) await buildPackageParts();
if (!kind.sourcesAlone) runToEnd(process.execPath, 'scripts/build.mjs');
const tests = [
  process.execPath,
  ...['--import', 'tsx', '--test', '--test-reporter=spec'],
  ...(executableUnderTest ? ['--import', './test/support/leave-out.ts'] : []),
  ...(values.watch ? ['--watch'] : []),
  ...(values.name === undefined ? [] : [`--test-name-pattern=${values.name}`]),
  ...[`--test-concurrency=${kind.concurrency}`, `--test-timeout=${kind.longest * 60_000}`],
  ...able,
];
// Node would look for test files by itself where none is named.
if (able.length > 0) process.exitCode = start(kind.within?.(tests) ?? tests);
if (whole && !tellTable(kind)) process.exitCode = 1;
if (skipped.length > 0) console.error(`${skipped.length} test files were SKIPPED, see above`);

function kindOf(file: string): string {
  const name = nameOf(file);
  const [found] = Object.entries(kinds).find(([, { files }]) => files.test(name)) ?? [];
  return found ?? fail(`${name} is no test file of any kind`);
}

function lackedBy(file: string): MissingPart[] {
  return missing.filter(({ what }) => needsPart(file, what));
}

function partNames(parts: readonly MissingPart[]): string {
  return parts.map(({ what, needs }) => `${what}${needs && ` (Debian: ${needs})`}`).join(', ');
}

/** The files of clients/ skip the rows of the clients that are not there. */
function tellClients(parts: readonly MissingPart[]): void {
  process.env.DAYPASS_TEST_LACKS = JSON.stringify(parts.map(({ what }) => what));
  for (const part of parts)
    console.error(`this machine lacks ${partNames([part])}: what needs it is SKIPPED`);
}

/** Prints the table of the kind; returns whether no row is missing, apart from those of skipped files. */
function tellTable({ table }: Kind): boolean {
  const {
    text,
    missing: rows,
    skipped: skippedRows = new Map(),
  } = table?.(recorded) ?? { text: '', missing: [] };
  if (text) console.log(`\n${text}`);
  for (const [reason, each] of skippedRows) console.error(`SKIPPED, since ${reason}: ${each.join('; ')}`);
  for (const row of rows) console.error(`NOT TRIED: ${row}`);
  return rows.length === 0 || skipped.length > 0;
}

function longestFirst(a: string, b: string): number {
  const weight = (file: string) => [/stories/, /faults/, /concurrency/].findIndex((name) => name.test(file));
  return weight(b) - weight(a);
}

function runToEnd(...words: string[]): void {
  const code = start(words);
  if (code !== 0) process.exit(code);
}

/** Returns the exit code. */
function start([file = '', ...args]: readonly string[]): number {
  const env = { ...process.env, DAYPASS_TEST_TABLE: recorded };
  return spawnSync(file, args, { stdio: 'inherit', env }).status ?? 1;
}

function fail(reason: string): never {
  console.error(reason);
  process.exit(1);
}
