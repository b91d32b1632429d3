// Runs the cases of docs/threats.md: the built program meets a fault, and the oracles judge the call.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { appendFileSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import type { ServerOptions } from 'node:https';
import { join } from 'node:path';
import { after, suite, type TestContext, test } from 'node:test';
import { executableUnderTest } from '../support/executable-under-test.ts';
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
  /** The hours by which the program's clock is ahead. Cases raise it so that credentials expire. */
  hour: number;
}

export interface Case extends Expected {
  /** Signs in before the fault is arranged. The case is then a silent refresh, three hours later. */
  session?: boolean;
  /** Changes the stage first, before the sign-in that `session` requests. */
  prepare?: (stage: FaultStage) => unknown;
  /** Sets the fault. */
  arrange?: (stage: FaultStage) => unknown;
  /** Replaces the call that is judged, `daypass --profile developer`. */
  act?: (stage: FaultStage) => Promise<Call>;
  /** Adds keys to the profile. */
  keys?: Record<string, string>;
  /** The number of tabs that the call may open (1 without a session, 0 with one). */
  tabs?: number;
  /** The number of codes and refresh tokens that may be posted (1). */
  tokenRequests?: number;
  /** True if no session may remain, as after an answer about another person: the next sign-in opens a tab. */
  ends?: boolean;
  /** A certificate and its key: the provider is at https://localhost. Without them it uses http. */
  tls?: ServerOptions;
  /** The time limit in milliseconds (30,000). */
  within?: number;
  /** Matches the paths below HOME that the case created and that may stay. */
  files?: RegExp;
  /** The command that `exec` starts, which gets the credentials in its environment. */
  command?: readonly string[];
  /** Asserts more about the stage, as the call left it. */
  inspect?: (stage: FaultStage, call: Call) => unknown;
}

export interface Call extends Omit<RunResult, 'signal'> {
  /** Other texts that must hold no secret: pages, a terminal. */
  seen?: Record<string, string>;
}

let keyring: Promise<Keyring> | undefined;
after(async () => (await keyring)?.stop());

/** Registers a test of the case `id` with a stage of its own. */
export function fault(id: string, what: string, given: Case): void {
  test(`${id} ${what}`, () => recorded(id, what, () => judge(given)));
}

export type Stimulus = [id: string, what: string, given: Case];

/**
 * Registers stimuli that share one stage, because a stage for each is slow. Each stimulus finds the state
 * that the previous one left. A call after the last one shows whether the session is lost.
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

/** One of several cases that are tried while a single call waits. */
export interface Attempt<Subject> {
  id: string;
  what: string;
  run: (subject: Subject) => unknown;
}

/** Registers cases that share one call. Each is a test, and all of them fail if an oracle complains. */
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

/** Registers a case that tries one module, because the whole program would use the internet. */
export function faultOfPart(
  id: string,
  what: string,
  judged: (t: TestContext) => void | Promise<void>,
): void {
  test(`${id} ${what}`, (t) => recorded(id, what, async () => judged(t)));
}

/** Records that a case cannot occur on this platform or in this program, and why. */
export function notApplicable(id: string, why: string): void {
  record({ id, notApplicable: why });
}

/** Adds a line to the table at the end of the run. */
function record(entry: Entry): void {
  const table = process.env.DAYPASS_TEST_TABLE;
  if (table) appendFileSync(table, `${JSON.stringify(entry)}\n`);
}

