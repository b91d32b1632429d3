// `configure` of a daypass whose path AWS clients read in different ways.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { type IdentityProvider, startIdentityProvider } from '../support/identity-provider.ts';
import { createSandbox, daypassPath } from '../support/sandbox.ts';
import { roleArn } from '../support/stage.ts';

const bare = '/usr/bin:/bin';
const folder = mkdtempSync(join(tmpdir(), 'daypass-blanks-'));
const node = join(folder, 'My Node/node');
const script = join(folder, 'My Tools/daypass');
/** Node comes before the script, unless a bare PATH finds this same Node. */
const isOnPath = ['/usr/bin/node', '/bin/node'].some(
  (path) => existsSync(path) && realpathSync(path) === realpathSync(process.execPath),
);
const start = isOnPath ? '' : `${process.execPath} `;
let provider: IdentityProvider;
before(async () => {
  provider = await startIdentityProvider();
  for (const name of ['My Node', 'My Tools', "o'brien"]) mkdirSync(join(folder, name));
  copyFileSync(process.execPath, node);
  symlinkSync(daypassPath, script);
  symlinkSync(daypassPath, join(folder, "o'brien/daypass"));
});
after(async () => {
  await provider.stop();
  rmSync(folder, { recursive: true });
});

/** Opens a home for daypass that is started by these words. */
async function home(t: TestContext, words: [string, ...string[]]) {
  const sandbox = await createSandbox({ program: { words, path: bare } });
  t.after(async () => assert.deepEqual(await sandbox.remove(), []));
  const flags = ['--issuer', provider.issuer, '--client-id', 'daypass-test', '--role-arn', roleArn];
  const config = join(sandbox.home, '.aws/config');
  return {
    ...sandbox,
    config,
    link: join(sandbox.home, '.local/bin/daypass'),
    flags,
    line: () => /^credential_process = (.*)$/m.exec(readFileSync(config, 'utf8'))?.[1] ?? '',
    async configure(...more: string[]) {
      const { code, stdout, stderr } = await sandbox.run(['configure', ...flags, ...more]);
      return { code, stdout, stderr };
    },
  };
}

/** Asserts that a shell starts daypass with this line. */
function assertStarts(line: string, HOME: string): void {
  const { stdout, stderr } = spawnSync('/bin/sh', ['-c', `${line} --version`], {
    env: { PATH: bare, HOME },
    encoding: 'utf8',
  });
  assert.match(stdout, /^daypass \d/, `${line}: ${stderr}`);
}

/** The command with a blank in the script alone, and with one in Node too. */
const commands: [what: string, words: [string, string]][] = [
  ['daypass', [process.execPath, script]],
  ['Node and daypass', [node, script]],
];
for (const [what, words] of commands) {
  test(`with --yes and blanks in the path of ${what}, configure makes a link and keeps its line`, async (t) => {
    const sandbox = await home(t, words);
    const { code, stderr } = await sandbox.configure('--yes');
    assert.deepEqual([code, stderr], [0, '']);
    assert.equal(sandbox.line(), `${sandbox.link} --profile default`);
    assertStarts(sandbox.line(), sandbox.home);
    for (const path of ['.local', '.local/bin'])
      assert.equal(statSync(join(sandbox.home, path)).mode & 0o777, 0o700);
    for (const more of [[], ['--yes']]) {
      const { stdout } = await sandbox.configure(...more);
      assert.match(stdout, /has these settings already/);
      assert.doesNotMatch(stdout, /some AWS clients/);
    }
  });

  test(`without a yes and with blanks in the path of ${what}, configure writes quotes and names the clients`, async (t) => {
    const sandbox = await home(t, words);
    const { code, stdout } = await sandbox.configure();
    assert.equal(code, 0);
    assert.match(
      stdout,
      /note: some AWS clients do not run this credential_process: restic and mc \(to avoid this: .*--yes.* ~\/\.local\/bin\/daypass\)/,
    );
    assert.ok(sandbox.line().endsWith(`'${script}' --profile default`), sandbox.line());
    assertStarts(sandbox.line(), sandbox.home);
    assert.equal(existsSync(sandbox.link), false);
    assert.match((await sandbox.configure('--yes')).stdout, /has these settings already/);
  });
}

