// `--json`: one object on stdout, also for an error; that of exec is on stderr, since its command owns stdout.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { failingFiles } from '../support/failing-files.ts';
import { openStageFor } from '../support/logging-stage.ts';
import { createSandbox, type RunResult, testedProgram } from '../support/sandbox.ts';
import { roleArn, signInProgram } from '../support/stage.ts';
import { openStageOfMany } from '../support/stage-of-many.ts';

/** Returns the object in a text of exactly one line. */
function objectIn(text: string): Record<string, unknown> {
  assert.match(text, /^\{.*\}\n$/);
  return JSON.parse(text);
}

/** Asserts that a run failed with this object alone, and returns its error. */
function errorIn({ code, stdout, stderr }: RunResult, place: 'stdout' | 'stderr' = 'stdout') {
  const [told, silent] = place === 'stdout' ? [stdout, stderr] : [stderr, stdout];
  assert.equal(silent, '');
  const { error, signedOut, cancelled, ...others } = objectIn(told) as {
    error: { code: string; faults: string[]; hint: string; exitCode: number };
    signedOut?: object[];
    cancelled?: number;
  };
  assert.deepEqual([others, signedOut ?? [], cancelled ?? 0], [{}, [], 0]);
  assert.deepEqual(Object.keys(error), ['code', 'faults', 'hint', 'exitCode']);
  assert.equal(error.exitCode, code);
  return error;
}

test('login prints what status prints, the link goes to stderr, and a word names the profile', async (t) => {
  const stage = await openStageOfMany(t);
  const first = await stage.sandbox.run(['login', 'developer', '--json']);
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stderr, /^daypass: .*developer/);
  assert.match(first.stderr, /http:\/\/127\.0\.0\.1:\d+\//);
  const { alreadySignedIn, alsoFor, secondsLeft, ...session } = objectIn(first.stdout);
  assert.deepEqual([alreadySignedIn, alsoFor], [false, ['auditor']]);
  const status = await stage.sandbox.run(['status', '--json', 'developer']);
  const { secondsLeft: left, ...stored } = objectIn(status.stdout);
  assert.deepEqual(session, stored);
  assert.ok(Number(left) > 0);
  assert.deepEqual(
    [session.identity, session.nextCall, session.signedIn],
    ['ada@example.com', 'prints-stored', true],
  );
  assert.ok(Number(secondsLeft) > 0);
  const again = await stage.sandbox.run(['login', '--json', '--profile', 'developer']);
  assert.deepEqual([again.code, again.stderr], [0, '']);
  assert.equal(objectIn(again.stdout).alreadySignedIn, true);
});

test('an error of login, logout, status and configure is the object, also that of wrong arguments', async (t) => {
  const { sandbox } = await openStageOfMany(t);
  const run = (...args: string[]) => sandbox.run(args);
  const needed = errorIn(await run('login', 'developer', '--json', '--non-interactive'));
  assert.deepEqual([needed.code, needed.exitCode], ['sign-in-needed', 2]);
  assert.match(needed.hint, /run: daypass login --profile developer/);
  for (const command of ['login', 'logout']) {
    const { code, faults, hint } = errorIn(await run(command, '--json'));
    assert.deepEqual(
      [code, faults],
      ['usage', ['several profiles use daypass: developer, auditor, other, broken']],
    );
    assert.match(hint, new RegExp(`run: daypass ${command} --profile developer$`));
  }
  assert.deepEqual(errorIn(await run('login', '--json', '--froce')), {
    code: 'usage',
    faults: ['unknown option --froce for login'],
    hint: 'did you mean --force? for help, run: daypass login --help',
    exitCode: 64,
  });
  assert.equal(errorIn(await run('status', '--json', '--profile', 'broken')).code, 'bad-configuration');
  const { faults } = errorIn(await run('configure', 'new', '--json'));
  assert.equal(faults.length, 3, faults.join('\n'));
  // Its JSON is two documents for IAM, which an error must not replace.
  const policy = await run('trust-policy', 'developer', '--json');
  assert.deepEqual([policy.code, policy.stdout], [2, '']);
  assert.match(policy.stderr, /^daypass: sign-in-needed: /);
});

