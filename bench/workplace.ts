import { existsSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { endProcessesWith } from '../test/support/processes.ts';
import { signInOverHttp } from '../test/support/sign-in-over-http.mjs';
import { openStage, type Stage } from '../test/support/stage.ts';
import { ensureSystemPackages } from '../test/support/system-packages.ts';
import { until } from '../test/support/until.ts';
import { type InstalledPackage, installPackage } from './installed-package.ts';
import { type LinkPipe, openLinkPipe } from './link-pipe.ts';
import { ageCredentials, clearRecords } from './records.ts';
import { type Command, run } from './run.ts';

/** The installed daypass, the servers and the keyring, and the states that a figure needs. */
export interface Workplace {
  pairs: number;
  stage: Stage;
  links: LinkPipe;
  installed: InstalledPackage;
  npmEnv: Record<string, string>;
  /** The whole environment of every measured process. */
  env: Record<string, string>;
  /** `node -e 0`: the unit. */
  bare: Command;
  /** The call of AWS clients, through the installed bin. */
  daypass: Command;
  /** The same call with the executable of `npm run build:sea`, if it was built. */
  sea: Command | undefined;
  /** Returns the milliseconds of one run. */
  time(command: Command, env?: Record<string, string>): Promise<number>;
  signIn(): Promise<void>;
  /** Makes the stored credentials look this old. They are valid for 60 minutes. */
  age(minutes: number): Promise<void>;
  /** Deletes all traces of daypass. */
  forget(): Promise<void>;
  /** Waits until no renewal runs. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

export async function openWorkplace(options: {
  pairs: number;
  npmEnv: Record<string, string>;
}): Promise<Workplace> {
  const { missing } = await ensureSystemPackages('bench');
  const needed = missing.filter(({ what }) => /keyring|dbus|secret/.test(what));
  if (needed.length > 0) {
    throw new Error(
      `this machine lacks ${needed.map(({ what, needs }) => `${what} (Debian: ${needs})`).join(', ')}`,
    );
  }
  const installed = await installPackage(options.npmEnv);
  const links = openLinkPipe();
  // ID tokens of a minute are below daypass's margin for STS, so each renewal must refresh.
  const stage = await openStage({ idTokenTtl: 60 });
  const { sandbox, keyring } = stage;
  // A configured browser program is rare, so a hit is measured without it.
  sandbox.writeConfig(stage.config().replace(/^daypass_browser.*\n/m, ''));
  const { env } = sandbox;
  const state = join(sandbox.home, '.local', 'state', 'daypass');
  const args = ['--profile', 'developer'];
  const seaPath = resolve(import.meta.dirname, '../dist-sea/daypass');
  const workplace: Workplace = {
    ...options,
    stage,
    links,
    installed,
    env,
    bare: { program: process.execPath, args: ['-e', '0'] },
    daypass: { program: installed.bin, args },
    sea: existsSync(seaPath) ? { program: seaPath, args } : undefined,
    async time(command, extra = {}) {
      return (await run(command, { ...env, ...extra })).milliseconds;
    },
    async signIn() {
      await workplace.forget();
      const call = run(workplace.daypass, { ...env, DAYPASS_BROWSER: links.browser });
      await signInOverHttp(await links.nextLink());
      await call;
      await workplace.settled();
    },
    age: (minutes) => ageCredentials(keyring, env, minutes),
    async forget() {
      await endProcessesWith(`HOME=${sandbox.home}`, 0);
      clearRecords(env);
      rmSync(state, { recursive: true, force: true });
    },
    settled: () => until(() => sandbox.processes().length === 0, 'the renewal ended'),
    async close() {
      await stage.close();
      links.close();
    },
  };
  return workplace;
}
