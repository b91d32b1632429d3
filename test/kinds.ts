import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { browserTable } from './browsers/table.ts';
import { clientMatrix } from './clients/matrix.ts';
import { faultTable } from './faults/table.ts';
import { reasonOfFile } from './made-for-node.ts';
import { storyTable } from './sts/table.ts';
import { executableUnderTest } from './support/executable-under-test.ts';
import {
  inOwnMachine,
  inOwnMounts,
  withoutNetwork,
  withoutPrograms,
  withPublicAddress,
} from './support/system-packages.ts';
import { usedFiles } from './support/used-files.ts';
import { windowsTable } from './windows/table.ts';

/** What a kind prints at its end, from what its tests recorded, and the rows that have to be there and are not. */
export interface Table {
  text: string;
  missing: readonly string[];
  /** Rows that this machine cannot run, by the reason. */
  skipped?: ReadonlyMap<string, readonly string[]>;
}

/** A kind of tests, which `npm run test:KIND` runs. */
export interface Kind {
  /** By their path below test/. */
  files: RegExp;
  /** Files at once; most wait for processes, and those of faults/ have several cases under way themselves. */
  concurrency: number;
  /** Minutes that one file may take. */
  longest: number;
  /** Of those files, not the ones that name this, or use a file beside them that does. */
  without?: RegExp;
  /** The tests load sources alone and need no dist/. */
  sourcesAlone?: true;
  /** Where the tests run, if not simply here. */
  within?: (words: readonly string[]) => readonly string[];
  table?: (recorded: string) => Table;
}

const quick =
  /^(?!soak\/|clients\/|browsers\/|sts\/|accounts\/|windows\/|systems\/|packages\/|faults\/(?!oracles)).*\.test\.ts$/;

/**
 * Programs of Debian and what Linux tells of processes; on Windows a shell and npm are as foreign. A release is made on
 * Linux with one Node.
 */
const foreign = /\/usr\/bin\/|\/proc\b|scripts\/release\//;
const foreignToWindows =
  /\/usr\/bin\/|\/proc\b|scripts\/(release|packages)\/|executable\/notices|'\/bin\/|#!\/bin\/sh/;

/** Everything that is not the sources: the built program, and each program that a test starts. */
const program = /\/usr\/bin\/|\/proc\b|\bdist\b|\bscripts\/|\bspawn\b|\bexecFile|\bfork\b/;

export const kinds: Readonly<Record<string, Kind>> = {
  quick: { files: quick, concurrency: 3, longest: 8 },
  unit: { files: quick, concurrency: 3, longest: 8, without: program, sourcesAlone: true },
  portable: {
    files: quick,
    concurrency: 3,
    longest: 8,
    without: process.platform === 'win32' ? foreignToWindows : foreign,
    within: withoutPrograms,
  },
  faults: { files: /^faults\/.*\.test\.ts$/, concurrency: 2, longest: 15, table: faultTable },
  // An AWS client that does not find its credentials here would ask for them elsewhere.
  clients: {
    files: /^clients\/.*\.test\.ts$/,
    concurrency: 2,
    longest: 15,
    within: withoutNetwork,
    table: clientMatrix,
  },
  sts: { files: /^sts\/.*\.test\.ts$/, concurrency: 2, longest: 5, table: storyTable },
  // A browser's requests to its makers fail at once there; an option against them would change how it connects.
  browsers: {
    files: /^browsers\/.*\.test\.ts$/,
    concurrency: 4,
    longest: 10,
    within: withPublicAddress,
    table: browserTable,
  },
  // Two accounts of their own attack one another; only root on Linux can make them.
  accounts: { files: /^accounts\/.*\.test\.ts$/, concurrency: 4, longest: 5 },
  // Windows' Node under Wine. What a test leaves running ends with the namespaces.
  windows: {
    files: /^windows\/.*\.test\.ts$/,
    concurrency: 2,
    longest: 15,
    within: inOwnMachine,
    table: windowsTable,
  },
  soak: { files: /^soak\/.*\.ts$/, concurrency: 3, longest: 20 },
  // Executables for other systems, under Wine, QEMU and another C library. They replace parts of the machine.
  systems: { files: /^systems\/.*\.test\.ts$/, concurrency: 1, longest: 10, within: inOwnMachine },
  // Each package, installed in a Debian of its own or below a home. npm asks its registry.
  packages: { files: /^packages\/.*\.test\.ts$/, concurrency: 2, longest: 10, within: inOwnMounts },
};

