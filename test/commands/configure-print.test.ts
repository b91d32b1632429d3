// `configure --print`, and `configure` with a file that it cannot change.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type FileFault, failingFiles } from '../support/failing-files.ts';
import { type IdentityProvider, startIdentityProvider } from '../support/identity-provider.ts';
import { createSandbox, type Sandbox } from '../support/sandbox.ts';
import { roleArn } from '../support/stage.ts';

const [enter, up] = ['\r', '\x1b[A'];
let provider: IdentityProvider;
before(async () => {
  provider = await startIdentityProvider();
});
after(() => provider?.stop());

const flags = (profile = 'dev') => [
  ...['--profile', profile, '--issuer', provider.issuer, '--client-id', provider.clientId],
  ...['--role-arn', roleArn, '--region', 'eu-west-1'],
];

async function open(t: { after(end: () => unknown): void }, config?: string): Promise<Sandbox> {
  const sandbox = await createSandbox(config === undefined ? {} : { config });
  t.after(() => sandbox.remove());
  if (config === undefined) rmSync(join(sandbox.home, '.aws'), { recursive: true });
  return sandbox;
}

/** Returns the section that `configure` really writes for these flags into a file with this text. */
async function written(t: { after(end: () => unknown): void }, config = ''): Promise<string> {
  const sandbox = await open(t, config);
  const { code, stderr } = await sandbox.run(['configure', '--yes', ...flags()]);
  assert.equal(code, 0, stderr);
  const text = readFileSync(join(sandbox.home, '.aws/config'), 'utf8');
  return text.slice(text.indexOf('[profile dev]')).replace(/\n+\[profile next\][\s\S]*$/, '\n');
}

test('configure --print prints exactly what configure would write, and writes nothing', async (t) => {
  const section = await written(t);
  assert.match(section, /^\[profile dev\]\ncredential_process = /);
  for (const more of [[], ['--yes']]) {
    const sandbox = await open(t);
    const printed = await sandbox.run(['configure', '--print', ...more, ...flags()]);
    assert.deepEqual([printed.code, printed.stdout], [0, section]);
    // Notes are for a person, not for the file.
    assert.match(printed.stderr, /^note: AWS IAM accepts only https issuers, .*\n$/);
    assert.deepEqual(sandbox.files(), {});
    // The printed section is a complete profile.
    mkdirSync(join(sandbox.home, '.aws'));
    sandbox.writeConfig(printed.stdout);
    const again = await sandbox.run(['configure', ...flags()]);
    assert.match(again.stdout, /has these settings already/);
  }
});

