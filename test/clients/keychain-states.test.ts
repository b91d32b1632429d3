// AWS clients meet each state of a keychain, with the real daemon. test/faults/records.test.ts tries damaged
// records, and test/store/split-store.test.ts simulates the keychain of Windows.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sessionKeys, signInIdentity } from '../../src/session/keys.ts';
import { indexSignIn } from '../../src/session/sign-in-index.ts';
import { loadSettings } from '../../src/settings/settings.ts';
import { ensurePrivateFolder, stateDirectory } from '../../src/state/directory.ts';
import { logged } from '../support/logging-stage.ts';
import { startMutePrompter } from '../support/mute-prompter.ts';
import { until } from '../support/until.ts';
import { answersOf, assertWell, type ClientStage, openClientStage, recordKeychain } from './client-stage.ts';
import { lacks } from './installed.ts';

/** The clients that show the stderr of daypass. */
const showing = [
  'AWS CLI',
  'boto3',
  'JavaScript v3, fromIni',
  'Go v2',
  'Ruby',
  'boto3, newest',
  'Go v2, newest',
  'Java v2',
  'Rust',
].filter((name) => !lacks(name));

/** Asserts that the client shows this error of daypass without a tab. Returns the seconds that it took. */
async function shows(stage: ClientStage, name: string, error: string, env: Record<string, string> = {}) {
  const before = stage.counts();
  const began = performance.now();
  const { words, env: own } = stage.client(name);
  const run = await stage.sandbox.runProgram(words, {
    env: { ...own, REQUESTS: '1', ...env },
    timeoutMs: 150_000,
  });
  assert.match(answersOf(run).join(), /^error/, name);
  assert.match(run.stdout + run.stderr, new RegExp(`daypass: ${error}: `), name);
  const { tabs, sts } = stage.counts();
  assert.deepEqual([tabs, sts], [before.tabs, before.sts]);
  return Math.round((performance.now() - began) / 1000);
}

/** Runs the clients one after another, because a locked keyring may not answer simultaneous calls. */
async function allShow(stage: ClientStage, error: string, env?: Record<string, string>): Promise<void> {
  for (const name of showing) await shows(stage, name, error, env);
}

async function allWell(stage: ClientStage): Promise<void> {
  const before = stage.counts();
  for (const name of showing) assertWell(await stage.run(stage.client(name)), 1);
  const { tabs, sts } = stage.counts();
  assert.deepEqual([tabs, sts], [before.tabs, before.sts]);
}

test('clients show that there is no keychain, and the session is there when the keychain returns', async (t) => {
  const stage = await openClientStage(t);
  const env = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' };
  await allShow(stage, 'keychain-missing', env);
  assert.equal((await stage.daypass()).code, 0);
  await allShow(stage, 'keychain-missing', env);
  await allWell(stage);
  recordKeychain('absent', `${showing.join(', ')}`, 'keychain-missing, no tab; then ok');
});

test('clients show that the keychain is locked, and the session is there after it is unlocked', async (t) => {
  const stage = await openClientStage(t);
  assert.equal((await stage.daypass()).code, 0);
  await stage.keyring.lock();
  await allShow(stage, 'keychain-locked');
  await stage.keyring.unlock();
  await allWell(stage);
  recordKeychain('locked', `${showing.join(', ')}`, 'keychain-locked, no tab; unlocked: ok, no tab');
});

test('clients show an error in time and open no tab if the unlock prompt stays unanswered', async (t) => {
  const stage = await openClientStage(t);
  assert.equal((await stage.daypass()).code, 0);
  await stage.keyring.lock();
  const prompter = await startMutePrompter(stage.keyring);
  // Rust stops waiting after 22 s, which is too close to the 20 s of daypass.
  const patient = showing.filter((name) => name !== 'Rust');
  const each = await Promise.all(patient.map((name) => shows(stage, name, 'keychain-unresponsive')));
  const seconds = Math.max(...each);
  // daypass waits 20 s for the prompt. Only the time distinguishes this from an endless wait.
  assert.ok(seconds < 30, `${seconds} s`);
  assert.ok(prompter.asked > 0);
  prompter.stop();
  await stage.keyring.unlock();
  await allWell(stage);
  recordKeychain(
    'prompt unanswered',
    `${patient.join(', ')}`,
    `keychain-unresponsive after ${seconds} s, no tab; then ok`,
  );
});

