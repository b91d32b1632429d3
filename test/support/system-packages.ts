import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { basename, join } from 'node:path';

export interface MissingPart {
  what: string;
  /** The Debian packages that contain it, or '' if Debian 12 has none of this version. */
  needs: string;
}

const architecture = process.arch === 'arm64' ? 'aarch64' : 'x86_64';

/** Debian's library that changes the clock of a process. */
export const libfaketime = `/usr/lib/${architecture}-linux-gnu/faketime/libfaketime.so.1`;

const libsecret = `/usr/lib/${architecture}-linux-gnu/libsecret-1.so.0`;

const parts: ReadonlyArray<MissingPart & { isThere: () => boolean }> = [
  { what: '/usr/bin/chromium', needs: 'chromium fonts-dejavu-core', isThere: program('/usr/bin/chromium') },
  { what: 'gnome-keyring-daemon', needs: 'gnome-keyring', isThere: program('/usr/bin/gnome-keyring-daemon') },
  { what: 'dbus-daemon', needs: 'dbus dbus-daemon', isThere: program('/usr/bin/dbus-daemon') },
  { what: 'dbus-send', needs: 'dbus', isThere: program('/usr/bin/dbus-send') },
  { what: 'secret-tool', needs: 'libsecret-tools', isThere: program('/usr/bin/secret-tool') },
  { what: 'libsecret-1.so.0', needs: 'libsecret-1-0', isThere: () => hasLibrary('libsecret-1.so.0') },
  { what: 'strace', needs: 'strace', isThere: program('/usr/bin/strace') },
  { what: '/usr/bin/aws', needs: 'awscli', isThere: program('/usr/bin/aws') },
  {
    what: 'Ruby with the AWS SDK',
    needs: 'ruby ruby-aws-sdk-core',
    isThere: runs('/usr/bin/ruby', '-e', 'require "aws-sdk-core"'),
  },
  { what: 'libfaketime', needs: 'faketime', isThere: () => existsSync(libfaketime) },
  { what: 'g++', needs: 'g++', isThere: program('/usr/bin/g++') },
  { what: 'dash', needs: 'dash', isThere: program('/usr/bin/dash') },
  { what: 'zsh', needs: 'zsh', isThere: program('/usr/bin/zsh') },
  { what: 'fish', needs: 'fish', isThere: program('/usr/bin/fish') },
  { what: 'script', needs: 'bsdutils', isThere: program('/usr/bin/script') },
  { what: 'jq', needs: 'jq', isThere: program('/usr/bin/jq') },
  {
    what: 'BusyBox',
    needs: 'busybox-static',
    isThere: () => existsSync('/bin/busybox') || existsSync('/usr/bin/busybox'),
  },
];

/** More parts for `npm test`. */
const quickParts: typeof parts = [
  { what: 'man', needs: 'man-db', isThere: runs('/usr/bin/man', '--version') },
  { what: 'mandoc', needs: 'mandoc', isThere: program('/usr/bin/mandoc') },
  {
    what: 'Terraform 1.5 or newer',
    needs: '',
    isThere: tells(/Terraform v(1\.([5-9]|\d\d)|[2-9]|\d\d)/, 'terraform', 'version'),
  },
];

/** More parts for `npm run test:clients`. */
const clientParts: typeof parts = [
  { what: 'boto3', needs: 'python3-boto3', isThere: runs('/usr/bin/python3', '-c', 'import boto3') },
  { what: 'awscrt', needs: 'python3-awscrt', isThere: runs('/usr/bin/python3', '-c', 'import awscrt') },
  { what: 'Go', needs: 'golang-go', isThere: program('/usr/bin/go') },
  {
    what: "Go's SDK v1",
    needs: 'golang-github-aws-aws-sdk-go-dev',
    isThere: () => existsSync('/usr/share/gocode/src/github.com/aws/aws-sdk-go'),
  },
  {
    what: "Go's SDK v2",
    needs: 'golang-github-aws-aws-sdk-go-v2-dev',
    isThere: () => existsSync('/usr/share/gocode/src/github.com/aws/aws-sdk-go-v2'),
  },
  { what: 'Go 1.24 or newer', needs: '', isThere: tells(/go1\.(2[4-9]|[3-9]\d)/, 'go', 'version') },
  {
    what: 'Rust 1.94 or newer',
    needs: '',
    isThere: tells(/cargo 1\.(9[4-9]|\d{3})/, 'cargo', '--version'),
  },
  {
    what: 'Maven and a JDK',
    needs: 'maven default-jdk-headless',
    isThere: () => ['java', 'javac', 'mvn'].every((name) => program(`/usr/bin/${name}`)()),
  },
  {
    what: "Python's venv",
    needs: 'python3-venv',
    isThere: runs('/usr/bin/python3', '-c', 'import venv, ensurepip'),
  },
  { what: 'PHP', needs: 'php-cli', isThere: program('/usr/bin/php') },
  { what: 'rclone', needs: 'rclone', isThere: program('/usr/bin/rclone') },
  { what: 'restic', needs: 'restic', isThere: program('/usr/bin/restic') },
  {
    what: 'network namespaces',
    needs: 'iproute2 util-linux',
    isThere: runs(...withoutNetwork(['/bin/true'])),
  },
];

