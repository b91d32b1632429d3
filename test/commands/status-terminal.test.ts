// What a person sees of `daypass status` on terminals of different widths.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shownAt } from '../support/shown-at.ts';
import { openStageOfMany } from '../support/stage-of-many.ts';

test('the list is a table in 80 columns and a block for each profile in 60, and no line is longer', async (t) => {
  const stage = await openStageOfMany(t);
  assert.equal((await stage.daypass()).code, 0);
  const wide = await shownAt(stage, 80, 'status');
  assert.match(wide[2] ?? '', /^ {2}PROFILE +ROLE +ACCOUNT +UNTIL +RENEWAL$/);
  const narrow = await shownAt(stage, 60, 'status');
  assert.deepEqual(
    narrow.filter((line) => /^(developer|auditor|other)$/.test(line)),
    ['developer', 'auditor', 'other'],
  );
  assert.match(narrow[1] ?? '', /^✓ Signed in as ada@example\.com until /);
  for (const [lines, columns] of [
    [wide, 80],
    [narrow, 60],
  ] as const)
    for (const line of lines) assert.ok(line.length <= columns, line);
});

test('a narrow terminal splits no command', async (t) => {
  const stage = await openStageOfMany(t);
  stage.sandbox.env.AWS_ACCESS_KEY_ID = 'AKIAIOSFODNN7EXAMPLE';
  stage.sandbox.env.AWS_SECRET_ACCESS_KEY = 'x';
  assert.equal((await stage.daypass()).code, 0);
  const lines = await shownAt(stage, 60, 'status', '--verify', '--profile', 'auditor');
  assert.ok(lines.includes('            run: daypass login --profile auditor'), lines.join('\n'));
  assert.equal(lines.at(-1), '  run: unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY');
  for (const line of lines) assert.ok(line.length <= 60, line);
});
