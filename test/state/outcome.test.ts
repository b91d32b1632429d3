import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { DaypassError } from '../../src/errors.ts';
import { Failed } from '../../src/renewal/failed.ts';
import {
  coolDownError,
  endCoolDowns,
  lastFailure,
  noteFailure,
  readLastOutcome,
} from '../../src/state/outcome.ts';

const folder = mkdtempSync(join(tmpdir(), 'daypass-cool-down-'));
after(() => rmSync(folder, { recursive: true }));
beforeEach(() => rmSync(join(folder, 'outcome.json'), { force: true }));

const now = 1_900_000_000_000;
const denied = new DaypassError('denied', 'no');

const told = (at: number, interactive = true, role = 'a') =>
  coolDownError(readLastOutcome(folder), role, { interactive, now: at })?.code;

test('a failed sign-in has a cool-down for all callers and roles, which doubles from 30 s to 10 min', () => {
  let at = now;
  for (const seconds of [30, 60, 120, 240, 480, 600, 600]) {
    noteFailure(folder, new Failed(denied, 'sign-in', 'everyone'), 'a', at);
    assert.equal(told(at), 'denied');
    assert.equal(told(at, false, 'b'), 'denied');
    at += seconds * 1000;
    assert.equal(told(at - 1), 'denied');
    assert.equal(told(at), undefined);
  }
});

test('after a long pause the first cool-down is short again', () => {
  noteFailure(folder, new Failed(denied, 'sign-in', 'everyone'), 'a', now);
  noteFailure(folder, new Failed(denied, 'sign-in', 'everyone'), 'a', now + 3_600_000);
  assert.equal(told(now + 3_630_000), undefined);
});

test('the failure of one role does not concern another role', () => {
  noteFailure(folder, new Failed(new DaypassError('trust-policy', 'no'), 'role', 'everyone'), 'a', now);
  assert.equal(told(now), 'trust-policy');
  assert.equal(told(now, true, 'b'), undefined);
  const last = (role: string) => lastFailure(readLastOutcome(folder), role)?.error.code;
  assert.deepEqual([last('a'), last('b')], ['trust-policy', undefined]);
  endCoolDowns(folder, 'b');
  assert.deepEqual([last('a'), last('b')], ['trust-policy', undefined]);
  endCoolDowns(folder, 'a');
  assert.deepEqual([last('a'), last('b')], [undefined, undefined]);
});

test('a silent failure has a cool-down of 60 s, only for callers that allow no browser', () => {
  for (const at of [now, now + 60_000, now + 120_000]) {
    noteFailure(folder, new Failed(new DaypassError('provider-failed', 'no'), 'sign-in', 'silent'), 'a', at);
    assert.equal(told(at, true), undefined);
    assert.equal(told(at + 59_999, false), 'provider-failed');
    assert.equal(told(at + 60_000, false), undefined);
  }
});

test('silent failures do not make a later cool-down longer', () => {
  const fail = (coolDown: 'everyone' | 'silent', at: number) =>
    noteFailure(folder, new Failed(denied, 'sign-in', coolDown), 'a', at);
  for (let minute = 0; minute < 6; minute++) fail('silent', now + minute * 60_000);
  const first = now + 360_000;
  fail('everyone', first);
  assert.equal(told(first + 29_999), 'denied');
  assert.equal(told(first + 30_000), undefined);
  // A silent failure in between does not reset the count of denials.
  fail('silent', first + 30_000);
  fail('everyone', first + 90_000);
  assert.equal(told(first + 149_999), 'denied');
});

test('status reports a failure without a cool-down, too', () => {
  noteFailure(folder, new Failed(new DaypassError('port-busy', 'taken'), 'sign-in'), 'a', now);
  assert.equal(told(now, false), undefined);
  assert.equal(readLastOutcome(folder).failure?.error.code, 'port-busy');
});

test('a success ends the cool-downs of the sign-in and of its own role', () => {
  noteFailure(folder, new Failed(denied, 'sign-in', 'everyone'), 'a', now);
  noteFailure(folder, new Failed(denied, 'role', 'everyone'), 'a', now);
  noteFailure(folder, new Failed(denied, 'role', 'everyone'), 'b', now);
  endCoolDowns(folder, 'a');
  assert.equal(told(now), undefined);
  assert.equal(told(now, true, 'b'), 'denied');
});

test('a cool-down from the future, another version and a broken file have no effect', () => {
  noteFailure(folder, new Failed(denied, 'sign-in', 'everyone'), 'a', now + 3_600_000);
  assert.equal(told(now), undefined);
  for (const text of [
    '',
    '{',
    'null',
    '[]',
    '{"version":2,"signIn":{}}',
    '{"version":1,"signIn":7,"roles":[]}',
    '{"version":1,"signIn":{}}',
    JSON.stringify({
      version: 1,
      signIn: { error: { code: 'toString', faults: [] }, at: 0, until: now + 1 },
    }),
  ]) {
    writeFileSync(join(folder, 'outcome.json'), text);
    assert.equal(told(now), undefined, text);
  }
});

test('the error of a cancelled sign-in says when it was, and when a tab opens again', () => {
  const cancelled = new DaypassError('cancelled', 'you cancelled this sign-in');
  noteFailure(folder, new Failed(cancelled, 'sign-in', 'everyone'), 'a', now);
  const error = coolDownError(readLastOutcome(folder), 'a', { interactive: true, now: now + 5000 });
  assert.deepEqual(error?.faults, [
    'you cancelled this sign-in 5 s ago; calls do not open a new tab for 25 s',
  ]);
  // The file keeps the error itself.
  assert.deepEqual(readLastOutcome(folder).signIn?.error.faults, ['you cancelled this sign-in']);
});