/** More parts for `npm run test:sts`. */
const stsParts: typeof parts = [
  { what: 'ceph-mon', needs: 'ceph-mon', isThere: program('/usr/bin/ceph-mon') },
  { what: 'ceph-osd', needs: 'ceph-osd', isThere: program('/usr/bin/ceph-osd') },
  { what: 'radosgw', needs: 'radosgw', isThere: program('/usr/bin/radosgw') },
  { what: 'radosgw-admin', needs: 'ceph-common', isThere: program('/usr/bin/radosgw-admin') },
  { what: 'setpriv', needs: 'util-linux', isThere: program('/usr/bin/setpriv') },
  { what: 'openssl', needs: 'openssl', isThere: program('/usr/bin/openssl') },
];

/** More parts for `npm run test:accounts`. */
const accountParts: typeof parts = [
  { what: 'useradd', needs: 'passwd', isThere: program('/usr/sbin/useradd') },
  { what: 'sshd', needs: 'openssh-server openssh-client', isThere: program('/usr/sbin/sshd') },
  { what: 'unshare', needs: 'util-linux', isThere: program('/usr/bin/unshare') },
];

/** More parts for `npm run test:windows`. */
const windowsParts: typeof parts = [
  { what: 'mmdebstrap', needs: 'mmdebstrap', isThere: program('/usr/bin/mmdebstrap') },
  {
    what: 'a processor with the instructions of x86-64',
    needs: '',
    isThere: () => process.arch === 'x64',
  },
  {
    what: 'namespaces of its own, as root',
    needs: 'iproute2 util-linux',
    isThere: () => process.getuid?.() === 0 && runs(...inOwnMachine(['/bin/true']))(),
  },
];

/** More parts for `npm run test:systems`. */
const systemParts: typeof parts = [
  ...windowsParts,
  { what: 'qemu-aarch64', needs: 'qemu-user', isThere: program('/usr/bin/qemu-aarch64') },
  { what: 'musl', needs: 'musl', isThere: () => existsSync('/lib/ld-musl-x86_64.so.1') },
  {
    what: "Python's venv",
    needs: 'python3-venv',
    isThere: runs('/usr/bin/python3', '-c', 'import venv, ensurepip'),
  },
];

/** More parts for `npm run test:packages`. */
const packageParts: typeof parts = [
  ...windowsParts,
  { what: 'rpmbuild', needs: 'rpm', isThere: program('/usr/bin/rpmbuild') },
  { what: 'useradd', needs: 'passwd', isThere: program('/usr/sbin/useradd') },
  {
    what: "Python's venv",
    needs: 'python3-venv',
    isThere: runs('/usr/bin/python3', '-c', 'import venv, ensurepip'),
  },
];

/** An address for documentation (RFC 5737). Browsers treat it as public, and no other host has it. */
export const publicAddress = '203.0.113.10';

/** The parts that `npm run test:faults` needs beside `parts`. */
const faultParts: typeof parts = [
  { what: 'keepassxc', needs: 'keepassxc', isThere: program('/usr/bin/keepassxc') },
  { what: 'Xvfb', needs: 'xvfb', isThere: program('/usr/bin/Xvfb') },
  {
    what: 'kwalletd5',
    needs: 'libkf5wallet-bin libqca-qt5-2-plugins python3-minimal',
    isThere: runs(
      '/bin/sh',
      '-c',
      'test -x /usr/bin/kwalletd5 && test -e /usr/lib/*/qca-qt5/crypto/libqca-ossl.so',
    ),
  },
];

/** The parts that `npm run test:browsers` needs beside `parts`. */
const browserParts: typeof parts = [
  { what: 'firefox-esr', needs: 'firefox-esr', isThere: program('/usr/bin/firefox-esr') },
  { what: 'Xvfb', needs: 'xvfb', isThere: program('/usr/bin/Xvfb') },
  { what: 'xdg-open', needs: 'xdg-utils', isThere: program('/usr/bin/xdg-open') },
  { what: 'certutil', needs: 'libnss3-tools', isThere: program('/usr/bin/certutil') },
  {
    what: 'network namespaces',
    needs: 'iproute2 util-linux',
    isThere: runs(...withPublicAddress(['/bin/true'])),
  },
];

/** Returns the command in a network namespace that has only loopback. */
export function withoutNetwork(words: readonly string[]): readonly string[] {
  return inNetworkOf([], words);
}

