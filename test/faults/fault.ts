// One case of the security research, section 7: the built program meets a fault, and every oracle judges what came of it.
import assert from 'node:assert/strict';
import { appendFileSync, readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { type HostileProvider, startHostileProvider } from '../support/hostile-provider.ts';
import { type Keyring, startKeyring } from '../support/keyring.ts';
import { later } from '../support/other-clock.ts';
import { endProcessesWith } from '../support/processes.ts';
import type { RunResult } from '../support/sandbox.ts';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';
import { type Stage, setStage } from '../support/stage.ts';
import { complaints, type Expected } from './oracles.ts';
import type { Entry } from './table.ts';

export type FaultStage = Stage<HostileProvider>;

export interface Case extends Expected {
  /** Signs in before the fault is arranged; then the case is a silent refresh, hours later. */
  session?: boolean;
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
  /** Whether a session is there no more afterwards, as it must not be after an answer about somebody else. */
  ends?: boolean;
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
  test(`${id} ${what}`, async () => {
    let passed = false;
    try {
      await judge(given);
      passed = true;
    } finally {
      record({ id, what, passed });
    }
  });
}

/** A case that this platform or this program cannot have, and why. */
export function notApplicable(id: string, why: string): void {
  record({ id, notApplicable: why });
}

/** For the table at the end of the whole run. */
function record(entry: Entry): void {
  const table = process.env.DAYPASS_FAULT_TABLE;
  if (table) appendFileSync(table, `${JSON.stringify(entry)}\n`);
}

/** Runs a case and throws what the oracles complain about. */
export async function judge(given: Case): Promise<void> {
  keyring ??= startKeyring();
  const provider = await startHostileProvider();
  // The keyring serves all cases of this file: their records differ in the provider's port.
  const stage = await setStage(
    provider,
    { ...(await keyring), stop: async () => {} },
    {
      daypass_log: '~/daypass.log',
      ...given.keys,
    },
  );
  const environments = watchEnvironments(stage);
  try {
    if (given.session) assert.equal((await signIn(stage)).code, 0, 'the sign-in before the fault');
    const before = counted(stage);
    await given.arrange?.(stage);
    const started = performance.now();
    const call = await (given.act ?? (given.session ? refresh : signIn))(stage);
    const took = performance.now() - started;
    await given.inspect?.(stage, call);
    const left = await leftBehind(stage, given.files);
    const overspent = overspending(before, counted(stage), given);
    const places = {
      ...stage.sandbox.files(),
      ...environments.stop(),
      ...call.seen,
      launches: JSON.stringify(stage.launcher.launches),
      stderr: call.stderr,
      ...(call.code === 0 ? {} : { stdout: call.stdout }),
    };
    const { reuse } = provider.counts;
    const secrets = [...provider.secrets, ...stage.sts.secrets];
    const lost = await whatIsLost(stage, given);
    const { error, text, within = 30_000 } = given;
    const found = complaints({
      call,
      expected: { error, text },
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
  } finally {
    environments.stop();
    await stage.close();
  }
}

/** A call with a person at the browser, who follows every tab that opens. */
export async function signIn(stage: FaultStage, args: string[] = []): Promise<Call> {
  const { launches } = stage.launcher;
  let next = launches.length;
  const running = stage.sandbox.start([...args, '--profile', 'developer']);
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
  return stage.daypass(['--non-interactive'], later('+3h'));
}

/** After the fault has passed: the session renews by itself, or a person can sign in again. */
async function whatIsLost(stage: FaultStage, { session, ends }: Case): Promise<string | undefined> {
  stage.provider.behave();
  stage.sts.answer(undefined);
  stage.sandbox.writeConfig(stage.config());
  const launches = stage.launcher.launches.length;
  if (session) {
    const { code, stderr } = await stage.daypass(['--non-interactive'], later('+6h'));
    if (ends ? code === 0 : code !== 0) return `the session: ${code} ${stderr}`;
  }
  if (session && !ends) return undefined;
  const { code, stderr } = await signIn(stage, ['login', '--force']);
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

/** What a program may leave under HOME: its configuration and log, and in the state directory what is named there. */
const rightful =
  /^(\.aws\/config|daypass\.log|\.local\/state\/daypass\/[0-9a-f]{32}\/(outcome|sign-in|refreshing)\.json)$/;

async function leftBehind({ sandbox }: FaultStage, files?: RegExp): Promise<string[]> {
  // A page that nobody fetches keeps a renewal for 10 s.
  const processes = await endProcessesWith(`HOME=${sandbox.home}`, 12_000);
  const strays = Object.keys(sandbox.files()).filter((path) => !rightful.test(path) && !files?.test(path));
  return [
    ...processes.map(({ command }) => `still running: ${command}`),
    ...strays.map((path) => `left behind: ${path}`),
  ];
}

/** Gathers the command lines and environments of everything that runs. */
function watchEnvironments({ sandbox }: FaultStage): { stop(): Record<string, string> } {
  const seen: Record<string, string> = {};
  const timer = setInterval(() => {
    for (const { pid, command } of sandbox.processes()) {
      try {
        seen[`process ${pid}`] ??= `${command}\n${readFileSync(`/proc/${pid}/environ`, 'latin1')}`;
      } catch {
        // It has just ended.
      }
    }
  }, 50);
  return {
    stop() {
      clearInterval(timer);
      return seen;
    },
  };
}
