// `npm run bench` measures the package as npm installs it, as ratios to a bare start of the same Node, with a
// real keyring, a real provider and an STS on loopback. It deletes everything that it starts or writes.
import { writeFileSync } from 'node:fs';
import { figures } from './figures.ts';
import { readOptions } from './options.ts';
import { formatRow, header, type Row, rowOf, toJson } from './report.ts';
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
  console.error(`--only names none of:\n${figures.map(({ name }) => `  ${name}`).join('\n')}`);
  process.exit(64);
}

const workplace = await openWorkplace({
  pairs: options.pairs,
  npmEnv: NODE_EXTRA_CA_CERTS ? { NODE_EXTRA_CA_CERTS } : {},
});
const rows: Row[] = [];
try {
  console.log(
    `Node ${process.version}, ${process.platform} ${process.arch}, ${options.pairs} pairs a figure\n`,
  );
  console.log(header);
  for (const figure of chosen) {
    const row = rowOf(figure, await figure.measure(workplace));
    rows.push(row);
    console.log(formatRow(row));
  }
} finally {
  await workplace.close();
}
if (options.json) writeFileSync(options.json, toJson(rows, options.pairs));