test('configure --print keeps other keys, comments and secrets of the section, and no other section', async (t) => {
  const secret = 'daypass_client_secret = s3cret\n';
  const config = `# first\n[profile dev]\n# mine\noutput = json\ncredential_process = /opt/other\n${secret}\n# next\n[profile next]\nregion = us-east-1\n`;
  const section = (await written(t, config)).replace(/\n\n# next\n$/, '\n');
  assert.match(section, /# mine\noutput = json\n/);
  const sandbox = await open(t, config);
  const { code, stdout } = await sandbox.run(['configure', '--print', ...flags()]);
  assert.deepEqual([code, stdout], [0, section]);
  assert.match(stdout, /s3cret/);
  assert.equal(readFileSync(join(sandbox.home, '.aws/config'), 'utf8'), config);
});

test('configure --print asks on a terminal, and prints the section instead of the last question', async (t) => {
  const section = await written(t);
  const sandbox = await open(t);
  const terminal = sandbox.runInTerminal(['configure', '--print'], { wholly: true, env: { NO_COLOR: '1' } });
  for (const [question, answer] of [
    ['Which OIDC provider', up],
    ['Profile name', 'dev'],
    ['Issuer', provider.issuer],
    ['Client id', provider.clientId],
    ['Role to assume', roleArn],
    ['Region', 'eu-west-1'],
  ] as const) {
    await terminal.waitForTerminal(new RegExp(`[◆▲] {2}${question}`), 30_000);
    terminal.type(`${answer}${enter}`);
  }
  assert.equal((await terminal.exit).code, 0);
  const text = terminal.terminalText().replaceAll('\r', '');
  assert.ok(text.includes(section), text);
  assert.doesNotMatch(text, /Write this/);
  assert.deepEqual(sandbox.files(), {});
});

test('configure --print reports faults as configure does', async (t) => {
  const sandbox = await open(t, '[profile dev]\nrole_arn = arn:aws:iam::123456789012:role/X\n');
  for (const [args, code] of [
    [['--profile', 'dev'], 65],
    [flags(), 65],
    [['--profile', 'new', '--issuer', 'http://127.0.0.1:9', '--client-id', 'x', '--role-arn', roleArn], 69],
  ] as const) {
    const result = await sandbox.run(['configure', '--print', ...args]);
    assert.deepEqual([result.code, result.stdout], [code, ''], result.stderr);
  }
});

const hint =
  /\nhint: copy the printed section to the source of that file \(Nix, a dotfiles repository\), or make it /;

for (const fault of ['EROFS', 'EACCES', 'EPERM'] satisfies FileFault[]) {
  test(`configure prints the section if the file cannot be changed: ${fault}`, async (t) => {
    const section = await written(t);
    const sandbox = await open(t);
    for (const below of ['.aws', '.local']) {
      const env = failingFiles(join(sandbox.home, below), fault);
      const { code, stdout, stderr } = await sandbox.run(['configure', '--yes', ...flags()], { env });
      assert.deepEqual([code, stdout], [74, section], stderr);
      assert.match(stderr, new RegExp(`^daypass: io: cannot .*${fault}\n`));
      assert.match(stderr, hint);
    }
  });
}

test('configure on a full disk does not offer to paste', async (t) => {
  const sandbox = await open(t, '');
  const env = failingFiles(join(sandbox.home, '.aws'), 'ENOSPC');
  const { code, stdout, stderr } = await sandbox.run(['configure', '--yes', ...flags()], { env });
  assert.deepEqual([code, stdout], [74, '']);
  assert.doesNotMatch(stderr, /printed/);
});

test('configure hides the secrets of a file that it cannot change, however their keys are spelled', async (t) => {
  for (const line of [
    ...[
      'daypass_client_secret = ',
      'daypass_client_secret=',
      'DAYPASS_CLIENT_SECRET = ',
      'daypass_client_secret: ',
    ],
    ...['  daypass_client_secret = ', '# daypass_client_secret = ', 's3 =\n  aws_secret_access_key = '],
  ]) {
    const sandbox = await open(t, `[profile dev]\n${line}s3cret\nregion = us-east-1\n`);
    const env = failingFiles(join(sandbox.home, '.aws'), 'EROFS');
    const { stdout, stderr } = await sandbox.run(['configure', '--yes', ...flags()], { env });
    assert.match(stdout, /secret ?.*\(not shown\)$/im, line);
    assert.doesNotMatch(stdout + stderr, /s3cret/, line);
    assert.match(stderr, /the printed section with the values that are not shown/);
  }
});

test('after the questions, configure prints the section if the file cannot be changed', async (t) => {
  const section = await written(t);
  const sandbox = await open(t, '');
  const env = { NO_COLOR: '1', ...failingFiles(join(sandbox.home, '.aws'), 'EROFS') };
  const terminal = sandbox.runInTerminal(['configure', ...flags()], { wholly: true, env });
  await terminal.waitForTerminal(/Write this to/, 30_000);
  terminal.type(enter);
  assert.equal((await terminal.exit).code, 74);
  const text = terminal.terminalText().replaceAll('\r', '');
  assert.ok(text.includes(section), text);
  assert.match(text, hint);
});

/** Ways to make a file that this user cannot change; each returns the end of it. */
const ways: Record<string, (home: string) => (() => void) | undefined> = {
  'a link into a store of root': (home) => {
    const store = join(home, '../store');
    mkdirSync(store);
    writeFileSync(join(store, 'config'), '[default]\nregion = us-east-1\n', { mode: 0o444 });
    chmodSync(store, 0o555);
    rmSync(join(home, '.aws/config'));
    symlinkSync(join(store, 'config'), join(home, '.aws/config'));
    return () => {};
  },
  'a folder without write permission': (home) => {
    chmodSync(join(home, '.aws'), 0o555);
    return () => chmodSync(join(home, '.aws'), 0o755);
  },
  'an immutable file': (home) => {
    const file = join(home, '.aws/config');
    if (spawnSync('chattr', ['+i', file]).status !== 0) return undefined;
    return () => void execFileSync('chattr', ['-i', file]);
  },
  'a read-only file system': (home) => {
    const folder = join(home, '.aws');
    if (spawnSync('mount', ['-o', 'bind,ro', folder, folder]).status !== 0) return undefined;
    return () => void execFileSync('umount', [folder]);
  },
};

for (const [what, make] of Object.entries(ways)) {
  test(`configure prints the section for ${what}`, {
    skip: process.getuid?.() !== 0 && 'only root can become another user',
  }, async (t) => {
    const section = await written(t);
    const sandbox = await open(t, '[default]\nregion = us-east-1\n');
    const user = { uid: 64_123, gid: 64_123 };
    chmodSync(join(sandbox.home, '..'), 0o755);
    execFileSync('chown', ['-R', `${user.uid}:${user.gid}`, sandbox.home]);
    const before = readFileSync(join(sandbox.home, '.aws/config'), 'utf8');
    const end = make(sandbox.home);
    if (!end) return t.skip('this machine cannot make one');
    try {
      const { code, stdout, stderr } = await sandbox.run(['configure', '--yes', ...flags()], { as: user });
      assert.deepEqual([code, stdout], [74, section], stderr);
      assert.match(stderr, hint);
      assert.equal(readFileSync(join(sandbox.home, '.aws/config'), 'utf8'), before);
    } finally {
      end();
    }
  });
}
