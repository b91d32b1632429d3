// The machine around daypass is odd or hostile: cases E01 to E05 of docs/threats.md.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chownSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findSecrets } from '../support/canary.ts';
import { createSandbox } from '../support/sandbox.ts';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';
import { fault, faultOfPart, notApplicable } from './fault.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const launcher = join(root, 'launcher/daypass');

/** Runs the work in a new folder. */
async function inFolder(work: (folder: string) => unknown): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-surroundings-'));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode: 0o755 });
}

if (process.getuid?.() !== 0) notApplicable('E01', 'only root can make files of another user');
else
  for (const part of ['lib/node_modules/daypass', 'bin/node', 'lib', '']) {
    faultOfPart('E01', `the launcher runs nothing of a prefix in which another user owns "${part}"`, () =>
      inFolder((home) => {
        const prefix = join(home, 'n');
        const ran = join(home, 'ran');
        write(join(prefix, 'lib/node_modules/daypass/dist/daypass.cjs'), `//${ran}`);
        write(join(prefix, 'bin/node'), `#!/bin/sh\n: > '${ran}'\n`);
        copyFileSync(launcher, join(home, 'daypass'));
        const run = () =>
          spawnSync(join(home, 'daypass'), { env: { HOME: home, PATH: '/nowhere' }, encoding: 'utf8' });
        run();
        assert.ok(existsSync(ran), 'it runs what root owns');
        rmSync(ran);
        chownSync(join(prefix, part), 64123, 0);
        const { stdout } = run();
        assert.equal(existsSync(ran), false);
        assert.equal(stdout, '');
      }),
    );
  }

const preloads: [what: string, options: (path: string) => string][] = [
  ['a preloaded script', (path) => `--require ${path}`],
  ['a preloaded script with a quoted path', (path) => `--no-warnings --require "${path}"`],
  ['a preloaded module', (path) => `--import=${path}`],
  ['a loader', (path) => `--experimental-loader ${path}`],
];
for (const [what, options] of preloads) {
  fault('E02', `credentials stand alone on stdout, and ${what} of NODE_OPTIONS does not run`, {
    ...{ session: true, tokenRequests: 0 },
    act: async ({ sandbox }) => {
      const preload = join(sandbox.home, '..', 'preload.mjs');
      writeFileSync(preload, 'console.log("noise of another tool")');
      const env = { NODE_OPTIONS: options(preload) };
      return sandbox.runProgram([launcher, '--profile', 'developer'], { env });
    },
  });
}

faultOfPart('E03', "doctor neither starts another tool's credential_process nor quotes it", async () => {
  const sandbox = await createSandbox();
  try {
    const started = join(sandbox.home, '..', 'started');
    const helper = join(sandbox.home, '..', 'helper');
    write(helper, `#!/bin/sh\ntouch '${started}'\necho '{"SecretAccessKey":"foreign-secret"}'\n`);
    sandbox.writeConfig(`[default]\ncredential_process = ${helper} foreign-argument\n`);
    const { stdout, stderr } = await sandbox.run(['doctor']);
    assert.match(stdout, /credential_process does not run daypass, but /);
    assert.deepEqual(findSecrets({ stdout, stderr }, ['foreign-secret', 'foreign-argument']), []);
    assert.equal(existsSync(started), false);
  } finally {
    await sandbox.remove();
  }
});

/** Secrets whose variables have no telling name, and a proxy's password. */
const foreign = {
  GITHUB_PAT: 'foreign-pat',
  DATABASE_URL: 'postgres://ann:foreign-database@db/app',
  MYSQL_PWD: 'foreign-mysql',
  ARM_ACCESS_KEY: 'foreign-azure',
  GOOGLE_API_KEY: 'foreign-google',
  NIX_CONFIG: 'access-tokens = github.com=foreign-nix',
  ALL_PROXY: 'http://ann:foreign-proxy@127.0.0.1:9',
};
fault('E04', 'the browser gets no variable that it does not need, and no password of a proxy', {
  act: async ({ sandbox, launcher: browser }) => {
    const env = { ...foreign, KRB5CCNAME: 'KCM:1000', XDG_CURRENT_DESKTOP: 'GNOME' };
    const running = sandbox.start(['--profile', 'developer'], { env });
    const { body } = await signInOverHttp(await browser.nextLink());
    const passed = browser.launches[0]?.env ?? {};
    assert.deepEqual([passed.KRB5CCNAME, passed.XDG_CURRENT_DESKTOP], ['KCM:1000', 'GNOME']);
    assert.equal(passed.ALL_PROXY, 'http://127.0.0.1:9');
    assert.doesNotMatch(JSON.stringify(passed), /foreign/);
    return { ...(await running.exit), seen: { body } };
  },
});

faultOfPart('E05', "the keychain's library is loaded only from a node_modules", () =>
  inFolder(async (folder) => {
    const checkout = join(folder, 'checkout');
    for (const part of ['dist', 'package.json'])
      cpSync(join(root, part), join(checkout, part), { recursive: true });
    write(join(folder, `keytar/prebuilds/${process.platform}-${process.arch}/keytar.node`), 'planted');
    const recorder = join(folder, 'recorder.cjs');
    const tried = join(folder, 'tried');
    write(
      recorder,
      `const { dlopen } = process;
      process.dlopen = (...args) => {
        require('node:fs').appendFileSync(${JSON.stringify(tried)}, args[1] + '\\n');
        return dlopen(...args);
      };`,
    );
    const sandbox = await createSandbox({ env: { NODE_OPTIONS: `--require ${recorder}` } });
    try {
      sandbox.writeConfig(`[default]
daypass_issuer = https://127.0.0.1:9
daypass_client_id = x
daypass_role_arn = arn:aws:iam::123456789012:role/Any
`);
      const words = [process.execPath, join(checkout, 'dist/daypass.cjs'), '--non-interactive'];
      const { stderr } = await sandbox.runProgram(words);
      assert.match(stderr, /^daypass: keychain-missing: /);
      const places = readFileSync(tried, 'utf8').split('\n').filter(Boolean);
      assert.ok(places.length > 0);
      for (const place of places) assert.match(place, /\/node_modules\/keytar\//);
    } finally {
      await sandbox.remove();
    }
  }),
);