test('clients get credentials and nothing valid is lost if the daemon is killed during a save', {
  skip: lacks('AWS CLI'),
}, async (t) => {
  const stage = await openClientStage(t);
  assert.equal((await stage.daypass()).code, 0);
  const client = stage.client('AWS CLI');
  const seen = { saved: 0, lost: 0, unread: 0, tabs: 0 };
  // The kills range from before the save to after it.
  const instants = [0, 2, 4, 6, 8, 10, 13, 16, 20, 25, 30, 40].map(
    (milliseconds) => () => sleep(milliseconds),
  );
  const isSaved = (before: number) => until(() => logged(stage, 'saved').length > before, 'it is saved');
  for (const instant of [() => undefined, ...instants, isSaved]) {
    await stage.leave(10);
    const saved = logged(stage, 'saved').length;
    const release = stage.sts.hold();
    const calls = stage.sts.calls.length;
    const running = stage.sandbox.runProgram(client.words, {
      env: { ...client.env, REQUESTS: '1' },
      timeoutMs: 150_000,
    });
    await until(() => stage.sts.calls.length > calls, 'STS is asked');
    const dies = instant(saved);
    if (dies) {
      release();
      await dies;
    }
    process.kill(stage.keyring.daemonPid, 'SIGKILL');
    release();
    const run = await running;
    const [answer = ''] = answersOf(run);
    if (/^error/.test(answer)) {
      // The caller reads the saved record. If the daemon dies before that, the record is missing until it
      // returns.
      assert.match(run.stderr, /daypass: keychain-(failed|missing|locked): /);
      assert.ok(logged(stage, 'saved').length > saved);
      seen.unread += 1;
    } else assert.match(answer, /^ok /);
    await until(() => stage.sandbox.processes().length === 0, 'the renewal has ended');
    await stage.keyring.unlock();
    const before = stage.counts();
    // The cool-down of a failed save is a minute; login does not wait for it.
    assert.equal((await stage.daypass(['login'])).code, 0);
    assertWell(await stage.run(client), 1);
    const { tabs, sts } = stage.counts();
    seen.tabs += tabs - before.tabs;
    if (sts === before.sts) seen.saved += 1;
    else seen.lost += 1;
    // The renewal uses the earlier refresh token or ID token.
    assert.equal(tabs, before.tabs);
  }
  assert.ok(seen.saved > 0 && seen.lost > 0, JSON.stringify(seen));
  recordKeychain(
    'daemon killed while saving',
    `AWS CLI, ${seen.saved + seen.lost} times`,
    `${seen.lost} times not saved: ok all the same; ${seen.saved} times saved: ok, but ${seen.unread} times killed before it was read; then ${seen.tabs} tabs`,
  );
  assert.equal((await stage.daypass(['logout'])).code, 0);
  assert.deepEqual(await stage.keyring.accounts('daypass'), []);
});

/** Returns the records of the only session. */
async function recordsOf({ keyring }: ClientStage) {
  const accounts = await keyring.accounts('daypass');
  const texts = await Promise.all(
    accounts.map(async (account) => (await keyring.lookup('daypass', account)) ?? ''),
  );
  const at = texts.findIndex((text) => Array.isArray(JSON.parse(text).credentials));
  assert.equal(texts.length, 2);
  return { signIn: `${texts[at]}`, account: `${accounts[at]}`, credentials: `${texts[1 - at]}` };
}

test('daypass finds the right one of 200 roles of a sign-in, and logout deletes all', async (t) => {
  const stage = await openClientStage(t);
  assert.equal((await stage.daypass()).code, 0);
  const { signIn, account, credentials } = await recordsOf(stage);
  const record = JSON.parse(signIn);
  const others = Array.from({ length: 199 }, (_, index) => index.toString(16).padStart(32, 'f'));
  record.credentials.push(...others);
  await stage.keyring.store('daypass', {
    ...Object.fromEntries(others.map((other) => [other, credentials])),
    [account]: JSON.stringify(record),
  });
  await allWell(stage);
  const { code, stderr } = await stage.sandbox.run(['logout', '--profile', 'developer'], {
    timeoutMs: 120_000,
  });
  assert.deepEqual([code, stderr], [0, '']);
  assert.deepEqual(await stage.keyring.accounts('daypass'), []);
  recordKeychain('200 roles', `${showing.join(', ')}`, 'ok; logout leaves none');
});

test('daypass finds the right one of 200 sign-ins, status lists all, and logout --all deletes all', async (t) => {
  const stage = await openClientStage(t);
  const profiles = Array.from({ length: 199 }, (_, index) => `p${index}`);
  const sections = profiles.map((name) =>
    stage
      .config({ daypass_authorize_params: `prompt=consent&x=${name}` })
      .replace('profile developer', `profile ${name}`),
  );
  assert.equal((await stage.daypass()).code, 0);
  const { signIn, credentials } = await recordsOf(stage);
  stage.configure({}, sections.join(''));
  // Real sign-ins would take minutes, so the test writes 199 of them.
  const { env, home } = stage.sandbox;
  const secrets: Record<string, string> = {};
  for (const profile of profiles) {
    const flags = new Map([['profile', profile] as const]);
    const settings = loadSettings({ flags, env: { ...env, HOME: home }, home });
    const keys = sessionKeys(settings);
    indexSignIn(ensurePrivateFolder(stateDirectory(env, home), keys.signIn), settings);
    const record = JSON.parse(signIn);
    const identity = signInIdentity(settings);
    secrets[keys.signIn] = JSON.stringify({ ...record, identity, credentials: [keys.credentials] });
    secrets[keys.credentials] = credentials;
  }
  await stage.keyring.store('daypass', secrets);
  const accounts = await stage.keyring.accounts('daypass');
  assert.equal(accounts.length, 400);
  // The names must differ even in a keychain that ignores case.
  for (const account of accounts) assert.match(account, /^[0-9a-f]{32}$/);
  recordKeychain('names without regard to case', '400 entries', 'no name has a capital letter');
  await allWell(stage);
  const patient = { timeoutMs: 170_000 };
  const told: { profiles: { signedIn: boolean; identity: string }[] } = JSON.parse(
    (await stage.sandbox.run(['status', '--json'], patient)).stdout,
  );
  const { name } = JSON.parse(signIn);
  assert.deepEqual(
    told.profiles.map(({ signedIn, identity }) => [signedIn, identity]),
    Array(200).fill([true, name]),
  );
  const { code, stdout, stderr } = await stage.sandbox.run(['logout', '--all'], patient);
  assert.deepEqual([code, stderr], [0, '']);
  assert.equal(stdout.match(/^signed out of /gm)?.length, 200);
  assert.deepEqual(await stage.keyring.accounts('daypass'), []);
  recordKeychain('200 sign-ins', `${showing.join(', ')}`, 'ok; status tells 200, logout --all leaves none');
});

