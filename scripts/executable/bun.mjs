// Bun for one target, from the npm registry by the lockfile beside this file, without the names of its variables.
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { ownTarget, targetOf } from './targets.mjs';

const folder = import.meta.dirname;

/**
 * A whole string that names a variable or an option of Bun: those that run code or open files (BUN_OPTIONS,
 * BUN_BE_BUN, BUN_INSPECT…), those that print requests, and the rest, which daypass does not need. SSL_CERT_… add
 * authorities, which Node does not do. JSC_functionOverrides (as BUN_JSC_functionOverrides) replaces functions.
 */
const name = /(?<=\0)(BUN_[A-Z\d_]+|SSL_CERT_(FILE|DIR)|(JSC_)?functionOverrides)(?=\0)/g;

/** The most dangerous ones: a Bun without one of these strings reads it in another way. */
const required = [
  ...['OPTIONS', 'BE_BUN', 'INSPECT', 'INSPECT_CONNECT_TO', 'INSPECT_PRELOAD'].map((end) => `BUN_${end}`),
  ...['BUN_CONFIG_VERBOSE_FETCH', 'BUN_CRASH_REPORT_URL', 'SSL_CERT_FILE', 'SSL_CERT_DIR'],
  'JSC_functionOverrides',
];

/** The address to which Bun sends a report of its own crash, and one of the same length to which nothing is sent. */
const [reports, nowhere] = ['https://bun.report', 'http://127.0.0.1:0'];

/**
 * Returns the bytes of a Bun that no variable configures, of the same length. Throws if the names found are not
 * those that are known of this version.
 * @param {Buffer} bun
 * @param {number} count
 */
export function unconfigurable(bun, count) {
  // One byte is one character, so that positions are the same.
  const text = bun.toString('latin1');
  const found = [...text.matchAll(name)];
  const names = found.map(([each]) => each);
  const missing = required.filter((each) => !names.includes(each));
  if (found.length !== count || missing.length > 0)
    throw new Error(
      `this Bun has ${found.length} names instead of ${count}, and lacks ${missing.join(', ') || 'none'}`,
    );
  const result = Buffer.from(bun);
  // No variable's name can contain NUL, and no name is empty. The rest stays, because the linker lets strings share
  // their end: that of BUN_OPTIONS is the method OPTIONS of HTTP.
  for (const { index, 0: each } of found) result.fill(0, index, index + (each.startsWith('JSC_') ? 8 : 4));
  const address = text.split(reports).length - 1;
  if (address !== 1) throw new Error(`this Bun has the address of its reports ${address} times`);
  result.write(nowhere, text.indexOf(reports), 'latin1');
  return result;
}

/**
 * Packs the files in the folder `parts` into an executable for the target, whose path is `made`. Bun downloads
 * nothing here, since it gets the program to which it adds them.
 * @param {string} target
 * @param {string} parts
 * @param {{ entries: string[], assets: string[], made: string }} what
 */
export function compile(target, parts, { entries, assets, made }) {
  const { bun, names, ending } = targetOf(target);
  const base = join(parts, `bun${ending}`);
  writeFileSync(base, unconfigurable(readFileSync(bunOf(target)), names), { mode: 0o755 });
  const options = [
    ...[
      '--compile',
      '--bytecode',
      '--format=cjs',
      `--target=bun-${bun}`,
      `--compile-executable-path=${base}`,
    ],
    ...['dotenv', 'bunfig', 'tsconfig', 'package-json'].map((file) => `--no-compile-autoload-${file}`),
    ...assets.flatMap((asset) => ['--asset', asset]),
    ...['--outfile', made],
  ];
  execFileSync(bunOf(ownTarget()), ['build', ...entries, ...options], {
    ...aloneIn(parts),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

/**
 * Returns the versions of Bun and of the libraries in it. `folder` must contain no file that configures Bun.
 * @param {string} folder
 * @returns {Record<string, string>}
 */
export function versionsOfBun(folder) {
  const words = ['--print', 'JSON.stringify(process.versions)'];
  return JSON.parse(execFileSync(bunOf(ownTarget()), words, { ...aloneIn(folder), encoding: 'utf8' }));
}

/**
 * Returns the options of a run of Bun that no variable and no setting of the builder changes.
 * @param {string} folder where it runs; it must contain no file that configures Bun
 */
function aloneIn(folder) {
  return { cwd: folder, env: { PATH: '', HOME: folder, TMPDIR: folder } };
}

/**
 * Returns the path of Bun for this target, and installs it if it is not there.
 * @param {string} target
 */
function bunOf(target) {
  const { bun, npm, ending } = targetOf(target);
  const lock = readFileSync(join(folder, 'package-lock.json'), 'utf8');
  const { version } = JSON.parse(lock).packages[`node_modules/@oven/bun-${bun}`];
  const installed = join(folder, 'node_modules', `${version}-${target}`);
  const path = join(installed, `node_modules/@oven/bun-${bun}/bin/bun${ending}`);
  if (existsSync(path)) return path;
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  const fresh = mkdtempSync(join(folder, 'node_modules/.install-'));
  try {
    for (const file of ['package.json', 'package-lock.json'])
      copyFileSync(join(folder, file), join(fresh, file));
    // npm compares the package with the integrity in the lockfile, and skips those of other systems.
    const words = ['ci', '--prefix', fresh, '--ignore-scripts', '--no-audit', ...npm];
    execFileSync('npm', words, {
      stdio: ['ignore', 'ignore', 'inherit'],
      shell: process.platform === 'win32',
    });
    // Another build may have installed the same meanwhile.
    if (!existsSync(installed)) renameSync(fresh, installed);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return path;
}
