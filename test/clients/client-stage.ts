import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { leaveCredentials } from '../support/aged-credentials.ts';
import { logged, openStageFor } from '../support/logging-stage.ts';
import { daypassCommand, type RunResult } from '../support/sandbox.ts';
import { type Stage, signInProgram } from '../support/stage.ts';
import { until } from '../support/until.ts';
import { type Client, clientsOf } from './client.ts';
import { type Entry, type Expected, isExpected } from './matrix.ts';
import { type ObjectStorage, startObjectStorage } from './object-storage.ts';

/** The cost of a run. */
export interface Counts {
  starts: number;
  tabs: number;
  /** The calls of AssumeRoleWithWebIdentity. */
  sts: number;
}

export interface ClientRun extends RunResult, Counts {
  /** The result of each request, for clients that make requests. */
  answers: string[];
}

/**
 * A stage whose profile `developer` has a credential_process in the config file and in the credentials file.
 */
export interface ClientStage extends Stage {
  storage: ObjectStorage;
  /** The clients that are installed. */
  clients: Client[];
  client(name: string): Client;
  /** Writes both files again with these daypass_ keys of the profile. */
  configure(keys?: Record<string, string>, more?: string): void;
  counts(): Counts;
  /** Runs a client to its end and counts the cost. */
  run(client: Client, options?: { requests?: number; env?: Record<string, string> }): Promise<ClientRun>;
  /** Counts the cost of `act`. */
  cost(act: () => Promise<unknown>): Promise<Counts>;
  /** Ages the stored credentials so that this many seconds of `lifetime` are left. */
  leave(seconds: number, options?: { lifetime?: number; silent?: boolean }): Promise<void>;
}

export async function openClientStage(
  t: TestContext,
  options: Parameters<typeof openStageFor>[1] = {},
): Promise<ClientStage> {
  // A client that gets no credentials from daypass would look for them in other places.
  assert.deepEqual(
    Object.keys(networkInterfaces()),
    ['lo'],
    'in a network namespace, as test/run.ts makes it',
  );
  const stage = await openStageFor(t, {
    ...options,
    keys: { daypass_browser: signInProgram, ...options.keys },
  });
  const storage = await startObjectStorage(stage.sts.secrets);
  t.after(() => storage.stop());
  const line = `credential_process = ${daypassCommand} --profile developer\n`;
  const clients = clientsOf({ sts: stage.sts.url, storage: storage.url }, 'developer');
  const counts = (): Counts => ({
    starts: logged(stage, 'called').filter(({ facts }) => facts.command === 'credential-process').length,
    tabs: stage.provider.counts.authorization,
    sts: stage.sts.calls.filter(({ action }) => action === 'AssumeRoleWithWebIdentity').length,
  });
  const clientStage: ClientStage = {
    ...stage,
    storage,
    clients,
    client: (name) => clients.find((client) => client.name === name) ?? fail(name),
    configure(keys = {}, more = '') {
      stage.sandbox.writeConfig(`${stage.config(keys)}${line}${more}`);
      mkdirSync(join(stage.sandbox.home, '.aws'), { recursive: true });
      // restic reads only this file. The others read the same line from it.
      writeFileSync(join(stage.sandbox.home, '.aws', 'credentials'), `[developer]\n${line}`, { mode: 0o600 });
    },
    counts,
    async cost(act) {
      const before = counts();
      await act();
      // A renewal in the background belongs to the cost of the client.
      await until(() => stage.sandbox.processes().length === 0, 'all have ended');
      const now = counts();
      return { starts: now.starts - before.starts, tabs: now.tabs - before.tabs, sts: now.sts - before.sts };
    },
    async run({ words, env }, { requests = 1, env: more = {} } = {}) {
      let result: RunResult | undefined;
      const cost = await clientStage.cost(async () => {
        result = await stage.sandbox.runProgram(words, {
          env: { ...env, REQUESTS: String(requests), ...more },
          timeoutMs: 150_000,
        });
      });
      return { ...(result as RunResult), ...cost, answers: answersOf(result as RunResult) };
    },
    leave: (seconds, options) => leaveCredentials(stage.keyring, seconds, options),
  };
  clientStage.configure();
  return clientStage;
}

/** Returns the lines with the result of each request. */
export function answersOf({ stdout }: Pick<RunResult, 'stdout'>): string[] {
  return stdout.split('\n').filter((each) => /^(ok|error)\b/.test(each));
}

/** Asserts that all requests succeeded with an empty stderr. */
export function assertWell(run: ClientRun, requests: number): void {
  assert.deepEqual([run.code, run.stderr], [0, ''], run.stdout);
  assert.deepEqual(run.answers.filter((answer) => answer.startsWith('ok ')).length, requests, run.stdout);
}

function fail(name: string): never {
  throw new Error(`there is no client ${name}`);
}

/**
 * Adds a line to the matrix at the end of the run. Throws if the number of starts is not the expected one.
 */
export function record(
  test: string,
  client: string,
  cost: Counts,
  { expected, result = 'ok' }: { expected?: Expected; result?: string } = {},
): void {
  const { starts, tabs, sts } = cost;
  const well = !expected || isExpected(starts, expected);
  const line = { test, client, starts, ...(expected ? { expected } : {}), tabs, sts };
  addToMatrix({ ...line, result: well ? result : 'STARTS NOT AS EXPECTED' });
  assert.ok(well, `${starts} starts, where ${JSON.stringify(expected)} was expected`);
}

/** Adds the result of a keychain test to the matrix. */
export function recordKeychain(keychain: string, what: string, result = 'ok'): void {
  addToMatrix({ keychain, what, result });
}

function addToMatrix(entry: Entry): void {
  const table = process.env.DAYPASS_TEST_TABLE;
  if (table) appendFileSync(table, `${JSON.stringify(entry)}\n`);
}