/**
 * Returns the command in a network that has only loopback, and with mounts and processes that all end with it. Only
 * root can run it.
 */
export function inOwnMachine(words: readonly string[]): readonly string[] {
  const unshare = ['/usr/bin/unshare', '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  // The shell stays, as process 1, and takes up the processes that lose their parent.
  return [...unshare, '/bin/sh', '-c', '/usr/sbin/ip link set lo up && "$@"; exit $?', 'sh', ...words];
}

/** Returns the command with mounts and processes that all end with it. Only root can run it. */
export function inOwnMounts(words: readonly string[]): readonly string[] {
  const unshare = ['/usr/bin/unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  return [...unshare, '/bin/sh', '-c', '"$@"; exit $?', 'sh', ...words];
}

/** Runs these words where nothing can be reached but loopback and `publicAddress`, which is this machine too. */
export function withPublicAddress(words: readonly string[]): readonly string[] {
  const pair = 'link add public type veth peer name public-end';
  const commands = [
    pair,
    `addr add ${publicAddress}/24 dev public`,
    'link set public-end up',
    'link set public up',
  ];
  return inNetworkOf(commands, words);
}

function inNetworkOf(commands: readonly string[], words: readonly string[]): readonly string[] {
  const unshare = ['/usr/bin/unshare', '--net', ...(process.getuid?.() === 0 ? [] : ['--map-root-user'])];
  const steps = ['link set lo up', ...commands].map((command) => `/usr/sbin/ip ${command}`);
  return [...unshare, '/bin/sh', '-c', [...steps, 'exec "$@"'].join(' && '), 'sh', ...words];
}

/**
 * Returns the command in an environment that hides the parts above, except for a shell. Without root it
 * cannot hide them.
 */
export function withoutPrograms(words: readonly string[]): readonly string[] {
  const namespace = ['/usr/bin/unshare', '--mount'];
  if (process.getuid?.() !== 0 || !runs(...namespace, '/bin/true')()) return words;
  const paths = [
    ...parts.filter(({ what }) => what !== 'dash').map(({ what }) => join('/usr/bin', basename(what))),
    libfaketime,
    libsecret,
  ].filter((path) => existsSync(path));
  const hide = paths.map((path) => `mount --bind /dev/null ${path}`);
  return [...namespace, '/bin/sh', '-c', [...hide, 'exec "$@"'].join(' && '), 'sh', ...words];
}

/**
 * Finds the programs that the tests need, and installs missing ones as root on Debian. Returns the parts that
 * are still missing.
 */
export async function ensureSystemPackages(kind: string): Promise<{ missing: MissingPart[] }> {
  const wanted = [...parts, ...(partsOfKind[kind] ?? [])];
  const missing = missingParts(wanted);
  if (missing.length === 0 || process.getuid?.() !== 0 || !program('/usr/bin/apt-get')()) return { missing };
  const packages = [...new Set(missing.flatMap(({ needs }) => needs.split(' ').filter(Boolean)))];
  if (packages.length === 0) return { missing };
  console.error(`installing ${packages.join(' ')} for the tests`);
  install(packages);
  return { missing: missingParts(wanted) };
}

const partsOfKind: Readonly<Record<string, typeof parts>> = {
  quick: quickParts,
  clients: clientParts,
  faults: faultParts,
  browsers: browserParts,
  sts: stsParts,
  accounts: accountParts,
  windows: windowsParts,
  systems: systemParts,
  packages: packageParts,
};

function missingParts(wanted: typeof parts): MissingPart[] {
  return wanted.filter(({ isThere }) => !isThere()).map(({ what, needs }) => ({ what, needs }));
}

function program(path: string): () => boolean {
  return () => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  };
}

function hasLibrary(name: string): boolean {
  return spawnSync('/sbin/ldconfig', ['-p'], { encoding: 'utf8' }).stdout?.includes(name) ?? false;
}

function runs(file = '', ...args: string[]): () => boolean {
  return () => spawnSync(file, args).status === 0;
}

function tells(version: RegExp, file: string, ...args: string[]): () => boolean {
  return () => version.test(spawnSync(file, args, { encoding: 'utf8' }).stdout ?? '');
}

/** Installs Debian's packages. Another kind of tests may do so at the same time: each waits for the one before. */
function install(packages: readonly string[]): void {
  // apt-get waits for the lock of dpkg alone, and `update` takes another.
  const apt = 'apt-get -o DPkg::Lock::Timeout=600';
  const script = `${apt} update && ${apt} install -y --no-install-recommends "$@"`;
  const inTurn = ['--timeout', '900', '/var/lib/apt/lists'];
  const { status, stdout, stderr } = spawnSync('flock', [...inTurn, 'sh', '-c', script, 'sh', ...packages], {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
    timeout: 30 * 60_000,
  });
  if (status !== 0) console.error(`apt-get failed:\n${stdout}${stderr}`);
}
