// `npm run bench` measures the installed npm package and the executable as ratios to a bare start of Node. It
// uses a real keyring, a real provider and an STS on loopback. At the end it stops its processes and deletes
// its files, except the results.
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Measurement } from './figure.ts';
import { figures } from './figures.ts';
import { describeMachine } from './machine.ts';
import { readOptions } from './options.ts';
import { tableOf, withTable } from './page.ts';
import { formatRow, header, toJson } from './report.ts';
import { openWorkplace } from './workplace.ts';

// Handlers of 'exit' remove the folders and daemons of the run. A signal alone would skip them.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));
// A company's CA bundle doubles the start time of Node 20. npm may need it and gets it back.
const { NODE_EXTRA_CA_CERTS } = process.env;
delete process.env.NODE_EXTRA_CA_CERTS;

const options = readOptions(process.argv.slice(2));
const chosen = figures.filter(
  ({ name }) => options.only.length === 0 || options.only.some((word) => name.includes(word)),
);
if (chosen.length === 0) {
  console.error(
    `--only matches no figure; the figures are:\n${figures.map(({ name }) => `  ${name}`).join('\n')}`,
  );
  process.exit(64);
}

// Read the load before building and installing, which would raise it.
const machine = describeMachine(options.pairs);
const workplace = await openWorkplace({
  ...options,
  npmEnv: NODE_EXTRA_CA_CERTS ? { NODE_EXTRA_CA_CERTS } : {},
});
const results: Measurement[] = [];
try {
  console.log(`${machine}\n\n${header}`);
  for (const figure of chosen) {
    const measured = await figure.measure(workplace);
    results.push(...measured);
    for (const each of measured) console.log(formatRow(each));
  }
} finally {
  await workplace.close();
}
console.log(`\n${tableOf(results)}`);
if (options.json) writeFileSync(options.json, toJson(results, options.pairs));
if (options.write) {
  const page = resolve(import.meta.dirname, '../docs/performance.md');
  writeFileSync(page, withTable(readFileSync(page, 'utf8'), machine, results));
}
