// The parts of a release (SBOM), as CycloneDX: for the npm package from package-lock.json, and for the executables with
// Bun and its libraries. Usage: node scripts/release/sbom.mjs FOLDER
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { versionsOfBun } from '../executable/bun.mjs';
import { libraries, polyfills } from '../executable/bun-libraries.mjs';
import { fault } from './fault.mjs';

/**
 * @typedef {object} Component
 * @property {string} type
 * @property {string} name
 * @property {string} [version]
 * @property {string} [bom-ref]
 * @property {string} [purl]
 * @property {{ license?: { id?: string, name?: string }, expression?: string }[]} [licenses]
 * @property {{ alg: string, content: string }[]} [hashes]
 * @property {{ type: string, url: string }[]} [externalReferences]
 *
 * @typedef {object} Sbom
 * @property {string} bomFormat
 * @property {string} specVersion
 * @property {string} serialNumber
 * @property {{ component: Component }} metadata
 * @property {Component[]} components
 * @property {{ ref: string, dependsOn?: string[] }[]} dependencies
 */

/**
 * Returns the parts of the npm package. npm gets a lockfile without the others: with `--omit dev` it leaves out each
 * package on which a tool for development depends too, which are 43 of 119.
 * @param {string} root
 * @returns {Sbom}
 */
export function packageSbom(root) {
  const about = read(root, 'package.json');
  const lock = read(root, 'package-lock.json');
  const workshop = mkdtempSync(join(tmpdir(), 'daypass-sbom-'));
  try {
    // npm names the package by its folder.
    const folder = join(workshop, about.name);
    mkdirSync(folder);
    write(folder, 'package.json', { ...about, scripts: {}, devDependencies: {} });
    const { '': own, ...others } = lock.packages;
    const used = Object.entries(others).filter(([, locked]) => isUsed(locked));
    const packages = Object.fromEntries([['', { ...own, devDependencies: {} }], ...used]);
    write(folder, 'package-lock.json', { ...lock, packages });
    const words = ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application', '--package-lock-only'];
    const options = { cwd: folder, maxBuffer: 100_000_000, shell: process.platform === 'win32' };
    return JSON.parse(execFileSync('npm', words, { ...options, encoding: 'utf8' }));
  } finally {
    rmSync(workshop, { recursive: true });
  }
}

/**
 * Returns the parts of the executables.
 * @param {Sbom} sbom that of the npm package
 * @param {Readonly<Record<string, string>>} versions `process.versions` of Bun
 * @returns {Sbom}
 */
export function executableSbom(sbom, versions) {
  const bun = versions.bun ?? '';
  const own = sbom.metadata.component['bom-ref'] ?? '';
  /** @type {Component[]} */
  const parts = [
    {
      type: 'platform',
      name: 'bun',
      version: bun,
      'bom-ref': `bun@${bun}`,
      purl: `pkg:github/oven-sh/bun@bun-v${bun}`,
      licenses: [{ license: { id: 'MIT' } }],
    },
    ...libraries.map(({ name, licences, source, version: key }) => ({
      type: 'library',
      name,
      'bom-ref': `bun/${name}`,
      ...(key && versions[key] ? { version: versions[key] } : {}),
      licenses: licences.map((id) => ({ license: { id } })),
      externalReferences: [{ type: 'vcs', url: source }],
    })),
    ...polyfills.map((name) => ({
      type: 'library',
      name,
      'bom-ref': `bun/npm/${name}`,
      purl: `pkg:npm/${name.replace('@', '%40')}`,
      licenses: [{ license: { id: 'MIT' } }],
    })),
  ];
  const within = parts.slice(1).map((part) => part['bom-ref'] ?? '');
  return {
    ...sbom,
    serialNumber: `urn:uuid:${crypto.randomUUID()}`,
    components: [...sbom.components, ...parts],
    dependencies: [
      ...sbom.dependencies.map(({ ref, dependsOn = [] }) =>
        ref === own ? { ref, dependsOn: [...dependsOn, `bun@${bun}`] } : { ref, dependsOn },
      ),
      { ref: `bun@${bun}`, dependsOn: within },
      ...within.map((ref) => ({ ref, dependsOn: [] })),
    ],
  };
}

/**
 * Returns the faults in the parts of the npm package: in their form, and differences from package-lock.json.
 * @param {string} root
 * @param {Sbom} sbom
 */