/** Runs a case. Throws an AssertionError with the complaints of the oracles. */
export async function judge(given: Case): Promise<void> {
  const opened = await open(given);
  try {
    await round(opened, given, true);
  } catch (error) {
    // The complaint that matters is the first one.
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
  // All cases of a file share the keyring, and ports repeat. The client id keeps their records apart.
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
    const { code, stderr } = await signIn(stage);
    assert.equal(code, 0, `the sign-in before the fault: ${stderr}`);
    opened.signedIn = true;
  }
  endCoolDowns(stage);
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
    ...withoutCommand(environments.seen, given),
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

/** Returns what was seen of daypass itself, and not of the command that `exec` starts. */
function withoutCommand(seen: Environments['seen'], { command }: Case): Environments['seen'] {
  if (!command) return seen;
  const line = command.map((word) => `${word}\0`).join('');
  return Object.fromEntries(Object.entries(seen).filter(([, text]) => !text.startsWith(line)));
}

/** Deletes the outcomes, so that no cool-down applies. */
function endCoolDowns({ sandbox }: FaultStage): void {
  for (const path of Object.keys(sandbox.files())) {
    if (path.endsWith('/outcome.json')) rmSync(join(sandbox.home, path));
  }
}

/** Calls daypass with a person who signs in in each tab that opens. */
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

/** Calls daypass three hours later, without a person. */
export function refresh(stage: FaultStage): Promise<Call> {
  stage.hour += 3;
  return stage.daypass(['--non-interactive'], clock(stage));
}

function clock({ hour }: FaultStage): Record<string, string> {
  return hour === 0 ? {} : later(`+${hour}h`);
}

/** Ends the fault, and returns a complaint unless the session renews or a person can sign in again. */
async function whatIsLost(
  stage: FaultStage,
  { session, ends }: Case,
  last: boolean,
): Promise<string | undefined> {
  stage.provider.behave();
  stage.sts.answer(undefined);
  stage.sandbox.writeConfig(stage.config());
  // The next stimulus uses the session that this one must have left, or signs in itself.
  if (!last && !(session && ends)) return undefined;
  endCoolDowns(stage);
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

/** Matches the files of the records if the case uses `store = file`. */
function ownSecrets({ keys }: Case): RegExp | undefined {
  return keys?.daypass_store === 'file' ? /\.secret$/ : undefined;
}

/** Matches the files that may stay below HOME: configuration, log, and the state directory's own files. */
const rightful =
  /^(\.aws\/config|daypass\.log|\.local\/state\/daypass\/([0-9a-f]{32}\/(outcome|sign-in|refreshing)|calls\/\d+|told\/told)\.json)$/;

/** The file that the single executable unpacks. */
const unpacked = /^\.local\/state\/daypass\/program-[0-9a-f]{64}\/keytar\.node$/;

async function leftBehind({ sandbox }: FaultStage, given: Case): Promise<string[]> {
  // A renewal waits 10 s for the browser to load its last page.
  const processes = await endProcessesWith(`HOME=${sandbox.home}`, 12_000);
  const strays = Object.keys(sandbox.files()).filter(
    (path) =>
      !rightful.test(path) &&
      !(executableUnderTest && unpacked.test(path)) &&
      !given.files?.test(path) &&
      !ownSecrets(given)?.test(path),
  );
  return [
    ...processes.map(({ command }) => `still running: ${command}`),
    ...strays.map((path) => `left behind: ${path}`),
  ];
}

interface Environments {
  /** The command line and the environment of each process, by pid. */
  seen: Record<string, string>;
  stop(): void;
}

const watched = new Map<string, Environments>();
/** The number of looks at each process of this machine, by pid. */
const looks = new Map<string, number>();
let watch: NodeJS.Timeout | undefined;

/** Collects the command lines and environments of the processes that have the stage's HOME. */
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
    // The first look may come between fork and exec. The environment of an older process stays the same.
    if (before === 3) continue;
    looks.set(pid, before + 1);
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'latin1');
      const home = /(?:^|\0)HOME=([^\0]*)/.exec(environment)?.[1] ?? '';
      const known = watched.get(home);
      if (known)
        known.seen[`process ${pid}`] = `${readFileSync(`/proc/${pid}/cmdline`, 'latin1')}\n${environment}`;
    } catch {
      // The process has just ended, or belongs to another user.
    }
  }
}
