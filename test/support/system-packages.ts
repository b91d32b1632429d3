import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';

export interface MissingPart {
  what: string;
  /** The Debian packages that have it. */
  needs: string;
}

const architecture = process.arch === 'arm64' ? 'aarch64' : 'x86_64';

/** Debian's library that gives a process another clock. */
export const libfaketime = `/usr/lib/${architecture}-linux-gnu/faketime/libfaketime.so.1`;

const parts: ReadonlyArray<MissingPart & { isThere: () => boolean }> = [
  { what: '/usr/bin/chromium', needs: 'chromium fonts-dejavu-core', isThere: program('/usr/bin/chromium') },
  { what: 'gnome-keyring-daemon', needs: 'gnome-keyring', isThere: program('/usr/bin/gnome-keyring-daemon') },
  { what: 'dbus-daemon', needs: 'dbus dbus-daemon', isThere: program('/usr/bin/dbus-daemon') },
  { what: 'dbus-send', needs: 'dbus', isThere: program('/usr/bin/dbus-send') },
  { what: 'secret-tool', needs: 'libsecret-tools', isThere: program('/usr/bin/secret-tool') },
  { what: 'libsecret-1.so.0', needs: 'libsecret-1-0', isThere: () => hasLibrary('libsecret-1.so.0') },
  { what: '/usr/bin/aws', needs: 'awscli', isThere: program('/usr/bin/aws') },
  {
    what: 'Ruby with the AWS SDK',
    needs: 'ruby ruby-aws-sdk-core',
    isThere: hasRubySdk,
  },
  { what: 'libfaketime', needs: 'faketime', isThere: () => existsSync(libfaketime) },
  { what: 'g++', needs: 'g++', isThere: program('/usr/bin/g++') },
  { what: 'dash', needs: 'dash', isThere: program('/usr/bin/dash') },
  { what: 'zsh', needs: 'zsh', isThere: program('/usr/bin/zsh') },
  { what: 'fish', needs: 'fish', isThere: program('/usr/bin/fish') },
  { what: 'script', needs: 'bsdutils', isThere: program('/usr/bin/script') },
];

/**
 * Looks for the programs that the tests run daypass against. As root on Debian and its like it installs what is missing;
 * returned is what is still not there.
 */
export async function ensureSystemPackages(): Promise<{ missing: MissingPart[] }> {
  const missing = missingParts();
  if (missing.length === 0 || process.getuid?.() !== 0 || !program('/usr/bin/apt-get')()) return { missing };
  const packages = [...new Set(missing.flatMap(({ needs }) => needs.split(' ')))];
  console.error(`installing ${packages.join(' ')} for the tests`);
  if (aptGet('update')) aptGet('install', '-y', '--no-install-recommends', ...packages);
  return { missing: missingParts() };
}

function missingParts(): MissingPart[] {
  return parts.filter(({ isThere }) => !isThere()).map(({ what, needs }) => ({ what, needs }));
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

function hasRubySdk(): boolean {
  return spawnSync('/usr/bin/ruby', ['-e', 'require "aws-sdk-core"']).status === 0;
}

function aptGet(...args: string[]): boolean {
  const { status, stdout, stderr } = spawnSync('apt-get', args, {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
    timeout: 15 * 60_000,
  });
  if (status !== 0) console.error(`apt-get ${args[0]} failed:\n${stdout}${stderr}`);
  return status === 0;
}