export function sbomFaults(root, sbom = packageSbom(root)) {
  const fix = 'run node scripts/release/sbom.mjs FOLDER, and compare its files with package-lock.json';
  const wrong = formFaults(sbom).map((text) => fault(`the SBOM is not valid: ${text}`, fix));
  if (wrong.length > 0) return wrong;
  const { name, version } = read(root, 'package.json');
  const { '': _, ...others } = read(root, 'package-lock.json').packages;
  const locked = Object.entries(others).filter(([, each]) => isUsed(each));
  const wanted = new Set(
    locked.map(([path, each]) => purlOf(each.name ?? path.replace(/^.*node_modules\//, ''), each.version)),
  );
  const found = new Set(sbom.components.map(({ purl }) => purl ?? ''));
  const { component } = sbom.metadata;
  return [
    ...(component.purl === purlOf(name, version) && component.name === name
      ? []
      : [fault(`the SBOM is of ${component.name} (${component.purl}), not of ${name} ${version}`, fix)]),
    ...[...wanted].filter((purl) => !found.has(purl)).map((purl) => fault(`the SBOM lacks ${purl}`, fix)),
    ...[...found]
      .filter((purl) => !wanted.has(purl))
      .map((purl) => fault(`the SBOM has ${purl}, and package-lock.json does not`, fix)),
  ];
}

/**
 * Returns what CycloneDX 1.5 requires of these parts and they lack. https://cyclonedx.org/docs/1.5/json/
 * @param {Sbom} sbom
 */
export function formFaults(sbom) {
  /** @type {string[]} */
  const faults = [];
  /** @type {(holds: boolean, text: string) => void} */
  const check = (holds, text) => void (holds || faults.push(text));
  const { bomFormat, specVersion, serialNumber, metadata, components = [], dependencies = [] } = sbom;
  check(bomFormat === 'CycloneDX', `bomFormat is ${bomFormat}`);
  check(/^1\.[5-9]$/.test(specVersion), `specVersion is ${specVersion}`);
  check(
    /^urn:uuid:[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(serialNumber),
    `serialNumber is ${serialNumber}`,
  );
  const parts = [...(metadata?.component ? [metadata.component] : []), ...components];
  check(parts.length > components.length, 'metadata has no component');
  check(components.length > 0, 'there are no components');
  for (const { type, name, licenses = [], hashes = [] } of parts) {
    check(['application', 'library', 'platform'].includes(type), `the type of ${name} is ${type}`);
    check(Boolean(name), 'a component has no name');
    check(licenses.length > 0, `${name} has no licence`);
    for (const { alg, content } of hashes)
      check(alg === 'SHA-512' && /^[\da-f]{128}$/.test(content), `the hash of ${name} is ${alg} ${content}`);
  }
  const refs = parts.map((part) => part['bom-ref'] ?? '');
  check(new Set(refs).size === refs.length, 'two components have the same bom-ref');
  for (const { ref, dependsOn = [] } of dependencies)
    for (const each of [ref, ...dependsOn])
      check(refs.includes(each), `no component has the bom-ref ${each}`);
  return faults;
}

/** @param {any} locked an entry of a lockfile */
function isUsed({ dev, link }) {
  return !dev && !link;
}

/**
 * Returns the address of an npm package. https://github.com/package-url/purl-spec
 * @param {string} name
 * @param {string} version
 */
function purlOf(name, version) {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

/** @type {(folder: string, name: string) => any} */
function read(folder, name) {
  return JSON.parse(readFileSync(join(folder, name), 'utf8'));
}

/** @type {(folder: string, name: string, content: object) => void} */
function write(folder, name, content) {
  writeFileSync(join(folder, name), `${JSON.stringify(content, null, 2)}\n`);
}

if (process.argv[1] === import.meta.filename) {
  const [, , folder] = process.argv;
  if (!folder) throw new Error('usage: node scripts/release/sbom.mjs FOLDER');
  const root = resolve(import.meta.dirname, '../..');
  mkdirSync(folder, { recursive: true });
  const empty = mkdtempSync(join(tmpdir(), 'daypass-bun-'));
  const versions = versionsOfBun(empty);
  rmSync(empty, { recursive: true });
  const sbom = packageSbom(root);
  const { version } = read(root, 'package.json');
  const made = { npm: sbom, executable: executableSbom(sbom, versions) };
  for (const [kind, content] of Object.entries(made)) {
    const faults = formFaults(content);
    if (faults.length > 0) throw new Error(`the SBOM is not valid: ${faults.join('; ')}`);
    const name = `daypass-${version}-${kind}.cdx.json`;
    write(folder, name, content);
    console.log(join(folder, name));
  }
}
