// Two accounts of this machine, which a test file creates, and deletes at its end with all their processes
// and files.
import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { executableUnderTest } from './executable-under-test.ts';
import { type RunningProcess, runningProcesses, signalAll } from './processes.ts';

export interface Account {
  name: string;
  uid: number;
  gid: number;
  home: string;
}

/** A process of an account that obeys the test. */
export interface Actor {
  pid: number;
  /** Has it follow an order of actor.mjs. */
  // biome-ignore lint/suspicious/noExplicitAny: each order has its own words and result
  do(order: string, given?: object): Promise<any>;
  stop(): Promise<void>;
}

export interface Accounts {
  victim: Account;
  attacker: Account;
  /** Makes a folder that every account can enter. It ends with the test. */
  folder(t: TestContext): string;
}

const repository = resolve(import.meta.dirname, '../..');

/** The comment of the accounts in /etc/passwd: the process that made them deletes them. */
const comment = (pid: number) => `daypass test ${pid}`;

/** Registers a test with two accounts. It is skipped where nothing can make them, but not in CI. */
export function accountTest(
  title: string,
  body: (t: TestContext, accounts: Accounts) => Promise<void>,
): void {
  const able = process.platform === 'linux' && process.getuid?.() === 0;
  const skip = able || process.env.CI === 'true' ? false : 'needs root on Linux';
  test(title, { skip }, (t) => {
    opened ??= createAccounts();
    return body(t, opened);
  });
}

let opened: Accounts | undefined;
let readable: string | undefined;

/** Returns the path of a file of the package below a folder that every account can read. */
export function readablePath(path: string): string {
  readable ??= canAllRead(repository) ? repository : copyOfRepository();
  return join(readable, relative(repository, path));
}

function canAllRead(path: string): boolean {
  return (statSync(path).mode & 0o005) === 5 && (dirname(path) === path || canAllRead(dirname(path)));
}

function copyOfRepository(): string {
  const copy = mkdtempSync(join(tmpdir(), 'daypass-package-'));
  process.once('exit', () => rmSync(copy, { recursive: true, force: true }));
  const program = executableUnderTest ? 'dist-executable' : 'dist';
  const parts = [program, 'views', 'launcher', 'package.json', 'node_modules', 'test'];
  const { status } = spawnSync('/bin/cp', ['-a', ...parts.map((part) => join(repository, part)), copy]);
  if (status !== 0) throw new Error('the package was not copied');
  chmodSync(copy, 0o755);
  return copy;
}

function createAccounts(): Accounts {
  sweep();
  const made: Account[] = [];
  const end = () => {
    for (const account of made.splice(0)) removeAccount(account.name);
  };
  process.once('exit', end);
  // The test runner ends a file that takes too long with a signal.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
  const create = (prefix: string) => {
    const name = `${prefix}${randomInt(100, 1_000_000)}`;
    // The password "*" fits nothing, and does not lock the account for sshd.
    const words = ['--create-home', '--user-group', '--shell', '/bin/sh', '--password', '*'];
    run('useradd', ...words, '--comment', comment(process.pid), name);
    const [, , uid, gid, , home = ''] = passwd().find(([found]) => found === name) ?? [];
    const account = { name, uid: Number(uid), gid: Number(gid), home };
    made.push(account);
    chmodSync(home, 0o700);
    return account;
  };
  const [victim, attacker] = [create('dpvictim'), create('dpattack')];
  return {
    victim,
    attacker,
    folder(t) {
      const folder = mkdtempSync(join(tmpdir(), 'daypass-accounts-'));
      t.after(() => rmSync(folder, { recursive: true, force: true }));
      chmodSync(folder, 0o755);
      return folder;
    },
  };
}

/** Starts a process of an account, which its caller stops. */
export async function startActor(account: Account | 'root'): Promise<Actor> {
  const as = account === 'root' ? {} : { uid: account.uid, gid: account.gid };
  const child: ChildProcess = fork(readablePath(join(import.meta.dirname, 'actor.mjs')), {
    ...as,
    cwd: '/',
    execArgv: [],
    env: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', HOME: account === 'root' ? '/root' : account.home },
  });
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  child.on('message', ({ id, result, error }: { id: number; result?: unknown; error?: string }) => {
    const order = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) order?.resolve(result);
    else order?.reject(new Error(error));
  });
  child.once('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error('the process of the account has ended'));
  });
  await once(child, 'message');
  let orders = 0;
  return {
    pid: child.pid ?? 0,
    do(order, given = {}) {
      orders += 1;
      child.send({ id: orders, order, given });
      return new Promise((resolve, reject) => waiting.set(orders, { resolve, reject }));
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Returns the processes of a user. */
function processesOf(uid: number): RunningProcess[] {
  return runningProcesses((folder) => statSync(folder).uid === uid);
}

/** Waits for the processes of a user to end, and returns those that stay. */
export async function stayingProcesses(uid: number, graceMs: number): Promise<string[]> {
  const deadline = Date.now() + graceMs;
  while (processesOf(uid).length > 0 && Date.now() < deadline) await sleep(25);
  return processesOf(uid).map(({ command }) => command);
}

/** Kills the processes of a user. */
export function killProcessesOf(uid: number): void {
  for (let round = 0; round < 200 && processesOf(uid).length > 0; round++) {
    signalAll(processesOf(uid), 'SIGKILL');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
  }
}

function removeAccount(name: string): void {
  const [, , uid, , , home] = passwd().find(([found]) => found === name) ?? [];
  if (uid === undefined || home === undefined) return;
  killProcessesOf(Number(uid));
  spawnSync('/usr/sbin/userdel', ['--force', '--remove', name]);
  spawnSync('/usr/sbin/groupdel', [name]);
  rmSync(home, { recursive: true, force: true });
}

/** Deletes the accounts of test processes that were killed. */
function sweep(): void {
  for (const [name = '', , , , gecos = ''] of passwd()) {
    const pid = /^daypass test (\d+)$/.exec(gecos)?.[1];
    if (pid && !statSync(`/proc/${pid}`, { throwIfNoEntry: false })) removeAccount(name);
  }
}

function passwd(): string[][] {
  return readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
}

function run(program: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(`/usr/sbin/${program}`, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} failed: ${stderr}`);
}
