// exec and env: credentials for tools without credential_process support.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { signInWithPage, startChromium } from '../support/chromium.ts';
import { logged, openStageFor } from '../support/logging-stage.ts';
import { later } from '../support/other-clock.ts';
import { processesWith } from '../support/processes.ts';
import { testedProgram } from '../support/sandbox.ts';
import { roleArn, type Stage, signInProgram } from '../support/stage.ts';
import { assumedRoleXml } from '../support/sts/answer.ts';
import { until } from '../support/until.ts';

const keys = { daypass_browser: signInProgram };

async function signedIn(
  t: Parameters<typeof openStageFor>[0],
): Promise<Stage & { credentials: Record<string, string> }> {
  const stage = await openStageFor(t, { keys });
  const { stdout, code, stderr } = await stage.daypass();
  assert.equal(code, 0, stderr);
  return { ...stage, credentials: JSON.parse(stdout) };
}

test("exec gives the command credentials, a region, the caller's umask and no profile, and takes its exit code", async (t) => {
  const { sandbox, credentials } = await signedIn(t);
  const run = (...command: string[]) =>
    sandbox.run(['exec', '--profile', 'developer', '--', ...command], {
      env: {
        AWS_PROFILE: 'other',
        AWS_WEB_IDENTITY_TOKEN_FILE: '/nowhere',
        DAYPASS_CLIENT_SECRET: 'hush',
        DAYPASS_LAUNCHER: '/usr/local/bin/daypass',
        // The launcher drops options for daypass, not for the command.
        DAYPASS_NODE_OPTIONS: '--require ./own.cjs',
        NODE_OPTIONS: '--no-warnings',
        KEPT: 'yes',
      },
    });
  const { stdout, code, stderr } = await run('env');
  assert.deepEqual([code, stderr], [0, '']);
  const env = Object.fromEntries(stdout.split('\n').map((line) => line.split(/=(.*)/s)));
  assert.equal(env.AWS_ACCESS_KEY_ID, credentials.AccessKeyId);
  assert.equal(env.AWS_SECRET_ACCESS_KEY, credentials.SecretAccessKey);
  assert.equal(env.AWS_SESSION_TOKEN, credentials.SessionToken);
  assert.equal(env.AWS_CREDENTIAL_EXPIRATION, credentials.Expiration);
  assert.deepEqual([env.AWS_REGION, env.AWS_DEFAULT_REGION, env.KEPT], ['eu-west-1', 'eu-west-1', 'yes']);
  for (const name of [
    'AWS_PROFILE',
    'AWS_WEB_IDENTITY_TOKEN_FILE',
    'DAYPASS_CLIENT_SECRET',
    'DAYPASS_LAUNCHER',
    'DAYPASS_NODE_OPTIONS',
  ])
    assert.ok(!(name in env), name);
  assert.equal(env.NODE_OPTIONS, '--require ./own.cjs');
  assert.equal(
    (await run('sh', '-c', 'umask')).stdout,
    `${spawnSync('sh', ['-c', 'umask'], { encoding: 'utf8' }).stdout}`,
  );
  assert.equal((await run('sh', '-c', 'exit 42')).code, 42);
  // Flags behind the command are the command's, with or without the two dashes.
  assert.equal((await run('printf', '%s|', '--profile', '--help', '--')).stdout, '--profile|--help|--|');
  const bare = await sandbox.run(['exec', '--profile', 'developer', 'printf', '%s', '--json']);
  assert.equal(bare.stdout, '--json');
});

test('exec passes stdin through, and the AWS CLI has the right identity', async (t) => {
  const { sandbox } = await signedIn(t);
  const cat = await sandbox.run(['exec', '--profile', 'developer', '--', 'cat'], { stdin: 'from above' });
  assert.equal(cat.stdout, 'from above');
  const who = await sandbox.run([
    ...[
      'exec',
      '--profile',
      'developer',
      '--',
      '/usr/bin/aws',
      'sts',
      'get-caller-identity',
      '--no-cli-pager',
    ],
    ...[
      '--endpoint-url',
      /daypass_sts_endpoint = (.*)/.exec(readFileSync(join(sandbox.home, '.aws/config'), 'utf8'))?.[1] ?? '',
    ],
  ]);
  assert.match(who.stdout, /assumed-role\/DeveloperAccess\/ada@example.com/, who.stderr);
});