test('daypass keeps the entries of other programs and replaces damaged ones', {
  skip: lacks('AWS CLI', 'Go v2'),
}, async (t) => {
  const stage = await openClientStage(t);
  const foreign = { 'another program': 'its secret', [`${'f0'.repeat(16)}`]: '{"version":9}' };
  await stage.keyring.store('daypass', foreign);
  assert.equal((await stage.daypass()).code, 0);
  const damages = ['x', '{"version":1', '[]', '{"version":2}', '\ud83d\ude00\n"\\\t', 'A'.repeat(100_000)];
  for (const damage of damages) {
    const own = (await stage.keyring.accounts('daypass')).filter((account) => !(account in foreign));
    const credentials: string[] = [];
    for (const account of own) {
      const record = JSON.parse((await stage.keyring.lookup('daypass', account)) ?? '{}');
      if (record.roleArn) credentials.push(account);
    }
    await stage.keyring.store('daypass', Object.fromEntries(credentials.map((account) => [account, damage])));
    const silent = await stage.run(stage.client('AWS CLI'));
    assertWell(silent, 1);
    assert.deepEqual([silent.tabs, silent.sts], [0, 1], JSON.stringify(damage).slice(0, 40));
    await stage.keyring.store('daypass', Object.fromEntries(own.map((account) => [account, damage])));
    const signedIn = await stage.run(stage.client('Go v2'));
    assertWell(signedIn, 1);
    assert.deepEqual([signedIn.tabs, signedIn.sts], [1, 1], JSON.stringify(damage).slice(0, 40));
  }
  assert.equal((await stage.daypass(['logout'])).code, 0);
  assert.deepEqual(await stage.keyring.accounts('daypass'), Object.keys(foreign).sort());
  recordKeychain('foreign entries', 'AWS CLI, Go v2', 'ok; left alone, by logout too');
  recordKeychain(
    'damaged entries',
    `AWS CLI, Go v2, ${damages.length} ways`,
    'ok: from the sign-in, else one tab',
  );
});

test("the store returns a person's name unchanged, with any character", async (t) => {
  const email = '\0\u{1f600}é\u202e"\\\r\n\t%s$(x)`\'ada@example.com';
  // A valid ID token would be enough for a renewal.
  const stage = await openClientStage(t, { moreClaims: { email }, idTokenTtl: 60 });
  assert.equal((await stage.daypass()).code, 0);
  const readBack = async () => JSON.parse((await stage.daypass(['status', '--json'])).stdout).identity;
  assert.equal(await readBack(), email);
  const { signIn } = await recordsOf(stage);
  await stage.leave(10);
  const renewed = await stage.daypass(['--non-interactive']);
  assert.deepEqual([renewed.code, renewed.stderr], [0, '']);
  assert.notEqual((await recordsOf(stage)).signIn, signIn);
  assert.equal(await readBack(), email);
  await allWell(stage);
  recordKeychain(
    'values with any character',
    `${showing.join(', ')}`,
    'ok; read as written, renewed without a tab',
  );
});

test('every client works with store = file, and no keychain is used', async (t) => {
  const stage = await openClientStage(t);
  stage.configure({ daypass_store: 'file' });
  const env = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' };
  assert.equal((await stage.daypass([], env)).code, 0);
  for (const client of stage.clients) {
    const run = await stage.run(client, { env });
    assertWell(run, client.asks ? 1 : 0);
    assert.deepEqual([run.tabs, run.sts], [0, 0]);
  }
  assert.deepEqual(await stage.keyring.accounts('daypass'), []);
  recordKeychain('store = file', 'all clients', 'ok without any keychain');
  // A session in files is lost with the state directory.
  rmSync(join(stage.sandbox.home, '.local/state/daypass'), { recursive: true });
  const run = await stage.run(stage.client('JavaScript v3, fromIni'), { env });
  assertWell(run, 1);
  assert.deepEqual([run.tabs, run.sts], [1, 1]);
  // The leak check of the test would find the records in files.
  assert.equal((await stage.daypass(['logout'], env)).code, 0);
});
