import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { debian } from './built.ts';

/** A Debian 13 of its own, with an account `ada` (1000). Its changes are in memory. It shares the network. */
export interface Machine {
  root: string;
  /** Runs a command as root and returns its output. Throws if it fails. */
  asRoot(...words: string[]): string;
  /** The words before a command of ada. */
  asAda: readonly string[];
  /** Returns every file with its content or target, except where the system itself writes at any time. */
  files(): Map<string, string>;
}

/** Mounts the machine, which ends with the test, and with the namespaces of test/run.ts. */
export async function openMachine(t: TestContext): Promise<Machine> {
  const lower = await debian();
  const folder = mkdtempSync(join(tmpdir(), 'daypass-machine-'));
  execFileSync('mount', ['-t', 'tmpfs', 'daypass-machine', folder]);
  const root = join(folder, 'root');
  for (const name of ['upper', 'work', 'root']) mkdirSync(join(folder, name));
  const layers = `lowerdir=${lower},upperdir=${join(folder, 'upper')},workdir=${join(folder, 'work')}`;
  execFileSync('mount', ['-t', 'overlay', 'daypass-machine', '-o', layers, root]);
  execFileSync('mount', ['-t', 'proc', 'proc', join(root, 'proc')]);
  execFileSync('mount', ['--bind', '/dev', join(root, 'dev')]);
  t.after(() => {
    execFileSync('umount', ['--recursive', '--lazy', folder]);
    execFileSync('rmdir', [folder]);
  });
  const environment = [
    '/usr/bin/env',
    '-i',
    'LC_ALL=C.UTF-8',
    'PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin',
  ];
  return {
    root,
    asAda: ['/usr/sbin/chroot', '--userspec=1000:1000', root, ...environment, 'HOME=/home/ada'],
    asRoot(...words) {
      const all = [root, ...environment, 'HOME=/root', 'DEBIAN_FRONTEND=noninteractive', ...words];
      const { status, stdout, stderr } = spawnSync('/usr/sbin/chroot', all, { encoding: 'utf8' });
      if (status !== 0) throw new Error(`${words.join(' ')}:\n${stdout}${stderr}`);
      return stdout;
    },
    files: () => filesOf(root),
  };
}

/** Logs, caches, and the lists of apt and dpkg. */
const ever = /^(dev|proc|sys|tmp|run|var\/(log|cache)|var\/lib\/(dpkg|apt)|etc\/ld\.so\.cache|root)(\/|$)/;

function filesOf(root: string): Map<string, string> {
  const found = new Map<string, string>();
  const visit = (below: string) => {
    for (const entry of readdirSync(join(root, below), { withFileTypes: true })) {
      const path = below ? `${below}/${entry.name}` : entry.name;
      if (ever.test(path)) continue;
      const place = join(root, path);
      if (entry.isDirectory()) visit(path);
      if (entry.isSymbolicLink()) found.set(path, readlinkSync(place));
      else found.set(path, entry.isFile() && path.startsWith('etc/') ? readFileSync(place, 'latin1') : '');
    }
  };
  visit('');
  return found;
}
