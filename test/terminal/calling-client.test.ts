// An error of a call appears once on the terminal: the client prints stderr, or daypass writes to the terminal.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type CallingClient, clientShowsStderr, fromPs } from '../../src/terminal/calling-client.ts';
import { createSandbox, daypassCommand, type Sandbox } from '../support/sandbox.ts';

const onLinux = { skip: process.platform !== 'linux' };
const text = /daypass: unknown-profile: there is no \[profile absent\]/g;

/** A sandbox whose profile `developer` runs a daypass that fails. `words` follow its command. */
async function openSandbox(t: TestContext, words = '--profile absent', command = daypassCommand) {
  const line = `credential_process = ${command} ${words}\n`;
  const sandbox = await createSandbox({ config: `[profile developer]\nregion = eu-west-1\n${line}` });
  t.after(() => sandbox.remove());
  return sandbox;
}

/** Runs a program that is wholly on a terminal, and returns all that the person sees there. */
async function shown(sandbox: Sandbox, words: readonly string[], env: Record<string, string> = {}) {
  const all = { AWS_EC2_METADATA_DISABLED: 'true', AWS_PAGER: '', AWS_REGION: 'eu-west-1', ...env };
  return (await sandbox.runProgramInTerminal(words, { env: all, wholly: true }).exit).terminal;
}

/** Asserts that a text has the error once, or so many times; `what` stands before the text if it does not. */
function assertShown(seen: string, what = '', times = 1): void {
  assert.equal(seen.match(text)?.length ?? 0, times, `${what} ${seen}`);
}
const askAws = ['/usr/bin/aws', 'sts', 'get-caller-identity', '--endpoint-url', 'http://127.0.0.1:9'];

for (const by of ['--profile', 'AWS_PROFILE']) {
  test(`the AWS CLI with ${by} shows an error once`, onLinux, async (t) => {
    const sandbox = await openSandbox(t);
    const named = by === '--profile' ? [[...askAws, by, 'developer'], {}] : [askAws, { [by]: 'developer' }];
    const [words, env] = named as [string[], Record<string, string>];
    assertShown(await shown(sandbox, words, env));
  });
}

test('a program with botocore shows an error once, also behind a shell', onLinux, async (t) => {
  const sandbox = await openSandbox(t);
  const program = `import awscli.botocore.session as session
session.Session(profile="developer").create_client("sts")`;
  assertShown(await shown(sandbox, ['/usr/bin/python3', '-c', program]));
  const shell = await openSandbox(t, `--profile absent; exit $?'`, `/bin/sh -c '${daypassCommand}`);
  assertShown(await shown(shell, ['/usr/bin/python3', '-c', program]));
});

test('a program of Python that takes stderr away leaves the error to the terminal', onLinux, async (t) => {
  const sandbox = await openSandbox(t);
  const call = `${daypassCommand} --profile absent`;
  for (const away of ['2>/dev/null', '2>&1', '2>errors']) {
    const program = `import subprocess
subprocess.run("${call} ${away}", shell=True, stdout=subprocess.PIPE)`;
    assertShown(await shown(sandbox, ['/usr/bin/python3', '-c', program]), away);
  }
});

test(
  'an AWS CLI whose own stderr goes where no person looks leaves the error to the terminal',
  onLinux,
  async (t) => {
    const sandbox = await openSandbox(t);
    const call = `${askAws.join(' ')} --profile developer`;
    for (const away of ['2>/dev/null', '2>errors'])
      assertShown(await shown(sandbox, ['/bin/sh', '-c', `${call} ${away}`]), away);
    // A pipe may lead to the terminal.
    for (const piped of ['2>&1 | cat', '| cat'])
      assertShown(await shown(sandbox, ['/bin/sh', '-c', `${call} ${piped}`]), piped);
  },
);

/** Runs a module with the SDK of this repository on the terminal. */
async function shownBySdk(sandbox: Sandbox, client: string, env: Record<string, string> = {}) {
  const modules = join(import.meta.dirname, '../../node_modules');
  const link = (name: string) => pathToFileURL(join(modules, name)).href;
  const folder = join(sandbox.home, 'program');
  mkdirSync(folder, { recursive: true });
  const lines = [
    `import sts from '${link('@aws-sdk/client-sts/dist-cjs/index.js')}';`,
    `import ini from '${link('@aws-sdk/credential-provider-ini/dist-cjs/index.js')}';`,
    `const client = new sts.STSClient({ endpoint: 'http://127.0.0.1:9', maxAttempts: 1, ${client} });`,
    'await client.send(new sts.GetCallerIdentityCommand()).catch((error) => console.log(String(error)));',
  ];
  writeFileSync(join(folder, 'program.mjs'), lines.join('\n'));
  return await shown(sandbox, [process.execPath, '--no-warnings', join(folder, 'program.mjs')], env);
}

