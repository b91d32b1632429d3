import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ownTarget } from '../scripts/executable/targets.mjs';
import { executableFor } from '../test/support/executable.ts';
import { endProcessesWith } from '../test/support/processes.ts';
import { signInOverHttp } from '../test/support/sign-in-over-http.mjs';
import { openStage, type Stage } from '../test/support/stage.ts';
import { ensureSystemPackages } from '../test/support/system-packages.ts';
import { until } from '../test/support/until.ts';
import { type InstalledPackage, installPackage } from './installed-package.ts';
import { type LinkPipe, openLinkPipe } from './link-pipe.ts';
import { ageCredentials, clearRecords } from './records.ts';
import { type Command, run } from './run.ts';

/** Both forms of daypass, the servers and the keyring, and functions that prepare the state for a figure. */
export interface Workplace {
  pairs: number;
  stage: Stage;
  links: LinkPipe;
  /** Undefined if `--npm` names a program. */
  installed: InstalledPackage | undefined;
  npmEnv: Record<string, string>;
  /** The whole environment of every measured process. */
  env: Record<string, string>;
  /** The unit of the ratios: `node -e 0`. */
  bare: Command;
  /** The command that AWS clients run, for each form of daypass. */
  programs: Readonly<Record<'executable' | 'npm', Command>>;
  /** Returns the results of `of` for both programs. */
  each<T>(of: (command: Command) => T): Record<'executable' | 'npm', T>;
  /** Returns the milliseconds of one run. */
  time(command: Command, env?: Record<string, string>): Promise<number>;
  signIn(): Promise<void>;
  /** Makes the stored credentials look this old. They are valid for 60 minutes. */
  age(minutes: number): Promise<void>;
  /**
   * Deletes everything that daypass stored, except the files that the executable unpacked: an ordinary
   * sign-in does not unpack them again.
   */
  forget(): Promise<void>;
  /** Waits until no renewal runs. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

export async function openWorkplace(options: {
  pairs: number;
  npmEnv: Record<string, string>;
  npm: string | undefined;
  executable: string | undefined;
}): Promise<Workplace> {
  const { missing } = await ensureSystemPackages('bench');
  const needed = missing.filter(({ what }) => /keyring|dbus|secret/.test(what));
  if (needed.length > 0) {
    throw new Error(
      `the benchmark needs ${needed.map(({ what, needs }) => `${what} (Debian: ${needs})`).join(', ')}`,
    );
  }
  const { pairs, npmEnv } = options;
  const installed = options.npm === undefined ? await installPackage(npmEnv) : undefined;
  const links = openLinkPipe();
  // ID tokens of a minute are below daypass's margin for STS, so each renewal must refresh.
  const stage = await openStage({ idTokenTtl: 60 });
  const { sandbox, keyring } = stage;
  // A configured browser program is rare, so a hit is measured without it.
  sandbox.writeConfig(stage.config().replace(/^daypass_browser.*\n/m, ''));
  const { env } = sandbox;
  const state = join(sandbox.home, '.local', 'state', 'daypass');
  const args = ['--profile', 'developer'];
  const programs = {
    executable: {
      program: options.executable ? resolve(options.executable) : executableFor(ownTarget()),
      args,
    },
    npm: { program: installed?.bin ?? resolve(options.npm ?? ''), args },
  };
  const workplace: Workplace = {
    pairs,
    npmEnv,
    stage,
    links,
    installed,
    env,
    bare: { program: process.execPath, args: ['-e', '0'] },
    programs,
    each: (of) => ({ executable: of(programs.executable), npm: of(programs.npm) }),
    async time(command, extra = {}) {
      return (await run(command, { ...env, ...extra })).milliseconds;
    },
    async signIn() {
      await workplace.forget();
      const call = run(programs.npm, { ...env, DAYPASS_BROWSER: links.browser });
      await signInOverHttp(await links.nextLink());
      await call;
      await workplace.settled();
    },
    age: (minutes) => ageCredentials(keyring, env, minutes),
    async forget() {
      await endProcessesWith(`HOME=${sandbox.home}`, 0);
      clearRecords(env);
      for (const entry of existsSync(state) ? readdirSync(state) : [])
        if (!entry.startsWith('program-')) rmSync(join(state, entry), { recursive: true, force: true });
    },
    settled: () => until(() => sandbox.processes().length === 0, 'the renewal ended'),
    async close() {
      await stage.close();
      links.close();
    },
  };
  return workplace;
}
