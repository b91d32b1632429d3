// One case of the security research, section 7: the built program meets a fault, and every oracle judges what came of it.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { appendFileSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import type { ServerOptions } from 'node:https';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { type HostileProvider, startHostileProvider } from '../support/hostile-provider.ts';
import { type Keyring, startKeyring } from '../support/keyring.ts';
import { later } from '../support/other-clock.ts';
import { endProcessesWith } from '../support/processes.ts';
import type { RunResult } from '../support/sandbox.ts';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';
import { type Stage, setStage } from '../support/stage.ts';
import { complaints, type Expected } from './oracles.ts';
import type { Entry } from './table.ts';

export interface FaultStage extends Stage<HostileProvider> {
  /** Hours that the program's clock is ahead: it moves on where credentials have to run out. */
  hour: number;
}

export interface Case extends Expected {
  /** Signs in before the fault is arranged; then the case is a silent refresh, hours later. */
  session?: boolean;
  /** Changes the stage before all else, the sign-in before the fault included. */
  prepare?: (stage: FaultStage) => unknown;
  /** Sets the fault. */
  arrange?: (stage: FaultStage) => unknown;
  /** The call that is judged, where it is another one than `daypass --profile developer`. */
  act?: (stage: FaultStage) => Promise<Call>;
  /** Further keys of the profile. */
  keys?: Record<string, string>;
  /** Tabs that the call may open (one without a session, none with one). */
  tabs?: number;
  /** Times that a code or refresh token may be posted (1). */
  tokenRequests?: number;
  /** Whether no session may be there afterwards, as after an answer about somebody else: a tab has to open again. */
  ends?: boolean;
  /** A certificate and its key, with which the provider is at https://localhost; http without. */
  tls?: ServerOptions;
  /** Milliseconds (30,000). */
  within?: number;
  /** Files under HOME, by path, that the case made and that may stay. */
  files?: RegExp;
  /** Further assertions, on the stage as the call left it. */
  inspect?: (stage: FaultStage, call: Call) => unknown;
}

export interface Call extends Omit<RunResult, 'signal'> {
  /** What else was seen and must hold no secret: pages, a terminal. */
  seen?: Record<string, string>;
}

let keyring: Promise<Keyring> | undefined;
after(async () => (await keyring)?.stop());

/** Registers the test of one stimulus of the case `id`. */
export function fault(id: string, what: string, given: Case): void {
  test(`${id} ${what}`, () => recorded(id, what, () => judge(given)));
}

export type Stimulus = [id: string, what: string, given: Case];

/**
 * Registers stimuli that one stage meets after another, which is cheaper than a stage for each: what one of them leaves is what the
 * next one finds, and where that alone would not show a loss, the last one is followed by what a lone one is followed by.
 */
export function faults(about: string, stimuli: readonly Stimulus[]): void {
  suite(about, { concurrency: 1 }, () => {
    let opened: Promise<Opened> | undefined;
    for (const [index, [id, what, given]] of stimuli.entries()) {
      test(`${id} ${what}`, () =>
        recorded(id, what, async () => {
          opened ??= open(given);
          await round(await opened, given, index === stimuli.length - 1);
        }));
    }
    after(async () => (await opened)?.close());
  });
}

async function recorded(id: string, what: string, judged: () => Promise<void>): Promise<void> {
  let passed = false;
  try {
    await judged();
    passed = true;
  } finally {
    record({ id, what, passed });
  }
}

/** One of several cases that a single call serves while it waits. */
export interface Attempt<Subject> {
  id: string;
  what: string;
  run: (subject: Subject) => unknown;
}

/** Registers cases that share one call: each is a test of its own, and all of them have passed only if the oracles say so too. */
export function faultsInOneCall<Subject>(
  what: string,
  given: Omit<Case, 'act'>,
  attempts: readonly Attempt<Subject>[],
  act: (stage: FaultStage, tryAll: (subject: Subject) => Promise<void>) => Promise<Call>,
): void {
  test(what, async (t) => {
    const passed = new Set<Attempt<Subject>>();
    let judged = false;
    const tryAll = async (subject: Subject) => {
      for (const attempt of attempts) {
        await t.test(`${attempt.id} ${attempt.what}`, async () => {
          await attempt.run(subject);
          passed.add(attempt);
        });
      }
    };
    try {
      await judge({ ...given, act: (stage) => act(stage, tryAll) });
      assert.equal(passed.size, attempts.length, 'each was tried');
      judged = true;
    } finally {
      for (const one of attempts) record({ id: one.id, what: one.what, passed: judged && passed.has(one) });
    }
  });
}

