// `npm run test:nodes [-- SCRIPT]` runs an npm script (`test:portable` by default) with every Node version
// that daypass supports, from the npm package `node`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const [script = 'test:portable'] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'daypass-nodes-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const failed: number[] = [];
for (const major of [20, 22, 24, 26]) {
  const install = [
    'install',
    '--no-audit',
    '--no-fund',
    '--prefix',
    join(folder, `${major}`),
    `node@${major}`,
  ];
  // Without this, PATH would lead to another version.
  if (!run('npm', install)) throw new Error(`there is no Node ${major}`);
  const bin = join(folder, `${major}`, 'node_modules', 'node', 'bin');
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
  const { stdout } = spawnSync(join(bin, 'node'), ['--version'], { encoding: 'utf8' });
  console.log(`\n${script} with Node ${stdout}`);
  if (!run('npm', ['run', script], env)) failed.push(major);
  rmSync(join(folder, `${major}`), { recursive: true });
}
if (failed.length > 0) {
  console.error(`${script} failed with Node ${failed.join(', ')}`);
  process.exit(1);
}

function run(program: string, args: string[], env = process.env): boolean {
  return spawnSync(program, args, { stdio: 'inherit', env }).status === 0;
}