test('exec exits with 127 and 126 as shells do if a command cannot run', async (t) => {
  const { sandbox } = await signedIn(t);
  const file = join(sandbox.home, 'not-executable');
  writeFileSync(file, 'x');
  chmodSync(file, 0o600);
  const missing = await sandbox.run(['exec', '--profile', 'developer', '--', 'no-such-program']);
  assert.equal(missing.code, 127);
  assert.match(
    missing.stderr,
    /"no-such-program": the command does not exist\nhint: check its name and the PATH\n/,
  );
  assert.equal((await sandbox.run(['exec', '--profile', 'developer', '--', file])).code, 126);
  const script = join(sandbox.home, 'bin', 'orphan');
  mkdirSync(dirname(script));
  writeFileSync(script, '#!/nowhere/sh\n', { mode: 0o755 });
  for (const [name, env] of [
    [script, {}],
    ['orphan', { PATH: `${dirname(script)}:/usr/bin` }],
  ] as const) {
    const orphan = await sandbox.run(['exec', '--profile', 'developer', '--', name], { env });
    assert.equal(orphan.code, 126);
    assert.ok(
      orphan.stderr.includes(
        `"${name}": the command exists, but its interpreter does not\nhint: check the interpreter in its first line`,
      ),
      orphan.stderr,
    );
  }
  const empty = await sandbox.run(['exec', '--profile', 'developer', '--', '', 'x']);
  assert.equal(empty.code, 127);
  assert.match(empty.stderr, /^daypass: usage: "": the name of the command is empty\nhint: .*\n$/);
  const nothing = await sandbox.run(['exec', '--profile', 'developer']);
  assert.equal(nothing.code, 64);
  assert.match(nothing.stderr, /exec needs a command/);
});

for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGUSR1'] as const) {
  test(`exec passes ${signal} on and waits for the reaction of the command`, async (t) => {
    const { sandbox } = await signedIn(t);
    const ready = join(sandbox.home, 'ready');
    const name = signal.slice(3);
    const script = `trap 'echo caught; exit 7' ${name}; : > ${ready}; while :; do sleep 0.05; done`;
    const running = sandbox.start(['exec', '--profile', 'developer', '--', 'sh', '-c', script]);
    await until(() => existsSync(ready), 'the command runs');
    running.kill(signal);
    const { code, stdout } = await running.exit;
    assert.deepEqual([code, stdout], [7, 'caught\n']);
  });
}

test('exec ends by the signal that ended its command', async (t) => {
  const { sandbox } = await signedIn(t);
  const died = await sandbox.run(['exec', '--profile', 'developer', '--', 'sh', '-c', 'kill -TERM $$']);
  assert.deepEqual([died.code, died.signal], [null, 'SIGTERM']);
  // This writes no memory of daypass to the disk.
  const dumped = await sandbox.run(['exec', '--profile', 'developer', '--', 'sh', '-c', 'kill -SEGV $$']);
  assert.deepEqual([dumped.code, dumped.signal], [139, null]);
});

test('^C on a terminal reaches the command once, and exec ends after it', async (t) => {
  const { sandbox } = await signedIn(t);
  const log = join(sandbox.home, 'interrupts');
  const script = `trap 'echo caught >> ${log}; sleep 0.3; exit 9' INT; : > ${log}; while :; do sleep 0.05; done`;
  const run = sandbox.runInTerminal(['exec', '--profile', 'developer', '--', 'sh', '-c', script]);
  await until(() => existsSync(log), 'the command runs');
  run.type('\x03');
  const { code } = await run.exit;
  assert.equal(code, 9);
  assert.equal(readFileSync(log, 'utf8'), 'caught\n');
});

for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
  test(`${signal} reaches the command if exec runs in the background, where no terminal sends it`, async (t) => {
    const { sandbox } = await signedIn(t);
    const [ready, pid] = ['ready', 'pid'].map((name) => join(sandbox.home, name)) as [string, string];
    const script = `trap 'exit 7' ${signal.slice(3)}; : > ${ready}; while :; do sleep 0.05; done`;
    const job = 'set -m; "$@" & echo $! > pid; wait $!';
    const run = sandbox.runProgramInTerminal([
      ...['/usr/bin/bash', '-c', job, 'bash', ...testedProgram.words],
      ...['exec', '--profile', 'developer', '--', 'sh', '-c', script],
    ]);
    await until(() => existsSync(ready), 'the command runs');
    process.kill(Number(readFileSync(pid, 'utf8')), signal);
    assert.equal((await run.exit).code, 7);
  });
}

