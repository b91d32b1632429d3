// Writes V8's code cache of a part of the single executable: `node scripts/code-cache.mjs PART.cjs CACHE`, by the Node that runs the part
// later. The cache holds the code that was compiled by then, so the reader, which AWS clients wait for, first answers a call from a simulated
// keychain.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { Script } from 'node:vm';

const [, , part = '', cache = ''] = process.argv;
const script = new Script(readFileSync(part, 'latin1'), { filename: basename(part) });
if (basename(part) === 'reader.cjs') rehearse(save);
else save();

function save() {
  writeFileSync(cache, script.createCachedData());
}

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
  // With what people set beside that, as it is read by functions of its own.
  writeFileSync(
    join(home, 'config'),
    `[profile rehearsal]
region = eu-west-1
daypass_issuer = ${issuer}
daypass_client_id = rehearsal
daypass_role_arn = ${roleArn}
daypass_scopes = openid email
daypass_authorize_params = prompt=consent
daypass_duration = 3600
daypass_sts_endpoint = https://sts.example.com
`,
  );
  for (const name of Object.keys(process.env)) if (/^(AWS|DAYPASS|XDG)_/.test(name)) delete process.env[name];
  process.env.HOME = home;
  process.env.LOCALAPPDATA = home;
  process.env.AWS_CONFIG_FILE = join(home, 'config');
  // The keychain, which the build has none of.
  process.dlopen = (module) => {
    Object.assign(module, { exports: { getPassword: async () => JSON.stringify(record) } });
  };
  const real = createRequire(resolve(part));
  const sea = { getRawAsset: (/** @type {string} */ name) => assetOf(join(dirname(part), name)) };
  const require = (/** @type {string} */ id) => (id === 'node:sea' ? sea : real(id));
  /** @type {{ exports: any }} */
  const module = { exports: {} };
  script.runInThisContext()(module.exports, require, module, '', home);
  const call = { program: '', argv: ['--profile', 'rehearsal'], env: process.env };
  void module.exports.main(call).then((/** @type {number} */ code) => process.exit(code));
}

/**
 * Another part, or what stands for a file that is not made yet.
 * @param {string} path
 */
function assetOf(path) {
  return existsSync(path) ? new Uint8Array(readFileSync(path)).buffer : new ArrayBuffer(8);
}
