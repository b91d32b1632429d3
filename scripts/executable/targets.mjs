// The systems for which the single executable can be built.

/**
 * @typedef {object} Target
 * @property {string} bun the name in Bun's packages and in its --target
 * @property {string} keytar the folder in keytar's prebuilds
 * @property {string[]} npm what selects Bun's package, of all that the lockfile names
 * @property {number} names how many names of Bun's variables its binary holds (bun.mjs)
 * @property {string} ending
 */

/** @type {(bun: string, keytar: string, npm: string, names: number) => Target} */
const target = (bun, keytar, npm, names) => ({
  bun,
  keytar,
  npm: npm.split(' '),
  names,
  ending: bun.startsWith('windows') ? '.exe' : '',
});

/** @type {Readonly<Record<string, Target>>} */
export const targets = {
  'linux-x64': target('linux-x64', 'linux-x64', '--os=linux --cpu=x64 --libc=glibc', 97),
  'linux-arm64': target('linux-aarch64', 'linux-arm64', '--os=linux --cpu=arm64 --libc=glibc', 98),
  'linux-x64-musl': target('linux-x64-musl', 'linuxmusl-x64', '--os=linux --cpu=x64 --libc=musl', 96),
  'linux-arm64-musl': target(
    'linux-aarch64-musl',
    'linuxmusl-arm64',
    '--os=linux --cpu=arm64 --libc=musl',
    97,
  ),
  'darwin-arm64': target('darwin-aarch64', 'darwin-arm64', '--os=darwin --cpu=arm64', 96),
  'darwin-x64': target('darwin-x64', 'darwin-x64', '--os=darwin --cpu=x64', 96),
  'windows-x64': target('windows-x64', 'win32-x64', '--os=win32 --cpu=x64', 86),
  'windows-arm64': target('windows-aarch64', 'win32-arm64', '--os=win32 --cpu=arm64', 86),
};

/**
 * Returns the target of this name. Throws if there is none.
 * @param {string} name
 */
export function targetOf(name) {
  const found = targets[name];
  if (!found) throw new Error(`${name} is no target: ${Object.keys(targets).join(', ')}, all`);
  return found;
}

/** Returns the name of the target of this machine. */
export function ownTarget() {
  const { platform, arch } = process;
  const report = /** @type {any} */ (process.report?.getReport());
  const musl = platform === 'linux' && !report?.header?.glibcVersionRuntime ? '-musl' : '';
  return `${platform === 'win32' ? 'windows' : platform}-${arch}${musl}`;
}