test('a command that nohup starts outlives the terminal, and exec waits for it', async (t) => {
  const stage = await signedIn(t);
  const { home } = stage.sandbox;
  const script = ': > ready; until [ -e go ]; do sleep 0.05; done; printenv AWS_REGION > done';
  const run = stage.sandbox.runInTerminal([
    ...['exec', '--profile', 'developer', '--', 'nohup', 'sh', '-c', script],
  ]);
  await until(() => existsSync(join(home, 'ready')), 'the command runs');
  run.hangUp();
  await run.exit;
  writeFileSync(join(home, 'go'), '');
  await until(() => logged(stage, 'command-ended').length === 1, 'the command has ended');
  assert.equal(readFileSync(join(home, 'done'), 'utf8'), 'eu-west-1\n');
  assert.equal(logged(stage, 'command-ended')[0]?.facts.code, '0');
});

test('exec on a terminal shows the link and waits for the sign-in', async (t) => {
  const stage = await openStageFor(t);
  const browser = await startChromium();
  t.after(() => browser.close());
  const run = stage.sandbox.runInTerminal([
    'exec',
    '--profile',
    'developer',
    '--timeout',
    '1',
    '--',
    'printenv',
    'AWS_REGION',
  ]);
  await run.waitForTerminal(/signing in as developer/);
  const page = await browser.newPage();
  await signInWithPage(page, await stage.launcher.nextLink());
  const { code, stdout, stderr } = await run.exit;
  assert.deepEqual([code, stdout, stderr], [0, 'eu-west-1\n', '']);
});

test('exec and env fail if no person can sign in, and env prints nothing', async (t) => {
  const { sandbox } = await openStageFor(t, { keys: { daypass_non_interactive: 'true' } });
  for (const command of [['env'], ['exec', 'touch', join(sandbox.home, 'ran')]]) {
    const { code, stdout, stderr } = await sandbox.run([
      command[0] ?? '',
      '--profile',
      'developer',
      ...command.slice(1),
    ]);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, /sign-in-needed/);
  }
  assert.ok(!existsSync(join(sandbox.home, 'ran')));
});

test('exec renews credentials that expire soon, since its command cannot ask again', async (t) => {
  const { sandbox, sts } = await signedIn(t);
  const calls = sts.calls.length;
  const { stdout, code } = await sandbox.run(
    ['exec', '--profile', 'developer', '--', 'printenv', 'AWS_SESSION_TOKEN'],
    {
      env: later('+50m'),
    },
  );
  assert.equal(code, 0);
  assert.equal(sts.calls.length, calls + 1);
  assert.ok(sts.secrets.has(stdout.trim()));
});

test('env prints only assignments, for eval too', async (t) => {
  const { sandbox, credentials } = await signedIn(t);
  const { stdout, stderr, code } = await sandbox.run(['env', '--profile', 'developer']);
  assert.deepEqual([code, stderr], [0, '']);
  assert.equal(
    stdout
      .split('\n')
      .filter((line) => !/^export (AWS|DAYPASS_SET)_\w+='.*'$/.test(line))
      .join(''),
    '',
  );
  const words = testedProgram.words.map((word) => `"${word}"`).join(' ');
  const script = `eval "$(${words} env --profile developer)"; printenv AWS_SESSION_TOKEN`;
  const shell = spawnSync('bash', ['-c', script], { env: sandbox.env, encoding: 'utf8' });
  assert.equal(shell.stdout, `${credentials.SessionToken}\n`, shell.stderr);
  for (const format of ['fish', 'powershell', 'cmd', 'dotenv']) {
    const printed = await sandbox.run(['env', '--profile', 'developer', '--format', format]);
    assert.ok(printed.stdout.includes(credentials.SessionToken ?? '?'), format);
    assert.equal(printed.stdout.trimEnd().split('\n').length, 7);
  }
  const wrong = await sandbox.run(['env', '--profile', 'developer', '--format', 'perl']);
  assert.deepEqual([wrong.code, wrong.stdout], [64, '']);
  assert.equal(processesWith(`HOME=${sandbox.home}`).length, 0);
});

