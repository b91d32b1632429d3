import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { TestContext } from 'node:test';
import {
  type Account,
  type Accounts,
  type Actor,
  killProcessesOf,
  readablePath,
  startActor,
  stayingProcesses,
} from './accounts.ts';
import { executableUnderTest } from './executable-under-test.ts';
import { type IdentityProvider, startIdentityProvider } from './identity-provider.ts';
import { type Launcher, startLauncher } from './launcher.ts';
import { type LocalSts, startLocalSts } from './local-sts.ts';
import {
  daypassFile,
  npmProgram,
  type Running,
  type RunResult,
  startChild,
  withDeadline,
} from './sandbox.ts';
import { roleArn, signInProgram } from './stage.ts';
import { startTerminal, type TerminalRun } from './terminal-run.ts';

export interface AccountRunOptions {
  env?: Record<string, string>;
  /** Instead of the victim. */
  as?: { uid: number; gid: number };
  /** Milliseconds (60,000). */
  timeoutMs?: number;
  /** Words before the command of daypass. */
  before?: readonly string[];
  /** Without the profile, for `logout --all`. */
  bare?: boolean;
}

/** daypass in the account of the victim, with a profile `developer` and `store = file`. */
export interface AccountStage {
  provider: IdentityProvider;
  sts: LocalSts;
  launcher: Launcher;
  /** Starts a process of an account, which ends with the stage. */
  actor(account: Account | 'root'): Promise<Actor>;
  /** HOME of the victim's calls. */
  home: string;
  /** Writes the profile again with these daypass_ keys replaced or added. */
  configure(keys: Record<string, string>): void;
  /** Starts `daypass … --profile developer` as the victim. */
  start(args?: readonly string[], options?: AccountRunOptions): Running;
  run(args?: readonly string[], options?: AccountRunOptions): Promise<RunResult>;
  runInTerminal(args?: readonly string[], options?: AccountRunOptions): TerminalRun;
  /** Signs the victim in as `ada` in one call. */
  signIn(options?: AccountRunOptions): Promise<RunResult>;
  /** Returns who is signed in. */
  identity(options?: AccountRunOptions): Promise<string | null>;
}

/** The browser program of a victim who signs in at once. */
export const ownBrowser = signInProgram.replaceAll(
  resolve(import.meta.dirname),
  readablePath(import.meta.dirname),
);

/** Opens a stage for the victim. It closes with the test, and no process of the victim may be left then. */
export async function openAccountStage(
  t: TestContext,
  { victim }: Accounts,
  { home: given, keys = {} }: { home?: string; keys?: Record<string, string> } = {},
): Promise<AccountStage> {
  const provider = await startIdentityProvider();
  t.after(() => provider.stop());
  const sts = await startLocalSts({
    trust: [{ roleArn, issuer: provider.issuer, jwksUri: provider.jwksUri, audience: provider.clientId }],
  });
  t.after(() => sts.stop());
  const launcher = await startLauncher();
  const home = given ?? mkdtempSync(join(victim.home, 'home-'));
  if (!given) giveTo(victim, home);
  const actors: Actor[] = [];
  const terminals = mkdtempSync(join(victim.home, 'terminals-'));
  t.after(async () => {
    for (const actor of actors) await actor.stop();
    // A browser program that the test has held ends with this.
    await launcher.stop();
    const staying = await stayingProcesses(victim.uid, 12_000);
    killProcessesOf(victim.uid);
    for (const folder of [home, terminals]) rmSync(folder, { recursive: true, force: true });
    assert.deepEqual(staying, [], 'the victim has processes left');
  });
  const browser = launcher.browserSetting.replaceAll(
    resolve(import.meta.dirname),
    readablePath(import.meta.dirname),
  );
  const configure = (more: Record<string, string>) => {
    const all = {
      daypass_issuer: provider.issuer,
      daypass_client_id: provider.clientId,
      daypass_role_arn: roleArn,
      daypass_authorize_params: 'prompt=consent',
      daypass_sts_endpoint: sts.url,
      daypass_browser: browser,
      daypass_store: 'file',
      ...keys,
      ...more,
    };
    const lines = Object.entries(all).map(([key, value]) => `${key} = ${value}`);
    const file = join(home, '.aws', 'config');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `[profile developer]\nregion = eu-west-1\n${lines.join('\n')}\n`);
    for (const path of [dirname(file), file]) giveTo(victim, path);
    chmodSync(file, 0o600);
  };
  configure({});
  const environment = { PATH: npmProgram.path, HOME: home, LANG: 'C.UTF-8' };
  const words = (args: readonly string[], { before = [], bare = false }: AccountRunOptions) => [
    ...before,
    ...(executableUnderTest ? [] : [process.execPath]),
    readablePath(daypassFile),
    ...args,
    ...(bare ? [] : ['--profile', 'developer']),
  ];
  let runs = 0;
  const stage: AccountStage = {
    provider,
    sts,
    launcher,
    async actor(account) {
      const actor = await startActor(account);
      actors.push(actor);
      return actor;
    },
    home,
    configure,
    start(args = [], options = {}) {
      const { env = {}, as = victim } = options;
      const [program = '', ...rest] = words(args, options);
      return startChild(program, rest, environment, { env, as: idsOf(as), cwd: '/' }, home);
    },
    run(args = [], options = {}) {
      return withDeadline(stage.start(args, options), options.timeoutMs ?? 60_000, args.join(' '));
    },
    runInTerminal(args = [], options = {}) {
      const { env = {}, as = victim } = options;
      runs += 1;
      return startTerminal(words(args, options), {
        ...{ folder: join(terminals, String(runs)), cwd: '/', wholly: true, as: idsOf(as) },
        env: { ...environment, ...env },
      });
    },
    signIn({ env = {}, ...options } = {}) {
      return stage.run([], { env: { DAYPASS_BROWSER: ownBrowser, ...env }, ...options });
    },
    async identity(options) {
      const { stdout } = await stage.run(['status', '--json'], options);
      return JSON.parse(stdout).identity;
    },
  };
  return stage;
}

export function giveTo({ uid, gid }: Pick<Account, 'uid' | 'gid'>, path: string): void {
  chownSync(path, uid, gid);
}

function idsOf({ uid, gid }: { uid: number; gid: number }): { uid: number; gid: number } {
  return { uid, gid };
}
