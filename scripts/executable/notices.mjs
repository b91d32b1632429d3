// Collects the notices and licence texts of all parts of the executable, to ship them beside it. The build
// fails if the licence of a package or of a part of Bun is not known here.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { libraries, noLibraries, polyfills } from './bun-libraries.mjs';

/** SPDX identifiers of the licences that an npm package in the executable may have. */
const accepted = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT'];

/** Packages that the bundles do not name: keytar's binding is a separate file and contains node-addon-api. */
const besideBundles = ['node_modules/keytar', 'node_modules/node-addon-api'];

const rule = `\n\n${'='.repeat(78)}\n`;

/**
 * Returns the text of all notices. Throws if a part has no known licence, or no text of its licence.
 * @param {readonly string[]} inputs the bundled files, as esbuild's metafile names them
 * @param {Readonly<Record<string, string>>} versions `process.versions` of Bun
 */
export function notices(inputs, versions) {
  const folders = [...packagesOf(inputs), ...besideBundles];
  const head =
    'The single executable of daypass contains the following software, each under its own licence.';
  const parts = [head, bunNotice(versions), ...packageNotices(folders), xdgOpenNotice(), ...licenceTexts()];
  return `${parts.join(rule).replaceAll('\r', '')}\n`;
}

/**
 * Returns the folders of the npm packages to which the files belong.
 * @param {readonly string[]} inputs
 */
export function packagesOf(inputs) {
  const folders = inputs.map((path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0]);
  return [...new Set(folders)].filter((folder) => folder !== undefined).sort();
}

/**
 * Returns a notice for each licence text, with the packages that contain it. Throws one error that names every
 * package without a known licence or its text.
 * @param {readonly string[]} folders
 */
export function packageNotices(folders) {
  const packages = folders.map((folder) => {
    const about = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const { name, version, license = 'none', repository } = about;
    return { name, version, license, source: repository?.url ?? repository ?? '', text: textIn(folder) };
  });
  /** @type {string[]} */
  const faults = [];
  /** @type {Map<string, string[]>} */
  const headings = new Map();
  for (const { name, version, license, source, text } of packages) {
    // Some packages lack the licence file of their repository, and another package from there has it.
    const sibling = packages.find((each) => each.text && each.source === source && each.license === license);
    if (!accepted.includes(license)) faults.push(`the licence of ${name} is not known: ${license}`);
    else if (!text && !(source && sibling)) faults.push(`${name} contains no text of its licence`);
    const licence = text || (sibling?.text ?? '');
    const heading = `${name} ${version}, ${license}\n${source}`;
    headings.set(licence, [...(headings.get(licence) ?? []), heading]);
  }
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return [...headings].map(([licence, each]) => `${each.join('\n')}\n\n${licence}`);
}

/**
 * Returns the licence and the notices in the folder of a package, or an empty string.
 * @param {string} folder
 */
function textIn(folder) {
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|(copyright)?notice)/i.test(file));
  return files
    .sort()
    .map((file) => readFileSync(join(folder, file), 'utf8').trim())
    .join('\n\n');
}

/**
 * Returns the notice of xdg-open, the script that opens browsers on Linux: the comment at its beginning.
 * Throws if the comment contains no licence.
 */
function xdgOpenNotice() {
  const comment = /#-+\n(.*?)#-+\n/s.exec(readFileSync('node_modules/open/xdg-open', 'utf8'))?.[1];
  if (!comment?.includes('Permission is hereby granted')) throw new Error('xdg-open contains no licence');
  return comment.replaceAll(/^# {0,3}/gm, '').trim();
}

/**
 * Returns the notice of Bun and of its libraries. Throws if this Bun has a library that is not in the list.
 * @param {Readonly<Record<string, string>>} versions
 */
export function bunNotice(versions) {
  const known = [...noLibraries, ...libraries.map(({ version }) => version)];
  const others = Object.keys(versions).filter((name) => !known.includes(name));
  if (others.length > 0)
    throw new Error(`the licence of these parts of Bun is not known: ${others.join(', ')}`);
  const { bun, webkit } = versions;
  const rows = libraries.map(({ name, licences, copyright, source, version }) => {
    const revision = version === undefined ? '' : ` ${versions[version] ?? ''}`;
    return `${name}${revision}\n  ${licences.join(', ')}\n  ${copyright}\n  ${source}`;
  });
  return `Bun ${bun}, MIT
Copyright (c) Oven and contributors
https://github.com/oven-sh/bun/tree/bun-v${bun}

Bun contains JavaScriptCore and other parts of WebKit (GNU Library General Public License, version 2) and TinyCC
(GNU Lesser General Public License, version 2.1). You may change these libraries and use the executable with your
version. You may also analyse the executable to find errors in such changes. Their sources are:

  WebKit  https://github.com/oven-sh/WebKit/tree/${webkit}
  TinyCC  https://github.com/oven-sh/tinycc/tree/${versions.tinycc}

To build the executable with a changed library:

1. Clone Bun from the address above. Clone the changed WebKit into vendor/WebKit of that clone.
2. Run \`bun run build:local\` there. This compiles WebKit and links Bun with it.
3. In the sources of daypass, replace Bun in scripts/executable/node_modules with the new Bun, and run
   \`npm run build:executable\`. If the build reports another number of names in Bun, correct that number in
   scripts/executable/targets.mjs.

Bun contains these libraries. Each entry has the version, licence, copyright and source. The texts of the licences
are at the end of this file.

${rows.join('\n\n')}

Bun also contains these npm packages under the MIT licence, and the packages on which they depend, if they are not named
above. Their copyright is at https://www.npmjs.com/package/NAME:
${polyfills.join(', ')}.

Bun's parser of JavaScript and CSS is a port of esbuild (MIT, Copyright (c) 2020 Evan Wallace,
https://github.com/evanw/esbuild).`;
}

/** Returns the licence texts of Bun and its libraries. Throws if one is missing. */
function licenceTexts() {
  const names = new Set(['MIT', ...libraries.flatMap(({ licences }) => licences)]);
  return [...names].sort().map((name) => {
    const file = join(import.meta.dirname, 'licences', `${name}.txt`);
    if (!existsSync(file)) throw new Error(`there is no text of the licence ${name}`);
    return `The text of ${name}\n\n${readFileSync(file, 'utf8').trimEnd()}`;
  });
}
