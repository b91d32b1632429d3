// Builds dist-executable/daypass from the same sources: one executable for people without Node. Usage:
// `npm run build:executable [-- --target T … --folder F --sizes]`: T is a system of targets.mjs or `all`,
// F another output folder; `--sizes` also prints the size and that of compressed forms, in about a minute.
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { compile, versionsOfBun } from './bun.mjs';
import { bundleParts } from './bundle-parts.mjs';
import { signatureFault, signed } from './mach-o.mjs';
import { notices } from './notices.mjs';
import { sizesOf } from './sizes.mjs';
import { ownTarget, targetOf, targets } from './targets.mjs';

process.chdir(resolve(import.meta.dirname, '../..'));
const { values } = parseArgs({
  options: {
    target: { type: 'string', multiple: true },
    folder: { type: 'string' },
    sizes: { type: 'boolean' },
  },
});
const { target: named = [ownTarget()], folder = 'dist-executable' } = values;
const wanted = named.includes('all') ? Object.keys(targets) : named;
for (const name of wanted) targetOf(name);

mkdirSync(folder, { recursive: true });
// On the same disk, so that an executable can be renamed into place: the previous one may be running.
const workshop = mkdtempSync(join(resolve(folder), '.build-'));
process.on('exit', () => rmSync(workshop, { recursive: true, force: true }));
for (const name of wanted) await buildFor(name);

/** @param {string} name */
async function buildFor(name) {
  const { keytar, ending, bun } = targetOf(name);
  const parts = join(workshop, name);
  mkdirSync(parts);
  // daypass unpacks these two, because the system can only load or run them from disk.
  const hash = createHash('sha256');
  for (const [file, from] of Object.entries({
    'keytar.node': `node_modules/keytar/prebuilds/${keytar}/keytar.node`,
    'xdg-open': 'node_modules/open/xdg-open',
  })) {
    copyFileSync(from, join(parts, file));
    hash.update(readFileSync(from));
  }
  cpSync('views', join(parts, 'views'), { recursive: true });
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  writeFileSync(join(parts, 'package.json'), JSON.stringify({ version }));
  const { entries, inputs } = await bundleParts(parts, `program-${hash.digest('hex')}`);

  // This file is shipped beside the executable. It is the same for every target.
  const licences = join(parts, 'THIRD-PARTY.txt');
  writeFileSync(licences, notices(inputs, versionsOfBun(parts)));

  const made = join(parts, `daypass${ending}`);
  compile(name, parts, { entries, assets: ['keytar.node', 'xdg-open', 'package.json', 'views'], made });
  if (bun.startsWith('darwin')) {
    const program = signed(readFileSync(made));
    const fault = signatureFault(program);
    if (fault) throw new Error(`the signature of ${name} is wrong: ${fault}`);
    writeFileSync(made, program);
  }
  const place = join(folder, `daypass${name === ownTarget() ? '' : `-${name}`}${ending}`);
  renameSync(licences, join(folder, 'THIRD-PARTY.txt'));
  renameSync(made, place);
  rmSync(parts, { recursive: true });
  console.log(place);
  if (values.sizes) console.error(await sizesOf(place));
}