/** A case of which only a part of the program can be shown here: the whole would talk to the internet. */
export function faultOfPart(id: string, what: string, judged: () => void | Promise<void>): void {
  test(`${id} ${what}`, () => recorded(id, what, async () => judged()));
}

/** A case that this platform or this program cannot have, and why. */
export function notApplicable(id: string, why: string): void {
  record({ id, notApplicable: why });
}

/** For the table at the end of the whole run. */
function record(entry: Entry): void {
  const table = process.env.DAYPASS_TEST_TABLE;
  if (table) appendFileSync(table, `${JSON.stringify(entry)}\n`);
}

/** Runs a case and throws what the oracles complain about. */
export async function judge(given: Case): Promise<void> {
  const opened = await open(given);
  try {
    await round(opened, given, true);
  } catch (error) {
    // What the end of a broken case complains about is not what broke it.
    await opened.close().catch(() => {});
    throw error;
  }
  await opened.close();
}

interface Opened {
  stage: FaultStage;
  environments: Environments;
  signedIn: boolean;
  close(): Promise<void>;
}

async function open({ keys, tls, prepare }: Case): Promise<Opened> {
  keyring ??= startKeyring();
  const provider = await startHostileProvider(tls);
  // The keyring serves all cases of this file, and a port comes again: their records differ in this.
  provider.clientId = `daypass-${randomUUID()}`;
  const shared = { ...(await keyring), stop: async () => {} };
  const plain = await setStage(provider, shared, { daypass_log: '~/daypass.log', ...keys });
  const stage = Object.assign(plain, { hour: 0 });
  await prepare?.(stage);
  const environments = watchEnvironments(stage);
  return {
    stage,
    environments,
    signedIn: false,
    async close() {
      environments.stop();
      await stage.close();
    },
  };
}

async function round(opened: Opened, given: Case, last: boolean): Promise<void> {
  const { stage, environments } = opened;
  const { provider } = stage;
  if (given.session && !opened.signedIn) {
    assert.equal((await signIn(stage)).code, 0, 'the sign-in before the fault');
    opened.signedIn = true;
  }
  restsPass(stage);
  environments.seen = {};
  const before = counted(stage);
  await given.arrange?.(stage);
  const started = performance.now();
  const call = await (given.act ?? (given.session ? refresh : signIn))(stage);
  const took = performance.now() - started;
  await given.inspect?.(stage, call);
  const left = await leftBehind(stage, given);
  const overspent = overspending(before, counted(stage), given);
  const files = Object.entries(stage.sandbox.files()).filter(([path]) => !ownSecrets(given)?.test(path));
  const places = {
    ...Object.fromEntries(files),
    ...environments.seen,
    ...call.seen,
    launches: JSON.stringify(stage.launcher.launches),
    stderr: call.stderr,
    ...(call.code === 0 ? {} : { stdout: call.stdout }),
  };
  const { reuse } = provider.counts;
  const secrets = [...provider.secrets, ...stage.sts.secrets];
  const lost = await whatIsLost(stage, given, last);
  const { error, text, prints, within = 30_000 } = given;
  const found = complaints({
    call,
    expected: { error, text, prints },
    took,
    within,
    places,
    secrets,
    lost,
    left,
    reuse,
    overspent,
  });
  assert.deepEqual(found, []);
}

/** A failure rests for a while; here that is over at once. */
function restsPass({ sandbox }: FaultStage): void {
  for (const path of Object.keys(sandbox.files())) {
    if (path.endsWith('/outcome.json')) rmSync(join(sandbox.home, path));
  }
}

/** A call with a person at the browser, who follows every tab that opens. */
export async function signIn(stage: FaultStage, args: string[] = []): Promise<Call> {
  const { launches } = stage.launcher;
  let next = launches.length;
  const running = stage.sandbox.start([...args, '--profile', 'developer'], { env: clock(stage) });
  const pages: Promise<string>[] = [];
  const follow = setInterval(() => {
    for (; next < launches.length; next++) {
      const link = launches[next]?.argv.at(-1) ?? '';
      pages.push(signInOverHttp(link).then(({ body }) => body, String));
    }
  }, 10);
  const result = await running.exit;
  clearInterval(follow);
  return { ...result, seen: { pages: (await Promise.all(pages)).join('\n') } };
}

/** A call three hours later, at which a browser could be opened and nobody is there to use it. */
export function refresh(stage: FaultStage): Promise<Call> {
  stage.hour += 3;
  return stage.daypass(['--non-interactive'], clock(stage));
}

