import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { privateBus } from './keepassxc.ts';
import type { Keyring } from './keyring.ts';
import { endProcessesWith, killProcessesWith, processesWith, signalAll } from './processes.ts';

const run = promisify(execFile);

// Opens the wallet as pam_kwallet does at a login: a key of 56 bytes through a pipe, and the environment
// through a socket. Without it KWallet asks for a password in a window.
const login = `
import os, socket, sys
path = sys.argv[1]
listener = socket.socket(socket.AF_UNIX)
listener.bind(path)
listener.listen(1)
read, write = os.pipe()
os.write(write, bytes(range(56)))
os.close(write)
if os.fork() == 0:
    sender = socket.socket(socket.AF_UNIX)
    sender.connect(path)
    sender.sendall(''.join('%s=%s\\n' % each for each in os.environ.items()).encode())
    os._exit(0)
for number in (read, listener.fileno()):
    os.set_inheritable(number, True)
os.execv('/usr/bin/kwalletd5', ['kwalletd5', '--pam-login', str(read), str(listener.fileno())])
`;

const settings = `[Wallet]
Enabled=true
First Use=false
Prompt on Open=false
[org.freedesktop.secrets]
apiEnabled=true
`;

/** Starts a real KWallet as the secret service of a private session bus, with its wallet open. */
export async function startKWallet(): Promise<Pick<Keyring, 'env' | 'stop'>> {
  const root = mkdtempSync(join(tmpdir(), 'kwallet-'));
  const [home, runtime] = [join(root, 'home'), join(root, 'run')];
  mkdirSync(join(home, '.config'), { recursive: true });
  mkdirSync(runtime, { mode: 0o700 });
  writeFileSync(join(home, '.config/kwalletrc'), settings);
  const env = { DBUS_SESSION_BUS_ADDRESS: `unix:path=${runtime}/bus`, XDG_RUNTIME_DIR: runtime };
  const desktop = { LANG: 'C.UTF-8', QT_QPA_PLATFORM: 'offscreen', PAM_KWALLET5_LOGIN: '1' };
  const environment = { ...env, ...desktop, HOME: home, PATH: '/usr/bin:/bin' };
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

  async function isOpen(): Promise<boolean> {
    const [service, path] = ['org.freedesktop.secrets', '/org/freedesktop/secrets'];
    const call = ['org.freedesktop.Secret.Service.ReadAlias', 'string:default'];
    const words = ['--session', '--print-reply', `--dest=${service}`, path, ...call];
    const answer = await run('dbus-send', words, { env: environment, timeout: 5000 }).catch(() => undefined);
    return /collection\/kdewallet/.test(answer?.stdout ?? '');
  }

  async function start(isReady: () => Promise<boolean>): Promise<void> {
    const words = ['-c', login, join(runtime, `login-${Date.now()}`)];
    spawn('/usr/bin/python3', words, { env: environment, stdio: 'ignore' });
    const deadline = Date.now() + 40_000;
    while (!(await isReady())) {
      if (Date.now() > deadline) throw new Error('KWallet is not ready');
      await sleep(50);
    }
  }

  async function hasWallet(): Promise<boolean> {
    const wallet = join(home, '.local/share/kwalletd/kdewallet.kwl');
    return await run('/usr/bin/test', ['-s', wallet]).then(
      () => true,
      () => false,
    );
  }

  try {
    const bus = privateBus(root, env.DBUS_SESSION_BUS_ADDRESS, environment);
    await once(bus.stdout, 'data', { signal: AbortSignal.timeout(60_000) });
    // The first start creates the wallet, and the second one has it as the default collection.
    await start(hasWallet);
    const wallets = processesWith(ours).filter(({ command }) => /kwalletd5/.test(command));
    signalAll(wallets, 'SIGKILL');
    await start(isOpen);
    return { env, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
