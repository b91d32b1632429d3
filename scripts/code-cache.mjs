// Writes V8's code cache of an embedded part: `node scripts/code-cache.mjs PARTS NAME`, by the Node that the executable is made of.
// It holds what was compiled by then, so the reader, which AWS clients wait for, first answers a call from a keychain of ours.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Script } from 'node:vm';

const [, , parts = '', name = ''] = process.argv;
const script = new Script(readFileSync(join(parts, `${name}.cjs`), 'utf8'), { filename: `${name}.cjs` });
const save = () => writeFileSync(join(parts, `${name}.cache`), script.createCachedData());
if (name === 'reader') rehearse(save);
else save();

/** @param {() => void} done */
function rehearse(done) {
  const home = mkdtempSync(join(tmpdir(), 'daypass-rehearsal-'));
  process.on('exit', () => {
    done();
    rmSync(home, { recursive: true });
  });
  const issuer = 'https://login.example.com';
  const roleArn = 'arn:aws:iam::123456789012:role/Rehearsal';
  const text = 'x'.repeat(40);
  const record = {
    version: 1,
    issuer,
    roleArn,
    sub: 'rehearsal',
    issuedAt: Date.now(),
    lifetime: 3600e3,
    credentials: {
      accessKeyId: 'X'.repeat(20),
      secretAccessKey: text,
      sessionToken: text,
      expiration: '2030-01-01T00:00:00Z',
    },
  };
  writeFileSync(
    join(home, 'config'),
    `[profile rehearsal]\nregion = eu-west-1\ndaypass_issuer = ${issuer}\ndaypass_client_id = rehearsal\ndaypass_role_arn = ${roleArn}\n`,
  );
  process.env.HOME = home;
  process.env.LOCALAPPDATA = home;
  process.env.AWS_CONFIG_FILE = join(home, 'config');
  process.argv.splice(2, process.argv.length, '--profile', 'rehearsal');
  // The keychain, which the build has none of.
  process.dlopen = (module) => {
    Object.assign(module, { exports: { getPassword: async () => JSON.stringify(record) } });
  };
  const real = createRequire(import.meta.url);
  const sea = { getRawAsset: () => new ArrayBuffer(8) };
  script.runInThisContext()({ exports: {} }, {}, (/** @type {string} */ id) =>
    id === 'node:sea' ? sea : real(id),
  );
}