test('the region that env sets for one profile does not stay for the next one, and that of a person does', async (t) => {
  const { sandbox, config } = await signedIn(t);
  const two = '[profile two]\ndaypass_source_profile = developer\nregion = us-west-2\n';
  sandbox.writeConfig(`${config()}${two}`);
  const daypass = testedProgram.words.map((word) => `"${word}"`).join(' ');
  const regions = (...commands: string[]) => {
    const words = ['-c', commands.join('; ')];
    const { stdout, stderr } = spawnSync('bash', words, { env: sandbox.env, encoding: 'utf8' });
    assert.equal(stderr, '');
    return stdout.trim().split('\n');
  };
  const evalOf = (name: string) => `eval "$(${daypass} env --profile ${name})"`;
  const show = 'echo "$AWS_REGION $AWS_DEFAULT_REGION"';
  const inCommand = (name: string) => `${daypass} exec --profile ${name} -- sh -c '${show}'`;
  const [first, second] = ['eu-west-1 eu-west-1', 'us-west-2 us-west-2'];
  assert.deepEqual(
    regions(evalOf('developer'), show, inCommand('two'), evalOf('two'), show, inCommand('developer')),
    [first, second, second, first],
  );
  assert.deepEqual(regions('export AWS_REGION=ap-south-1', evalOf('developer'), evalOf('two'), show), [
    'ap-south-1 ap-south-1',
  ]);
});

/** Every character that a token can contain. */
const fullToken = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index))
  .filter((character) => !/["\\]/.test(character))
  .join('');

test('each shell reads the output of env unchanged, whatever the token contains', async (t) => {
  const { sandbox, sts, provider, daypass } = await openStageFor(t, { keys });
  const session = {
    ...{
      roleArn,
      sessionName: 'ada',
      accessKeyId: `ASIA${'A'.repeat(16)}`,
      expiration: Date.now() + 3_600_000,
    },
    ...{ secretAccessKey: `${fullToken}secret`, sessionToken: fullToken },
  };
  sts.secrets.add(session.secretAccessKey).add(session.sessionToken);
  sts.answer((_parameters, response) => {
    const token = { issuer: provider.issuer, subject: 'ada', audience: provider.clientId, policies: [] };
    response.writeHead(200, { 'content-type': 'text/xml' }).end(assumedRoleXml(session, token));
  });
  assert.equal((await daypass()).code, 0);
  const program = `${testedProgram.words.map((word) => `'${word}'`).join(' ')} env --profile developer`;
  const show = 'printenv AWS_SECRET_ACCESS_KEY; printenv AWS_SESSION_TOKEN';
  for (const [shell, ...words] of [
    ['/usr/bin/bash', '--norc', '-c', `eval "$(${program})"; ${show}`],
    ['/usr/bin/dash', '-c', `eval "$(${program})"; ${show}`],
    ['/usr/bin/zsh', '-f', '-c', `eval "$(${program})"; ${show}`],
    ['/usr/bin/fish', '--no-config', '-c', `${program} --format fish | source; ${show}`],
  ] as const) {
    const { stdout, stderr } = spawnSync(shell, words, { env: sandbox.env, encoding: 'utf8' });
    assert.deepEqual([stdout, stderr], [`${session.secretAccessKey}\n${fullToken}\n`, ''], shell);
  }
});

test('exec ends by the SIGINT that ended its command, after a renewal too', async (t) => {
  const { sandbox } = await openStageFor(t, { keys });
  // Without a session, a renewal runs first.
  const args = ['exec', '--profile', 'developer', '--', 'sh', '-c', 'kill -INT $$'];
  const { code, signal, stderr } = await sandbox.run(args);
  assert.deepEqual({ code, signal, stderr }, { code: null, signal: 'SIGINT', stderr: '' });
});

test('env prints credentials that no renewal can replace without a person, and starts none', async (t) => {
  const stage = await openStageFor(t, { idTokenTtl: 300, issueRefreshToken: async () => false, keys });
  const { stdout } = await stage.daypass();
  const { AccessKeyId } = JSON.parse(stdout);
  for (const clock of ['+50m', '+59m']) {
    const env = await stage.daypass(['env'], later(clock));
    assert.equal(env.code, 0, env.stderr);
    assert.ok(env.stdout.includes(AccessKeyId));
  }
  assert.equal(logged(stage, 'renewal-started').length, 1);
  assert.doesNotMatch((await stage.daypass(['status'], later('+50m'))).stdout, /sign-in-needed/);
});
