// What the parts of the executable would look for outside it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importsFromOutside } from '../../scripts/executable/bundle-parts.mjs';

test('a package that is neither bundled nor built in is named', () => {
  const paths = ['node:fs', 'fs', 'kerberos', '@aws-sdk/client-sts', 'kerberos'];
  const imports = paths.map((path) => ({ path, kind: 'require-call' as const, external: true }));
  const bundled = { path: 'node_modules/jose/index.js', kind: 'import-statement' as const };
  const output = { bytes: 0, inputs: {}, exports: [], imports: [...imports, bundled] };
  const metafile = { inputs: {}, outputs: { 'main.cjs': output } };
  assert.deepEqual(importsFromOutside([metafile]), ['@aws-sdk/client-sts', 'kerberos']);
});