test(
  'the default chain of JavaScript swallows the error of two calls, and the terminal shows it once',
  onLinux,
  async (t) => {
    const sandbox = await openSandbox(t, '--profile absent --log /dev/null');
    const seen = await shownBySdk(sandbox, '', { AWS_PROFILE: 'developer' });
    assert.match(seen, /Could not load credentials from any providers/);
    assertShown(seen);
    // Another run of the same program shows it again.
    assertShown(await shownBySdk(sandbox, '', { AWS_PROFILE: 'developer' }));
  },
);

test(
  'fromIni of JavaScript prints the error, which daypass cannot know: it appears twice and is not lost',
  onLinux,
  async (t) => {
    const sandbox = await openSandbox(t);
    const seen = await shownBySdk(sandbox, "credentials: ini.fromIni({ profile: 'developer' })");
    assert.match(seen, /Command failed/);
    assertShown(seen, '', 2);
  },
);

test('a client that leaves stderr on the terminal shows the error once', onLinux, async (t) => {
  const sandbox = await openSandbox(t);
  const call = `${daypassCommand} --profile absent >/dev/null`;
  assertShown(await shown(sandbox, ['/bin/sh', '-c', call]));
  assertShown(await shown(sandbox, ['/usr/bin/ruby', '-e', `\`${call}\``]));
});

test('without a terminal the error is on stderr alone, and nothing is stored', onLinux, async (t) => {
  const sandbox = await openSandbox(t);
  const { stderr } = await sandbox.run(['--profile', 'absent']);
  assertShown(stderr);
  assert.ok(!existsSync(join(sandbox.home, '.local')));
});

const names: [program: string, shows: boolean][] = [
  ...['aws', 'aws.exe', 'python3.11', 'python', 'Python', 'pypy3', 'python3.13t', 'python3.11 (deleted)'].map(
    (name): [string, boolean] => [name, true],
  ),
  ...['aws-vault', 'node', 'terraform-provider-aws_v6', 'java', 'awsume-like', 'pythonista', 'bash', ''].map(
    (name): [string, boolean] => [name, false],
  ),
];

test('the AWS CLI and Python are known by their names, if stderr is a pipe of its own', onLinux, async () => {
  const module = pathToFileURL(join(import.meta.dirname, '../../src/terminal/calling-client.ts')).href;
  const program = `import { clientShowsStderr } from '${module}';
    console.log(JSON.stringify(${JSON.stringify(names)}.map(([program]) => clientShowsStderr({ program, id: '' }))));
    console.log(clientShowsStderr(undefined));`;
  const args = ['--import', 'tsx', '--input-type=module', '-e', program];
  const ask = (env: Record<string, string>) =>
    new Promise<string[]>((resolve) => {
      const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: 'pipe' });
      let out = '';
      child.stdout.on('data', (chunk) => {
        out += chunk;
      });
      child.on('close', () => resolve(out.trim().split('\n')));
    });
  const [known, unknown] = await ask({});
  assert.deepEqual(
    JSON.parse(known ?? ''),
    names.map(([, shows]) => shows),
  );
  assert.equal(unknown, 'false');
  // What the AWS CLI of AWS's installers sets counts where the system tells of no parent.
  assert.equal((await ask({ PYINSTALLER_RESET_ENVIRONMENT: '1' }))[1], 'true');
});

test('ps reports the same of a process as proc, for systems without proc', onLinux, () => {
  const { program, parent, id } = fromPs(process.pid) satisfies CallingClient;
  assert.equal(program, 'node');
  assert.equal(parent, process.ppid);
  assert.match(id, new RegExp(`^${process.pid} \\w{3} \\w{3} +\\d+ [\\d:]{8} \\d{4}$`));
  assert.throws(() => fromPs(2 ** 30));
  assert.equal(typeof clientShowsStderr(undefined), 'boolean');
});
