import { appendFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import type { Entry, StepName } from './table.ts';

/** Milliseconds; the portable files take most of it. */
const longest = 900_000;

/** Runs a step as a test, and records its result and time for the table. */
export function step(name: StepName, run: (t: TestContext) => Promise<void>): void {
  test(name, { timeout: longest }, async (t) => {
    const began = performance.now();
    let passed = false;
    try {
      await run(t);
      passed = true;
    } finally {
      const file = process.env.DAYPASS_TEST_TABLE;
      const entry: Entry = { step: name, passed, seconds: (performance.now() - began) / 1000 };
      if (file) appendFileSync(file, `${JSON.stringify(entry)}\n`);
    }
  });
}
