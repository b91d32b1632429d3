// `npm run docs`: writes the pages that follow from the tables and helps in src/. A test fails if one is stale.
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { generatedPages, readIfAny, today } from './pages.ts';

const root = resolve(import.meta.dirname, '../..');

for (const [path, text] of await generatedPages(today())) {
  if (readIfAny(path) === text) continue;
  writeFileSync(join(root, path), text);
  console.log(`wrote ${path}`);
}
