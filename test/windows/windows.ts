import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmdirSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { version as esbuildVersion } from 'esbuild';
import { deferred } from '../../src/process/deferred.ts';
import { builtOnce } from '../support/build-cache.ts';

/** Node and npm's folder where the installers of Node for Windows put them, with a blank and with a letter outside ASCII. */
export const node = 'C:\\Program Files\\nodejs\\node.exe';
const user = 'Jörg';
export const home = `C:\\Users\\${user}`;
const npm = `${home}\\AppData\\Roaming\\npm`;
/** The entry of daypass as npm installs it. */
export const program = `${npm}\\node_modules\\daypass\\dist\\daypass.cjs`;
/** This repository, which Windows cannot change. */
export const repository = 'Z:\\repository';
/** What Wine lacks. The installed daypass has it built in. */
export const lacking = `${repository}\\test\\windows\\lacking.cjs`;

export interface WindowsResult {
  /** Windows' exit code; TerminateProcess of Node makes it 1. */
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface WindowsRun {
  /** Windows' process ID. */
  pid: Promise<number>;
  exit: Promise<WindowsResult>;
}

export interface WindowsOptions {
  env?: Record<string, string>;
  cwd?: string;
  /** Passes the words to the program as they are, for `cmd.exe`. */
  verbatim?: boolean;
}

export interface Windows {
  /** The Linux path of the user's folder. */
  home: string;
  start(words: readonly string[], options?: WindowsOptions): WindowsRun;
  run(words: readonly string[], options?: WindowsOptions): Promise<WindowsResult>;
  /** Runs a line as a person types it, or as Go's SDK runs a credential_process. */
  cmd(line: string, options?: WindowsOptions): Promise<WindowsResult>;
  /** Calls TerminateProcess. */
  terminate(pid: number): Promise<void>;
  /** Ends every process of it, and unmounts it. */
  close(): Promise<void>;
}

interface Answer extends Partial<WindowsResult> {
  id: number;
  pid?: number;
  failed?: string;
}

/** Builds Windows' parts in the cache, or finds them there. test/run.ts passes their folder on. */
export function buildWindows(): Promise<string> {
  return builtOnce('windows', join(import.meta.dirname, 'machine'), esbuildVersion);
}

/**
 * Starts a Windows of its own (Wine) with daypass installed by npm. Its changes are in memory alone. Everything
 * that it mounts and starts also ends with the namespaces in which test/run.ts runs the tests.
 */
export async function openWindows(): Promise<Windows> {
  assert.deepEqual(Object.keys(networkInterfaces()), ['lo'], 'in namespaces, as test/run.ts makes them');
  const folder = mkdtempSync(join(tmpdir(), 'daypass-windows-'));
  const root = mountRoot(folder);
  await installDaypass(root);

  const environment = {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/root',
    // With another locale, Wine shows no names outside ASCII.
    LANG: 'C.UTF-8',
    WINEPREFIX: '/prefix',
    WINEDEBUG: '-all',
    WINEDLLOVERRIDES: 'mscoree,mshtml,winemenubuilder.exe=',
  };
  const listener = createServer().listen(0, '127.0.0.1').unref();
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const wine = ['/usr/lib/wine/wine64', node, `${repository}\\test\\windows\\parent.cjs`, `${port}`];
  // Not pipes: wineserver would keep them open, and Node cannot write to them under Wine.
  const outputFile = join(folder, 'output');
  const output = openSync(outputFile, 'w');
  const parent = spawn('chroot', [root, ...wine], {
    env: environment,
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  const socket = await connection(listener, parent, outputFile);

  const waiting = new Map<number, (answer: Answer) => void>();
  let lastId = 0;
  createInterface({ input: socket }).on('line', (line) => {
    const answer: Answer = JSON.parse(line);
    waiting.get(answer.id)?.(answer);
    if (answer.pid === undefined) waiting.delete(answer.id);
  });
  socket.on('close', () => {
    for (const [id, tell] of waiting) tell({ id, failed: endOf(outputFile) });
  });
  // Its processes hang then.
  const crashes = watch(outputFile, () => {
    if (/wineserver crashed/.test(endOf(outputFile))) socket.destroy();
  }).unref();
  const ask = (request: object, onAnswer: (answer: Answer) => void) => {
    const id = ++lastId;
    if (socket.destroyed) return onAnswer({ id, failed: endOf(outputFile) });
    waiting.set(id, onAnswer);
    socket.write(`${JSON.stringify({ id, ...request })}\n`);
  };

  const windows: Windows = {
    home: join(root, 'prefix/drive_c/users', user),
    start(words, { env = {}, cwd = home, verbatim = false } = {}) {
      const started = deferred<number>();
      const ended = deferred<WindowsResult>();
      // A caller may want only one of them.
      started.promise.catch(() => {});
      ask({ words, cwd, verbatim, env: { ...userVariables, ...env } }, ({ pid, failed, code, ...rest }) => {
        if (failed !== undefined) {
          started.reject(new Error(failed));
          ended.reject(new Error(failed));
        } else if (pid !== undefined) started.resolve(pid);
        else ended.resolve({ code: code ?? null, stdout: rest.stdout ?? '', stderr: rest.stderr ?? '' });
      });
      return { pid: started.promise, exit: ended.promise };
    },
    run: (words, options) => windows.start(words, options).exit,
    cmd(line, options = {}) {
      return windows.run(['C:\\windows\\system32\\cmd.exe', '/d', '/s', '/c', `"${line}"`], {
        ...options,
        verbatim: true,
      });
    },
    terminate: (pid) => new Promise((resolve) => ask({ terminate: pid }, () => resolve())),
    async close() {
      crashes.close();
      socket.destroy();
      listener.close();
      parent.kill('SIGKILL');
      if (parent.exitCode === null && parent.signalCode === null) await once(parent, 'exit');
      for (const option of ['-k', '-w'])
        spawnSync('chroot', [root, '/usr/lib/wine/wineserver', option], { env: environment });
      run('umount', '--recursive', '--lazy', folder);
      rmdirSync(folder);
    },
  };
  return windows;
}

/** Variables that Wine's programs get only from a parent in Windows. */
const userVariables = {
  USERPROFILE: home,
  USERNAME: user,
  HOMEPATH: `\\Users\\${user}`,
  APPDATA: `${home}\\AppData\\Roaming`,
  LOCALAPPDATA: `${home}\\AppData\\Local`,
  TEMP: `${home}\\AppData\\Local\\Temp`,
  TMP: `${home}\\AppData\\Local\\Temp`,
  PATH: `C:\\windows\\system32;C:\\windows;C:\\Program Files\\nodejs;${npm}`,
};

/** Mounts the parts of the cache below memory that takes every change. Returns the root of that. */
function mountRoot(folder: string): string {
  const built = process.env.DAYPASS_TEST_BUILT ?? assert.fail('test/run.ts builds Windows');
  const [upper, work, root] = ['upper', 'work', 'root'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  run('mount', '-t', 'tmpfs', 'daypass-windows', folder);
  for (const each of [upper, work, root]) mkdirSync(each);
  const layers = `lowerdir=${join(built, 'root')},upperdir=${upper},workdir=${work}`;
  run('mount', '-t', 'overlay', 'daypass-windows', '-o', layers, root);
  run('mount', '-t', 'proc', 'proc', join(root, 'proc'));
  run('mount', '--bind', '/dev', join(root, 'dev'));
  const repositoryRoot = join(root, 'repository');
  run('mount', '--bind', resolve(import.meta.dirname, '../..'), repositoryRoot);
  run('mount', '-o', 'remount,bind,ro', repositoryRoot);
  return root;
}

/** Installs dist/ as `npm install --global` does, with what Wine lacks in front of each process. */
async function installDaypass(root: string): Promise<void> {
  const from = resolve(import.meta.dirname, '../..');
  const npmFolder = join(root, 'prefix/drive_c/users', user, 'AppData/Roaming/npm');
  const installed = join(npmFolder, 'node_modules/daypass');
  mkdirSync(join(root, 'prefix/drive_c/users', user, 'AppData/Local/Temp'), { recursive: true });
  mkdirSync(join(installed, 'node_modules'), { recursive: true });
  for (const each of ['dist', 'views', 'package.json'])
    cpSync(join(from, each), join(installed, each), { recursive: true });
  for (const each of ['daypass.cjs', 'renewal.cjs', 'keychain-child.cjs']) {
    const path = join(installed, 'dist', each);
    const text = readFileSync(path, 'utf8');
    const [shebang = ''] = /^#!.*\n/.exec(text) ?? [];
    writeFileSync(path, `${shebang}require(${JSON.stringify(lacking)});${text.slice(shebang.length)}`);
  }
  // Wine shows the links that Linux follows, and no links of Windows.
  run('mount', '--bind', join(from, 'node_modules'), join(installed, 'node_modules'));
  run('mount', '--bind', join(installed, 'dist'), join(root, 'repository/dist'));
  await writeShim(installed, npmFolder);
}

/** Writes `daypass.cmd` as npm does, with npm's own part for it. */
async function writeShim(installed: string, npmFolder: string): Promise<void> {
  const { stdout } = spawnSync('npm', ['root', '--global'], { encoding: 'utf8' });
  const cmdShim = createRequire(join(stdout.trim(), 'npm', 'package.json'))('cmd-shim');
  await cmdShim(join(installed, 'dist', 'daypass.cjs'), join(npmFolder, 'daypass'));
}

/** Returns the connection of the parent. Throws with its output if it ends before. */
async function connection(
  listener: ReturnType<typeof createServer>,
  parent: ChildProcess,
  output: string,
): Promise<Socket> {
  const ended = once(parent, 'exit').then(() => {
    throw new Error(endOf(output));
  });
  // It also ends later, by itself.
  ended.catch(() => {});
  const [socket] = await Promise.race([once(listener, 'connection'), ended]);
  return socket;
}

function endOf(output: string): string {
  return `Windows has ended: ${readFileSync(output, 'utf8')}`;
}

function run(file: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(file, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${file} ${args.join(' ')}: ${stderr}`);
}