test('on a terminal, --json opens no picker', async (t) => {
  const { sandbox } = await openStageOfMany(t);
  const terminal = sandbox.runInTerminal(['logout', '--json'], { wholly: true });
  const { code } = await terminal.exit;
  assert.equal(code, 64);
  assert.equal(
    (objectIn(terminal.terminalText().replaceAll('\r', '')).error as { code: string }).code,
    'usage',
  );
});

test('logout lists each sign-in that it ended, whether that was revoked, and every error', async (t) => {
  const stage = await openStageOfMany(t);
  const { issuer, clientId } = stage.provider;
  const run = (...args: string[]) => stage.sandbox.run(['logout', '--json', ...args]);
  assert.deepEqual(objectIn((await run('developer')).stdout), { signedOut: [], cancelled: 0 });
  for (const profile of ['developer', 'auditor']) await stage.sandbox.run(['--profile', profile]);
  const one = await run('auditor');
  assert.deepEqual([one.code, one.stderr], [0, '']);
  const signedOut = [{ issuer, clientId, profiles: ['developer', 'auditor'], revoked: true }];
  assert.deepEqual(objectIn(one.stdout), { signedOut, cancelled: 0 });
  for (const profile of ['developer', 'other']) await stage.sandbox.run(['--profile', profile]);
  stage.provider.answer('revocation', (_request, response) => void response.writeHead(503).end());
  const all = await run('--all', '--idp', '--browser', 'none');
  assert.deepEqual([all.code, all.stderr], [69, '']);
  const told = objectIn(all.stdout) as Record<'signedOut' | 'signOutPages' | 'otherErrors', object[]> & {
    error: { code: string; exitCode: number };
  };
  assert.deepEqual([told.error.code, told.error.exitCode], ['revocation-unconfirmed', 69]);
  assert.deepEqual([told.signedOut.length, told.signOutPages.length, told.otherErrors.length], [2, 2, 1]);
  assert.ok(told.signedOut.every((ended) => 'revoked' in ended && ended.revoked === false));
  // Those of one profile too, and the object names the sign-ins that ended before the error.
  await stage.sandbox.run(['--profile', 'developer']);
  const { error, signedOut: ended } = objectIn((await run('developer')).stdout) as typeof told;
  assert.deepEqual([error.code, ended.length], ['revocation-unconfirmed', 1]);
  assert.equal(errorIn(await run('developer', '--all')).code, 'usage');
});

test('^C ends login with an object too', async (t) => {
  const stage = await openStageFor(t);
  const login = stage.sandbox.start(['login', 'developer', '--json']);
  await stage.launcher.nextLink();
  login.kill('SIGINT');
  const { code, stdout } = await login.exit;
  assert.equal(code, 130);
  assert.deepEqual(objectIn(stdout), {
    error: { code: 'interrupted', faults: ['interrupted'], exitCode: 130 },
  });
});

test('logout needs no choice if all profiles share one sign-in', async (t) => {
  const stage = await openStageFor(t, { keys: { daypass_browser: signInProgram, daypass_store: 'file' } });
  const own = stage.config();
  stage.sandbox.writeConfig(`${own}\n${own.replace('profile developer', 'profile second')}`);
  assert.equal((await stage.sandbox.run(['--profile', 'second'])).code, 0);
  const { code, stdout, stderr } = await stage.sandbox.run(['logout']);
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, /^signed out of profile developer: /);
  assert.match((await stage.sandbox.run(['status', 'second'])).stdout, /^! Not signed in/);
});

