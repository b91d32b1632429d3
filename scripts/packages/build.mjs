// Builds dist-packages/ from the single executable: for each target a tarball, for Linux with glibc also a .deb and an
// .rpm, then SHA256SUMS, and the Homebrew formula and the Dockerfile if their tarballs are there. Usage:
// `npm run build:packages [-- --target T …]`, with a system of ../executable/targets.mjs or `all`; `--executables F` for
// a folder of executables that are built, `--folder F` for another folder. It needs tar, gzip, dpkg-deb and rpmbuild
// (Debian: dpkg, rpm). The same sources give the same bytes: SOURCE_DATE_EPOCH is the time of all files, by default
// that of the commit.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ownTarget, targetOf, targets } from '../executable/targets.mjs';
import { sha256Of, sumLines } from '../release/checksums.mjs';
import { completionsOf, executablesIn, licencesOf, manualPage, timeOfSources } from './contents.mjs';
import { buildDeb } from './deb.mjs';
import { factsOf } from './facts.mjs';
import { buildRpm } from './rpm.mjs';
import { buildTarball, tarballName } from './tarball.mjs';
import { filled, placeholdersOf } from './template.mjs';

const { values } = parseArgs({
  options: {
    target: { type: 'string', multiple: true },
    executables: { type: 'string' },
    folder: { type: 'string' },
  },
});
const { target: named = [ownTarget()], folder: place = 'dist-packages' } = values;
const wanted = named.includes('all') ? Object.keys(targets) : named;
for (const name of wanted) targetOf(name);

const folder = resolve(place);
mkdirSync(folder, { recursive: true });
const workshop = mkdtempSync(join(tmpdir(), 'daypass-packages-'));
process.on('exit', () => rmSync(workshop, { recursive: true, force: true }));

const executables = executablesIn(values.executables, [...new Set([...wanted, ownTarget()])], workshop);
const facts = factsOf(timeOfSources());
const common = {
  ...licencesOf(executables.folder),
  manual: manualPage(),
  completions: completionsOf(executables.of(ownTarget()), workshop),
};

/** @type {Record<string, string>} */
const sums = {};
for (const name of wanted) {
  const contents = { ...common, target: name, executable: executables.of(name) };
  add(buildTarball(contents, facts, { workshop, folder }));
  if (/^linux-(x64|arm64)$/.test(name)) {
    add(buildDeb(contents, facts, { workshop, folder }));
    add(buildRpm(contents, facts, { workshop, folder }));
  }
}
write('SHA256SUMS', sumLines(sums));
for (const template of ['homebrew/daypass.rb', 'docker/Dockerfile']) {
  const text = readFileSync(resolve(import.meta.dirname, '../../packages', template), 'utf8');
  const sumOf = Object.fromEntries(
    Object.keys(targets).flatMap((name) => {
      const sum = sums[tarballName(name, facts)];
      return sum ? [[`sha256:${name}`, sum]] : [];
    }),
  );
  const given = { ...facts.words, ...sumOf };
  // The sums of other targets belong to another run.
  if (placeholdersOf(text).every((word) => word in given || !word.startsWith('sha256:')))
    write(template.replace(/^.*\//, ''), filled(text, given));
}

/** @param {string} file */
function add(file) {
  sums[file] = sha256Of(join(folder, file));
  console.log(join(place, file));
}

/**
 * @param {string} file
 * @param {string} text
 */
function write(file, text) {
  writeFileSync(join(folder, file), text);
  console.log(join(place, file));
}
