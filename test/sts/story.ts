import { appendFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Client, Entry, StoryName, stories } from './table.ts';

/** Registers the test of one row of the table; `claim` is the rest of its title. */
export function story<Name extends StoryName>(
  name: Name,
  client: (typeof stories)[Name][number],
  claim: string,
  tell: () => Promise<void>,
): void {
  test(`${name} (${client}): ${claim}`, async () => {
    let passed = false;
    try {
      await tell();
      passed = true;
    } finally {
      addToTable(name, client, passed);
    }
  });
}

function addToTable(story: StoryName, client: Client, passed: boolean): void {
  const table = process.env.DAYPASS_TEST_TABLE;
  const entry: Entry = { story, client, passed };
  if (table) appendFileSync(table, `${JSON.stringify(entry)}\n`);
}