test('configure prints the written keys, and asks no question', async (t) => {
  const stage = await openStageFor(t);
  const { sandbox, provider } = stage;
  const file = join(sandbox.home, '.aws/config');
  const flags = [
    '--issuer',
    provider.issuer,
    '--client-id',
    'x',
    '--role-arn',
    roleArn,
    '--region',
    'eu-west-1',
  ];
  const run = (...more: string[]) => sandbox.run(['configure', 'new', '--json', ...flags, ...more]);
  const before = readFileSync(file, 'utf8');
  const printed = objectIn((await run('--print')).stdout);
  assert.equal(readFileSync(file, 'utf8'), before);
  const first = await run();
  assert.deepEqual([first.code, first.stderr], [0, '']);
  const { settings, notes, ...told } = objectIn(first.stdout) as {
    settings: Record<string, string>;
    notes: string[];
  };
  assert.deepEqual(told, { profile: 'new', file, written: true, next: 'daypass login --profile new' });
  const { credential_process: line = '', ...others } = settings;
  assert.match(line, / --profile new$/);
  assert.deepEqual(others, {
    region: 'eu-west-1',
    daypass_issuer: provider.issuer,
    daypass_client_id: 'x',
    daypass_role_arn: roleArn,
  });
  assert.ok(
    notes.some((note) => note.startsWith('AWS IAM accepts only https issuers')),
    notes.join('\n'),
  );
  const { section, ...same } = printed;
  assert.deepEqual(same, { ...told, settings, notes, written: false });
  assert.ok(readFileSync(file, 'utf8').endsWith(String(section)));
  assert.equal(objectIn((await run()).stdout).written, false);
  const env = failingFiles(join(sandbox.home, '.aws'), 'EROFS');
  const failed = await sandbox.run(['configure', 'newer', '--json', ...flags], { env });
  assert.match(errorIn(failed).hint, /^copy the section that --print prints to the source of that file/);
});

test('exec leaves stdout to its command, and writes an error of daypass to stderr', async (t) => {
  const stage = await openStageFor(t, { keys: { daypass_browser: signInProgram } });
  const run = (...args: string[]) => stage.sandbox.run(['exec', '--json', '--profile', 'developer', ...args]);
  assert.equal(errorIn(await run('--non-interactive', '--', 'true'), 'stderr').code, 'sign-in-needed');
  const fine = await run('--', 'printf', '%s', '--json');
  assert.deepEqual([fine.code, fine.stdout, fine.stderr], [0, '--json', '']);
  // What the command writes is its own.
  const own = await run('--', 'sh', '-c', 'echo mine >&2; exit 3');
  assert.deepEqual([own.code, own.stdout, own.stderr], [3, '', 'mine\n']);
  const missing = errorIn(await run('--', 'no-such-program'), 'stderr');
  assert.deepEqual(
    [missing.exitCode, missing.faults],
    [127, ['"no-such-program": the command does not exist']],
  );
  assert.equal(errorIn(await run('--', '/usr'), 'stderr').exitCode, 126);
  assert.equal(errorIn(await run(), 'stderr').code, 'usage');
  assert.equal(errorIn(await run('--froce', '--', 'true'), 'stderr').code, 'usage');
  // People type the profile where other tools want it. What follows may be secret.
  const { stderr, code } = await stage.sandbox.run(['exec', 'developer', '--', 'mysql', '-phush']);
  assert.equal(code, 127);
  assert.match(
    stderr,
    /\nhint: name the profile with --profile, run: daypass exec --profile developer -- COMMAND \[ARGUMENT\.\.\.\]\n$/,
  );
  assert.doesNotMatch(stderr, /hush/);
});

test('an object that cannot be written leaves the error as text', async (t) => {
  if (!existsSync('/dev/full')) return t.skip('this system has no /dev/full');
  const sandbox = await createSandbox();
  t.after(() => sandbox.remove());
  const line = 'exec "$0" "$@" >/dev/full';
  const { words } = testedProgram;
  const { code, stderr } = await sandbox.runProgram(['sh', '-c', line, ...words, 'login', '--json']);
  assert.equal(code, 65);
  assert.match(stderr, /^daypass is not set up yet\n/);
});
