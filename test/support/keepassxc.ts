import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Keyring } from './keyring.ts';
import { endProcessesWith, killProcessesWith, processesWith, signalAll } from './processes.ts';
import { startVirtualDisplay } from './virtual-display.ts';

const run = promisify(execFile);

/** An entry of the database. KeePassXC shows it to other programs unless it is in the recycle bin. */
export interface Entry {
  title: string;
  secret: string;
}

/** The database as it is saved, read by the real `keepassxc-cli`. */
export interface Database {
  entries: Entry[];
  bin: Entry[];
}

export interface KeePassXc extends Pick<Keyring, 'env' | 'stop'> {
  /** Restarts KeePassXC, because it saves a change late, and returns its database. */
  saved(): Promise<Database>;
  /** Restarts KeePassXC with its setting "Confirm when passwords are retrieved by clients". */
  restart(settings: { confirm: boolean }): Promise<void>;
}

const password = 'a test';
/** The group that KeePassXC shows to other programs, as a UUID and in base64. */
const group = { uuid: '{01234567-89ab-cdef-0123-456789abcdef}', base64: 'ASNFZ4mrze8BI0VniavN7w==' };

// KeePassXC's own form: https://keepass.info/help/kb/kdbx.html
const empty = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<KeePassFile><Meta><Generator>KeePassXC</Generator><RecycleBinEnabled>True</RecycleBinEnabled><CustomData>
<Item><Key>FDO_SECRETS_EXPOSED_GROUP</Key><Value>${group.uuid}</Value></Item></CustomData></Meta>
<Root><Group><UUID>${group.base64}</UUID><Name>Root</Name></Group></Root></KeePassFile>
`;

const settings = (confirm: boolean) => `[General]
ConfigVersion=2
SingleInstance=false
UpdateCheckMessageShown=true
[GUI]
CheckForUpdates=false
[Security]
LockDatabaseIdle=false
[FdoSecrets]
Enabled=true
ShowNotification=false
ConfirmAccessItem=${confirm}
ConfirmDeleteItem=true
`;

/** Starts a real KeePassXC as the secret service of a private session bus, with its settings as installed. */
export async function startKeePassXc({ confirm }: { confirm: boolean }): Promise<KeePassXc> {
  const root = mkdtempSync(join(tmpdir(), 'keepassxc-'));
  const [home, runtime, database] = [join(root, 'home'), join(root, 'run'), join(root, 'passwords.kdbx')];
  for (const folder of [home, runtime]) mkdirSync(folder, { mode: 0o700 });
  const env = {
    DBUS_SESSION_BUS_ADDRESS: `unix:path=${join(runtime, 'bus')}`,
    XDG_RUNTIME_DIR: runtime,
  };
  const ours = `HOME=${home}`;
  const abandon = () => {
    killProcessesWith(ours);
    rmSync(root, { recursive: true, force: true });
  };
  process.once('exit', abandon);
  const display = await startVirtualDisplay();
  const environment = { ...env, HOME: home, PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', DISPLAY: display.name };

  async function start(confirm: boolean): Promise<void> {
    const config = join(root, 'keepassxc.ini');
    writeFileSync(config, settings(confirm));
    const words = ['--config', config, '--localconfig', join(root, 'local.ini'), '--pw-stdin', database];
    const program = spawn('/usr/bin/keepassxc', words, {
      env: environment,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    program.stdin.end(`${password}\n`);
    await eventually(isOpen, 'KeePassXC has opened its database');
  }

  /** Ends KeePassXC, which then saves. With a window that asks something it does not end by itself. */
  async function end(): Promise<void> {
    const running = () => processesWith(ours).filter(({ command }) => /bin\/keepassxc /.test(command));
    signalAll(running(), 'SIGTERM');
    const patience = Date.now() + 5000;
    while (running().length > 0) {
      if (Date.now() > patience) signalAll(running(), 'SIGKILL');
      await sleep(50);
    }
  }

  async function isOpen(): Promise<boolean> {
    const property = ['string:org.freedesktop.Secret.Collection', 'string:Locked'];
    const call = ['org.freedesktop.DBus.Properties.Get', ...property];
    const path = '/org/freedesktop/secrets/aliases/default';
    const words = ['--session', '--print-reply', '--dest=org.freedesktop.secrets', path, ...call];
    const answer = await run('dbus-send', words, { env: environment, timeout: 5000 }).catch(() => undefined);
    return /boolean false/.test(answer?.stdout ?? '');
  }

  /** Runs keepassxc-cli with the password on stdin. */
  async function cli(words: string[], lines: string): Promise<string> {
    const running = run('/usr/bin/keepassxc-cli', words, { env: environment, timeout: 20_000 });
    running.child.stdin?.end(lines);
    return (await running).stdout;
  }

  async function readDatabase(): Promise<Database> {
    const whole = await cli(['export', '-q', database], `${password}\n`);
    const xml = whole.replace(/<History>[\s\S]*?<\/History>/g, '');
    const [, bin = ''] = /<RecycleBinUUID>(.*?)</.exec(xml) ?? [];
    const [above = '', below = ''] = bin ? xml.split(`<UUID>${bin}</UUID>`) : [xml];
    return { entries: entriesOf(above), bin: entriesOf(below) };
  }

  async function stop(): Promise<void> {
    await endProcessesWith(ours, 0);
    await display.stop();
    process.off('exit', abandon);
    rmSync(root, { recursive: true, force: true });
  }

  try {
    const bus = privateBus(root, env.DBUS_SESSION_BUS_ADDRESS, environment);
    await once(bus.stdout, 'data', { signal: AbortSignal.timeout(60_000) });
    writeFileSync(join(root, 'empty.xml'), empty);
    await cli(['import', '-p', join(root, 'empty.xml'), database], `${password}\n${password}\n`);
    await start(confirm);
    return {
      env,
      stop,
      async restart(changed) {
        await end();
        await start(changed.confirm);
      },
      async saved() {
        await end();
        const found = await readDatabase();
        await start(confirm);
        return found;
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Starts a session bus that starts no other keyring by itself. It prints its address when it listens. */
export function privateBus(folder: string, address: string, env: Record<string, string>) {
  const file = join(folder, 'bus.conf');
  writeFileSync(
    file,
    `<busconfig><type>session</type><listen>${address}</listen><policy context="default">
<allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy></busconfig>`,
  );
  const words = [`--config-file=${file}`, '--nofork', '--nopidfile', '--print-address'];
  return spawn('dbus-daemon', words, { env, stdio: ['ignore', 'pipe', 'ignore'] });
}

async function eventually(condition: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 40_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not in time: ${what}`);
    await sleep(50);
  }
}

function entriesOf(xml: string): Entry[] {
  return [...xml.matchAll(/<Entry>[\s\S]*?<\/Entry>/g)].map(([entry]) => ({
    title: stringOf(entry, 'Title'),
    secret: stringOf(entry, 'Password'),
  }));
}

function stringOf(entry: string, key: string): string {
  const [, value = ''] = new RegExp(`<Key>${key}</Key>\\s*<Value[^>/]*>([^<]*)</Value>`).exec(entry) ?? [];
  return value.replaceAll('&quot;', '"');
}
