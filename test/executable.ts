// `npm run test:executable` builds the executable of this machine, unless these sources are already built. It
// runs the kinds of tests that start daypass with this executable, and then test:systems. At the end it
// prints the tests that it left out, with the reasons.
//   npm run test:executable -- --part ci     the short list of kinds.ts
//   npm run test:executable -- faults soak   these kinds
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { kindsWithExecutable, partInCi } from './kinds.ts';
import { listMadeForNode } from './made-for-node.ts';
import { buildExecutable } from './support/executable.ts';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { part: { type: 'string' } } });
if (values.part !== undefined && values.part !== 'ci') fail(`--part accepts only ci, not ${values.part}`);
const all = [...kindsWithExecutable, 'systems'];
for (const kind of positionals)
  if (!all.includes(kind))
    throw new Error(`${kind} is not a kind that starts the executable: ${all.join(', ')}`);

const [executable] = buildExecutable().words;
const kinds = values.part ? Object.keys(partInCi) : positionals.length > 0 ? positionals : all;
const results = kinds.map((kind) => {
  console.log(`\n${kind} with ${executable}`);
  const files = values.part ? (partInCi[kind] ?? []).map((name) => join(import.meta.dirname, name)) : [];
  const words = ['--import', 'tsx', join(import.meta.dirname, 'run.ts'), '--kind', kind, ...files];
  const env = { ...process.env, ...(kind === 'systems' ? {} : { DAYPASS_TEST_PROGRAM: executable }) };
  const { status } = spawnSync(process.execPath, words, { stdio: 'inherit', env });
  return { kind, passed: status === 0 };
});
console.log(`\n${listMadeForNode()}\n`);
for (const { kind, passed } of results) console.log(`${kind}: ${passed ? 'passed' : 'FAILED'}`);
if (results.some(({ passed }) => !passed)) process.exitCode = 1;

function fail(reason: string): never {
  console.error(reason);
  process.exit(1);
}
