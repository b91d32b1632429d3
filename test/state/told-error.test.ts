// Some clients call daypass several times for one request, and the terminal shows the error once.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { DaypassError } from '../../src/errors.ts';
import { Failed } from '../../src/renewal/failed.ts';
import { coolDownError, noteFailure, readLastOutcome } from '../../src/state/outcome.ts';
import { noteTold } from '../../src/state/told-error.ts';
import { formatError } from '../../src/terminal/terminal.ts';

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-told-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('the same error of the same client is told once, another error or client again', (t) => {
  const state = folderFor(t);
  assert.equal(noteTold(state, '1 2', 'daypass: denied: no'), true);
  assert.equal(noteTold(state, '1 2', 'daypass: denied: no'), false);
  assert.equal(noteTold(state, '1 2', 'daypass: denied: no for 9 s'), true);
  assert.equal(noteTold(state, '1 3', 'daypass: denied: no for 9 s'), true);
});

test('a cancelled sign-in is told once, although its seconds go on', (t) => {
  const state = folderFor(t);
  for (const fault of ['you cancelled this sign-in', 'another command (daypass logout) ended this sign-in']) {
    const cancelled = new DaypassError('cancelled', fault, { hint: 'run: daypass login' });
    noteFailure(state, new Failed(cancelled, 'sign-in', 'everyone'), 'a', 1_900_000_000_000);
    const shown = [0, 1000, 2500].map((ago) => {
      const caller = { interactive: true, now: 1_900_000_000_000 + ago };
      return formatError(coolDownError(readLastOutcome(state), 'a', caller) ?? cancelled);
    });
    assert.equal(new Set(shown).size, 3);
    // The first call of the client can be the one whose sign-in was cancelled.
    const isNew = [formatError(cancelled), ...shown].map((text) => noteTold(state, '1 2', text));
    assert.deepEqual(isNew, [true, false, false, false]);
  }
});
