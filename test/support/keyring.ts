import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { endProcessesWith, killProcessesWith, processesWith, signalAll } from './processes.ts';

const run = promisify(execFile);

export interface Keyring {
  /** The environment of a process that uses this keyring. */
  env: { DBUS_SESSION_BUS_ADDRESS: string; XDG_RUNTIME_DIR: string };
  /** The pid of gnome-keyring-daemon, for tests that stop or kill it. */
  readonly daemonPid: number;
  /** Returns one secret, read by the real `secret-tool`. */
  lookup(service: string, account: string): Promise<string | undefined>;
  /** Returns the accounts that have an entry, listed by the real `secret-tool`. */
  accounts(service: string): Promise<string[]>;
  /** Writes entries by account, as any program of the same user can. */
  store(service: string, secrets: Record<string, string>): Promise<void>;
  /** Locks the keyring, as a desktop does. */
  lock(): Promise<void>;
  /** Restarts the daemon with the right password, because only a desktop could answer its prompt. */
  unlock(): Promise<void>;
  stop(): Promise<void>;
}

/** The password of the login keyring. */
export const password = 'correct horse';
const startDeadline = 60_000;
const secretService = 'org.freedesktop.secrets';
const loginKeyring = '/org/freedesktop/secrets/collection/login';

/**
 * Starts a real gnome-keyring on a private session bus. With `unlocked: false` the keyring has another
 * password and stays locked, because there is no display for a prompt.
 */
export async function startKeyring({ unlocked = true }: { unlocked?: boolean } = {}): Promise<Keyring> {
  const root = mkdtempSync(join(tmpdir(), 'keyring-'));
  const home = join(root, 'home');
  const runtime = join(root, 'run');
  for (const folder of [home, runtime]) mkdirSync(folder, { mode: 0o700 });
  const env = {
    DBUS_SESSION_BUS_ADDRESS: `unix:path=${join(runtime, 'bus')}`,
    XDG_RUNTIME_DIR: runtime,
  };
  // The environment is not inherited: with DISPLAY a locked keyring would prompt and wait.
  const environment = {
    ...env,
    HOME: home,
    XDG_DATA_HOME: join(home, 'data'),
    PATH: '/usr/bin:/bin',
    LANG: 'C.UTF-8',
  };

  // HOME identifies the services that the bus has activated, but not the processes that only use the bus.
  const ours = `HOME=${home}`;
  const abandon = () => {
    killProcessesWith(ours);
    rmSync(root, { recursive: true, force: true });
  };
  process.once('exit', abandon);

  async function stop(): Promise<void> {
    await endProcessesWith(ours, 0);
    process.off('exit', abandon);
    rmSync(root, { recursive: true, force: true });
  }

  function startDaemon(secret: string): ChildProcess {
    const daemon = spawn('gnome-keyring-daemon', ['--foreground', '--unlock', '--components=secrets'], {
      env: environment,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    daemon.stdin?.end(secret);
    return daemon;
  }

  async function call(destination: string, path: string, method: string, ...parameters: string[]) {
    const message = ['--session', '--print-reply', `--dest=${destination}`, path, method, ...parameters];
    const { stdout } = await run('dbus-send', message, { env: environment, timeout: 30_000 });
    return /boolean true/.test(stdout);
  }

  async function isReady(locked: boolean): Promise<boolean> {
    // Ask the bus first: a call to a missing service would make the bus start a second daemon.
    const bus = 'org.freedesktop.DBus';
    if (!(await call(bus, '/', `${bus}.NameHasOwner`, `string:${secretService}`))) return false;
    const property = ['string:org.freedesktop.Secret.Collection', 'string:Locked'];
    return (await call(secretService, loginKeyring, `${bus}.Properties.Get`, ...property)) === locked;
  }

  async function untilReady(daemon: ChildProcess, locked: boolean): Promise<void> {
    const deadline = Date.now() + startDeadline;
    while (!(await isReady(locked).catch(() => false))) {
      if (daemon.exitCode !== null || daemon.signalCode !== null || Date.now() > deadline) {
        throw new Error(`gnome-keyring-daemon is not ready (exit code ${daemon.exitCode})`);
      }
      await sleep(20);
    }
  }

  async function secretTool(...args: string[]): Promise<{ stdout: string; stderr: string }> {
    try {
      return await run('secret-tool', args, { env: environment, timeout: 40_000 });
    } catch (error) {
      // secret-tool exits with 1 and no output if it finds nothing.
      const { code, stderr } = error as { code: unknown; stderr: string };
      if (code === 1 && stderr === '') return { stdout: '', stderr: '' };
      throw error;
    }
  }

  try {
    const options = ['--session', '--nofork', '--nopidfile', '--print-address'];
    const bus = spawn('dbus-daemon', [...options, `--address=${env.DBUS_SESSION_BUS_ADDRESS}`], {
      env: environment,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    // The bus prints its address when it listens.
    await once(bus.stdout, 'data', { signal: AbortSignal.timeout(startDeadline) });
    let daemon = startDaemon(password);
    await untilReady(daemon, false);
    const restart = async (secret: string, locked: boolean) => {
      if (daemon.exitCode === null && daemon.signalCode === null) {
        const exited = once(daemon, 'exit');
        daemon.kill('SIGTERM');
        await exited;
      }
      // After a test has killed the daemon, the next call makes the bus start another one.
      const others = processesWith(ours).filter(({ command }) => /gnome-keyring-daemon/.test(command));
      signalAll(others, 'SIGKILL');
      daemon = startDaemon(secret);
      await untilReady(daemon, locked);
    };
    if (!unlocked) await restart('another password', true);
    return {
      env,
      get daemonPid() {
        return daemon.pid ?? 0;
      },
      async store(service, secrets) {
        // `secret-tool store` stores at most 8 KB of an entry.
        const program = `const { setPassword } = require('keytar');
          const { text } = require('node:stream/consumers');
          text(process.stdin).then(async (secrets) => {
            for (const [account, secret] of Object.entries(JSON.parse(secrets)))
              await setPassword(process.argv[1], account, secret);
          });`;
        const child = spawn(process.execPath, ['-e', program, service], {
          cwd: import.meta.dirname,
          env: environment,
          stdio: ['pipe', 'ignore', 'inherit'],
        });
        child.stdin.end(JSON.stringify(secrets));
        const [status] = await once(child, 'exit');
        if (status !== 0) throw new Error('not stored');
      },
      unlock: () => restart(password, false),
      async lookup(service, account) {
        const { stdout } = await secretTool('lookup', 'service', service, 'account', account);
        return stdout === '' ? undefined : stdout;
      },
      async accounts(service) {
        // secret-tool prints the secrets on stdout and the attributes on stderr.
        const { stderr } = await secretTool('search', '--all', 'service', service);
        return [...stderr.matchAll(/^attribute\.account = (.*)$/gm)]
          .map(([, account = '']) => account)
          .sort();
      },
      async lock() {
        // `secret-tool lock` crashes without a desktop.
        await call(
          secretService,
          '/org/freedesktop/secrets',
          'org.freedesktop.Secret.Service.Lock',
          `array:objpath:${loginKeyring}`,
        );
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