/** The kinds that `npm run test:executable` runs with the single executable. */
export const kindsWithExecutable = ['quick', 'faults', 'clients', 'browsers', 'sts', 'accounts', 'soak'];

/** The files that `npm run test:executable -- --part ci` runs, by kind. */
export const partInCi: Readonly<Record<string, readonly string[]>> = {
  quick: ['stories.test.ts', 'concurrency.test.ts', 'commands/exec.test.ts'],
  faults: ['faults/loopback.test.ts', 'faults/leaks.test.ts'],
};

/** The parts of the machine that a test file needs, found by the text of the file. */
const needs: readonly [use: RegExp, parts: RegExp][] = [
  [/(?<!account-)stage\.ts|keyring\.ts|fault\.ts/, /keyring|dbus|secret/],
  [/chromium\.ts/, /chromium/],
  [/libfaketime|other-clock/, /faketime/],
  [/runAws/, /aws/],
  [/shellCommands/, /aws|^jq$/],
  [/ini-clients/, /aws|Ruby/],
  [/botocore-files|awscli\.botocore/, /aws/],
  [/failing-files|write-recorder/, /^g\+\+$/],
  [/write-recorder/, executableUnderTest ? /^strace$/ : /^$/],
  [/busybox/, /BusyBox/],
  [/runInTerminal|runProgramInTerminal/, /^script$/],
  [/playSession/, /aws|^script$/],
  [/usr\/bin\/strace/, /^strace$/],
  [/rgw-stage/, /keyring|dbus|secret|faketime|ceph|rados|setpriv|openssl/],
  [/ordinary-/, /keyring|dbus|secret|faketime|Xvfb|xdg-open|certutil|namespaces/],
  [/ordinary-firefox\.ts/, /firefox/],
  [/keepassxc\.ts/, /keepassxc|kwallet|Xvfb|dbus|namespaces/],
  [/account-stage/, /useradd/],
  [/windows\.ts|\/machine\.ts/, /mmdebstrap|x86|namespaces/],
  [/\/built\.ts/, /mmdebstrap|x86|namespaces|rpmbuild|useradd|venv|zsh|fish|Ruby/],
  [/qemu-aarch64/, /qemu/],
  [/\/usr\/sbin\/sshd/, /^sshd$/],
  [/outsideContainer/, /unshare/],
  [/usr\/bin\/mandoc/, /^man(doc)?$/],
  [/terraform\/terraform\.ts/, /^Terraform/],
  [/client-stage/, /keyring|dbus|secret|namespaces/],
];

/** Whether the test file needs this part of the machine. */
export function needsPart(file: string, part: string): boolean {
  const text = readFileSync(file, 'utf8');
  return needs.some(([use, parts]) => use.test(text) && parts.test(part));
}

/** Returns the test files of `test:portable` on Windows. */
export function portableOnWindows(): string[] {
  return filesOf({ ...(kinds.portable as Kind), without: foreignToWindows });
}

/** Returns the test files of the kind. */
export function filesOf(kind: Kind): string[] {
  return readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
    .map((path) => join(import.meta.dirname, path))
    .filter((file) => kind.files.test(nameOf(file)) && !isOutside(kind, file) && isForProgram(file));
}

/** Returns whether a run with the single executable includes the file. Other runs include every file. */
function isForProgram(file: string): boolean {
  if (!executableUnderTest) return true;
  const switches = join(import.meta.dirname, 'support/executable-under-test.ts');
  return usedFiles(file).has(switches) && reasonOfFile(nameOf(file)) === undefined;
}

/** Returns the path of the file below test/. */
export function nameOf(file: string): string {
  return relative(import.meta.dirname, file).replaceAll('\\', '/');
}

/** Returns whether the file, or a test file that it loads, names something that the kind excludes. */
function isOutside({ without }: Kind, file: string): boolean {
  if (!without) return false;
  const used = [...usedFiles(file)].filter((path) => path.startsWith(import.meta.dirname));
  return used.some((path) => without.test(readFileSync(path, 'utf8')));
}
