// macOS kills a program with an invalid signature. These tests check it: they cannot run the program.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { signatureFault } from '../../scripts/executable/mach-o.mjs';
import { executableFor } from '../support/executable.ts';

for (const target of ['darwin-arm64', 'darwin-x64']) {
  test(`${target}: the signature has the hash of every page`, () => {
    const program = readFileSync(executableFor(target));
    assert.equal(signatureFault(program), undefined);
    const changed = Buffer.from(program);
    changed.writeUInt8(changed.readUInt8(100_000) ^ 1, 100_000);
    assert.match(signatureFault(changed) ?? '', /^1 of \d+ pages are others$/);
  });
}