function clock({ hour }: FaultStage): Record<string, string> {
  return hour === 0 ? {} : later(`+${hour}h`);
}

/** After the fault has passed: the session renews by itself, or a person can sign in again. */
async function whatIsLost(
  stage: FaultStage,
  { session, ends }: Case,
  last: boolean,
): Promise<string | undefined> {
  stage.provider.behave();
  stage.sts.answer(undefined);
  stage.sandbox.writeConfig(stage.config());
  // The next stimulus needs what this one must have left, or is at the browser itself.
  if (!last && !(session && ends)) return undefined;
  restsPass(stage);
  if (session && !ends) {
    const { code, stderr } = await refresh(stage);
    return code === 0 ? undefined : `the session: ${code} ${stderr}`;
  }
  if (session) stage.hour += 3;
  const launches = stage.launcher.launches.length;
  const { code, stderr } = await signIn(stage, ends ? ['login'] : ['login', '--force']);
  if (code !== 0) return `a sign-in afterwards: ${code} ${stderr}`;
  return stage.launcher.launches.length > launches ? undefined : 'no tab for the sign-in afterwards';
}

function counted({ provider, launcher }: FaultStage) {
  const { codeExchange, refresh } = provider.counts;
  return { tabs: launcher.launches.length, tokenRequests: codeExchange + refresh };
}

type Counted = ReturnType<typeof counted>;

function overspending(before: Counted, now: Counted, given: Case): string[] {
  const allowed = { tabs: given.tabs ?? (given.session ? 0 : 1), tokenRequests: given.tokenRequests ?? 1 };
  return (['tabs', 'tokenRequests'] as const).flatMap((name) => {
    const used = now[name] - before[name];
    return used <= allowed[name] ? [] : [`${used} ${name} instead of ${allowed[name]}`];
  });
}

/** The files in which the records lie where that was asked for. */
function ownSecrets({ keys }: Case): RegExp | undefined {
  return keys?.daypass_store === 'file' ? /\.secret$/ : undefined;
}

/** What a program may leave under HOME: its configuration and log, and in the state directory what is named there. */
const rightful =
  /^(\.aws\/config|daypass\.log|\.local\/state\/daypass\/([0-9a-f]{32}\/(outcome|sign-in|refreshing)|calls\/\d+)\.json)$/;

async function leftBehind({ sandbox }: FaultStage, given: Case): Promise<string[]> {
  // A page that nobody fetches keeps a renewal for 10 s.
  const processes = await endProcessesWith(`HOME=${sandbox.home}`, 12_000);
  const strays = Object.keys(sandbox.files()).filter(
    (path) => !rightful.test(path) && !given.files?.test(path) && !ownSecrets(given)?.test(path),
  );
  return [
    ...processes.map(({ command }) => `still running: ${command}`),
    ...strays.map((path) => `left behind: ${path}`),
  ];
}

interface Environments {
  /** By pid: command line and environment. */
  seen: Record<string, string>;
  stop(): void;
}

const watched = new Map<string, Environments>();
/** How often the processes of this machine were looked at, by pid. */
const looks = new Map<string, number>();
let watch: NodeJS.Timeout | undefined;

/** Gathers the command lines and environments of everything that runs with the stage's HOME. */
function watchEnvironments({ sandbox }: FaultStage): Environments {
  const environments: Environments = {
    seen: {},
    stop() {
      watched.delete(sandbox.home);
      if (watched.size > 0) return;
      clearInterval(watch);
      watch = undefined;
    },
  };
  watched.set(sandbox.home, environments);
  watch ??= setInterval(look, 50);
  return environments;
}

function look(): void {
  const pids = new Set(readdirSync('/proc').filter((name) => /^\d+$/.test(name)));
  for (const pid of looks.keys()) if (!pids.has(pid)) looks.delete(pid);
  for (const pid of pids) {
    const before = looks.get(pid) ?? 0;
    // Once may be between its fork and its exec; a process that is older has the environment that it keeps.
    if (before === 3) continue;
    looks.set(pid, before + 1);
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'latin1');
      const home = /(?:^|\0)HOME=([^\0]*)/.exec(environment)?.[1] ?? '';
      const known = watched.get(home);
      if (known)
        known.seen[`process ${pid}`] = `${readFileSync(`/proc/${pid}/cmdline`, 'latin1')}\n${environment}`;
    } catch {
      // It has just ended, or is somebody else's.
    }
  }
}