test('a second configure keeps a line that runs the same daypass in another form', async (t) => {
  const sandbox = await home(t, [process.execPath, script]);
  for (const [form, clients] of [
    [`${start}"${script}"`, isOnPath ? /the Go SDKs of Debian 12/ : /: restic and mc/],
    [`${start}${script.replaceAll(' ', '\\ ')}`, /: restic and mc/],
    [`/usr/bin/env ${start}'${script}'`, /: restic and mc/],
    [`/bin/sh -c 'exec ${start}"${script}" "$@"' sh`, /: restic and mc/],
  ] as const) {
    const line = `${form} --profile default`;
    writeFileSync(sandbox.config, `[default]\ncredential_process = ${line}\n`);
    const { code, stdout } = await sandbox.configure('--yes');
    assert.deepEqual([code, sandbox.line()], [0, line]);
    assert.match(stdout, clients);
  }
  for (const other of [`"${script}" --profile other`, `'${script}' login --profile default`]) {
    writeFileSync(sandbox.config, `[default]\ncredential_process = ${other}\n`);
    await sandbox.configure('--yes');
    assert.equal(sandbox.line(), `${sandbox.link} --profile default`);
  }
});

test('on a terminal, configure asks before it makes the link; no means quotes', async (t) => {
  for (const [key, line] of [
    ['n', `${start}'${script}' --profile default`],
    ['\r', undefined],
  ] as const) {
    const sandbox = await home(t, [process.execPath, script]);
    const terminal = sandbox.runInTerminal(
      ['configure', '--profile', 'default', '--region', 'eu-west-1', ...sandbox.flags],
      { wholly: true, env: { NO_COLOR: '1' } },
    );
    await terminal.waitForTerminal(/Make the link ~\/\.local\/bin\/daypass/, 60_000);
    assert.equal(existsSync(sandbox.link), false);
    terminal.type(key);
    await terminal.waitForTerminal(/Write this to/, 60_000);
    assert.equal(existsSync(sandbox.link), false, 'not before the yes');
    terminal.type('\r');
    await terminal.waitForTerminal(/Sign in now/, 60_000);
    terminal.type('n');
    assert.equal((await terminal.exit).code, 0);
    assert.equal(sandbox.line(), line ?? `${sandbox.link} --profile default`);
    assert.equal(existsSync(sandbox.link), line === undefined);
    if (line === undefined && isOnPath) assert.equal(readlinkSync(sandbox.link), script);
  }
});

test('a path with an apostrophe needs the link', async (t) => {
  const sandbox = await home(t, [process.execPath, join(folder, "o'brien/daypass")]);
  const refused = await sandbox.configure();
  assert.equal(refused.code, 65);
  assert.match(refused.stderr, /in different ways: .*o'brien.*\nhint: add --yes to make the link ~\/\.local/);
  assert.equal((await sandbox.configure('--yes')).code, 0);
  assert.equal(sandbox.line(), `${sandbox.link} --profile default`);
  assertStarts(sandbox.line(), sandbox.home);
});

test('a launcher in a folder with blanks gets a script, since it looks beside its own path', async (t) => {
  const launcher = join(folder, 'My Package/launcher/daypass');
  mkdirSync(join(folder, 'My Package/launcher'), { recursive: true });
  symlinkSync(join(daypassPath, '..'), join(folder, 'My Package/dist'));
  copyFileSync(join(import.meta.dirname, '../../launcher/daypass'), launcher);
  chmodSync(launcher, 0o755);
  const sandbox = await home(t, [launcher]);
  const { code, stderr } = await sandbox.configure('--yes');
  assert.deepEqual([code, stderr], [0, '']);
  assert.equal(sandbox.line(), `${sandbox.link} --profile default`);
  assertStarts(sandbox.line(), sandbox.home);
});
