// The sign-ins of the table: a person opens the link, stays at the provider for a while, and answers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Stage } from '../support/stage.ts';
import { answer, type Desktop, ending, finalPage } from './desktop.ts';
import { type Cell, type Outcome, record } from './table.ts';

interface Expected {
  heading: string;
  code: number;
  sts: number;
}

const expected: Record<Outcome, Expected> = {
  'signed in': { heading: 'Signed in', code: 0, sts: 1 },
  denied: { heading: 'Sign-in was denied', code: 77, sts: 0 },
  'role refused': { heading: 'Signed in, but AWS refused the role', code: 77, sts: 1 },
};

/** Registers these cells of the table. */
export function registerCells(desktop: Desktop, some: readonly Cell[]): void {
  for (const cell of some) {
    const { pause, placement, outcome } = cell;
    test(`${outcome} after ${pause} s at a provider on ${placement}`, () => run(desktop, cell));
  }
}

/** Registers one cell several times more, because its fault depends on timing. */
export function registerRepetitions(desktop: Desktop, times: number): void {
  const cell: Cell = { pause: 4, placement: 'https', outcome: 'signed in' };
  for (let time = 1; time <= times; time++)
    test(`signed in after 4 s, repetition ${time}`, () => run(desktop, cell));
}

async function run(desktop: Desktop, cell: Cell): Promise<void> {
  const { pause, placement, outcome } = cell;
  await desktop.seat({ placement }, async (seat) => {
    const { stage, browser } = seat;
    if (outcome === 'role refused') refuseRole(stage);
    const running = seat.call();
    const tab = await seat.arrival();
    await sleep(pause * 1000);
    await answer(tab, outcome === 'denied' ? 'deny' : 'allow');
    const { title, heading } = await finalPage(tab, stage.provider);
    const result = await ending(running);
    const seen = {
      title,
      heading,
      code: result?.code ?? null,
      tabs: (await browser.tabs()).length,
      launches: seat.desktop.launches().length,
      sts: stage.sts.calls.length,
    };
    const wanted = { ...expected[outcome], title: titleOf(expected[outcome]), tabs: 1, launches: 1 };
    const { heading: _heading, launches: _launches, ...shown } = seen;
    record({ ...cell, ...shown, browser: desktop.kind.name, passed: isDeepStrictEqual(seen, wanted) });
    assert.deepEqual(seen, wanted);
    if (result) stage.assertNoLeak(result);
  });
}

/** Makes the role's trust policy name another client than the one that AWS knows. */
function refuseRole({ trust: trusts }: Pick<Stage, 'trust'>): void {
  const [trust] = trusts;
  if (!trust) return;
  trusts.push({ ...trust, roleArn: `${trust.roleArn}2` });
  trust.audience = 'another client';
}

const titleOf = ({ heading }: Expected) => `${heading} – daypass`;
