// What a new user meets: daypass without any profile, and the first profile up to its first credentials.
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { clear, down, enter, interrupt, openConversation, up } from '../support/conversation.ts';
import { configSettles } from '../support/known-calls.ts';
import { openStageFor } from '../support/logging-stage.ts';
import { createSandbox, type Sandbox } from '../support/sandbox.ts';
import { roleArn, type Stage, signInProgram } from '../support/stage.ts';
import { openStageOfMany } from '../support/stage-of-many.ts';

const notSetUp = `daypass is not set up yet
Set up a profile: daypass configure
All commands: daypass --help
`;

async function newUser(t: TestContext): Promise<Sandbox> {
  const sandbox = await createSandbox();
  t.after(async () => assert.deepEqual(await sandbox.remove(), []));
  return sandbox;
}

for (const words of ['', 'login', 'logout', 'exec true', 'console', 'trust-policy', 'env']) {
  test(`without any profile \`daypass ${words}\` says how to set one up, and ends with 65`, async (t) => {
    const sandbox = await newUser(t);
    const { code, stdout, stderr } = await sandbox.run(words.split(' ').filter(Boolean));
    assert.deepEqual([code, stdout, stderr], [65, '', notSetUp]);
    assert.deepEqual(Object.keys(sandbox.files()), ['.aws/config']);
  });
}

test('without any profile status says the same, which is no error', async (t) => {
  const sandbox = await newUser(t);
  const { code, stdout, stderr } = await sandbox.run(['status']);
  assert.deepEqual([code, stdout, stderr], [0, notSetUp, '']);
  const json = await sandbox.run(['status', '--json']);
  assert.deepEqual([json.code, json.stdout], [0, '{"profiles":[]}\n']);
  const doctor = await sandbox.run(['doctor']);
  assert.match(doctor.stdout, /settings +daypass is not set up yet\n +-> run: daypass configure\n/);
});

test('without any profile daypass alone on a terminal offers to start configure', async (t) => {
  const sandbox = await newUser(t);
  const yes = openConversation(sandbox, []);
  await yes.see(/daypass is not set up yet/, /All commands: daypass --help/);
  await yes.answer('Set up a profile now\\?', enter);
  await yes.answer('Which OIDC provider', interrupt);
  assert.equal((await yes.exit).code, 130);
  const no = openConversation(sandbox, []);
  await no.answer('Set up a profile now\\?', 'n');
  assert.equal((await no.exit).code, 0);
  assert.equal(readFileSync(join(sandbox.home, '.aws/config'), 'utf8'), '');
});

test('daypass alone on a terminal prints the status, and credentials for a client and with --profile', async (t) => {
  const stage = await openStageOfMany(t);
  const { sandbox } = stage;
  const env = { AWS_PROFILE: 'developer' };
  assert.equal(JSON.parse((await sandbox.run([], { env })).stdout).Version, 1);
  const one = await openConversation(sandbox, [], env).exit;
  assert.equal(one.code, 0);
  assert.match(one.terminal, /ada@example\.com[\s\S]*All commands: daypass --help\r\n$/);
  assert.doesNotMatch(one.terminal, /SecretAccessKey/);
  const list = await openConversation(sandbox, []).exit;
  assert.match(list.terminal, /developer[\s\S]*auditor[\s\S]*All commands: daypass --help\r\n$/);
  // That is how people check a helper.
  const named = await openConversation(sandbox, ['--profile', 'developer']).exit;
  assert.match(named.terminal, /^\{"Version":1,[^\r\n]*\}\r\n$/);
});

test('daypass alone on a terminal prints the status also if a client has made the same call', async (t) => {
  const stage = await openStageFor(t, { keys: { daypass_browser: signInProgram, daypass_log: '' } });
  const { sandbox } = stage;
  const env = { AWS_PROFILE: 'developer' };
  await configSettles(stage);
  for (const _ of [1, 2]) assert.equal(JSON.parse((await sandbox.run([], { env })).stdout).Version, 1);
  assert.ok(Object.keys(sandbox.files()).some((name) => name.includes('/calls/')));
  const { terminal } = await openConversation(sandbox, [], env).exit;
  assert.match(terminal, /All commands: daypass --help/);
  assert.doesNotMatch(terminal, /SecretAccessKey/);
});

/** Settings that the local stand-ins need; a real provider and AWS need none. */
const standIns = ({ sts }: Stage) => ({
  DAYPASS_STS_ENDPOINT: sts.url,
  DAYPASS_BROWSER: signInProgram,
  DAYPASS_AUTHORIZE_PARAMS: 'prompt=consent',
});

/** Answers every question of a new user up to the last one. */
async function configureAll(stage: Stage, role = roleArn) {
  stage.sandbox.writeConfig('');
  const terminal = openConversation(stage.sandbox, ['configure'], standIns(stage));
  for (const [question, keys] of [
    ['Which OIDC provider', up],
    ['Profile name', 'dev'],
    // Pasted from the address bar, and from the output of another program.
    ['Issuer', ` ${stage.provider.issuer}/.well-known/openid-configuration `],
    ['Client id', stage.provider.clientId],
    ['Role to assume', `"Arn": "${role}",`],
    ['Region', 'eu-west-1'],
    ['Write this', ''],
  ] as const)
    await terminal.answer(question, `${keys}${enter}`);
  return terminal;
}

test('configure of a new user ends with a sign-in and credentials', async (t) => {
  const stage = await openStageFor(t);
  const terminal = await configureAll(stage);
  await terminal.answer('Sign in now\\?', enter);
  await terminal.see(/└ {2}signing in …/);
  const { code, terminal: shown } = await terminal.exit;
  assert.equal(code, 0, shown);
  assert.match(shown, /Signed in as ada[\s\S]*next: aws sts get-caller-identity --profile dev\r\n$/);
  const file = readFileSync(join(stage.sandbox.home, '.aws/config'), 'utf8');
  for (const line of [
    `daypass_issuer = ${stage.provider.issuer}`,
    `daypass_role_arn = ${roleArn}`,
    'region = eu-west-1',
  ])
    assert.ok(file.includes(`\n${line}\n`), file);
  const { stdout } = await stage.sandbox.run(['--profile', 'dev'], { env: standIns(stage) });
  assert.equal(JSON.parse(stdout).Version, 1);
});

test('if AWS refuses the first sign-in, configure prints the commands for an administrator', async (t) => {
  const stage = await openStageFor(t);
  const terminal = await configureAll(stage, 'arn:aws:iam::123456789012:role/Missing');
  await terminal.answer('Sign in now\\?', enter);
  const { code, terminal: shown } = await terminal.exit;
  assert.equal(code, 77, shown);
  assert.match(shown, /daypass: trust-policy: [\s\S]*AWS must trust this sign-in:[\s\S]*aws iam create-role/);
});

test('^C keeps the answers for the next start, for this user alone, and a written profile ends that', async (t) => {
  const stage = await openStageFor(t);
  const { sandbox, provider } = stage;
  sandbox.writeConfig('');
  const kept = join(sandbox.home, '.local/state/daypass/configure/answers.json');
  const first = openConversation(sandbox, ['configure']);
  await first.answer('Which OIDC provider', `${down}${down}${down}${down}${down}${enter}`);
  await first.answer('Profile name', `dev${enter}`);
  await first.answer('Issuer', `${provider.issuer}${enter}`);
  await first.answer('Client id', `${provider.clientId}${enter}`);
  await first.answer('Role to assume', interrupt);
  await first.see(/the next start offers your answers again/);
  assert.equal((await first.exit).code, 130);
  assert.equal(statSync(kept).mode & 0o777, 0o600);
  const hasty = openConversation(sandbox, ['configure']);
  await hasty.answer('Which OIDC provider', enter);
  await hasty.answer('Profile name', interrupt);
  await hasty.exit;
  assert.deepEqual(JSON.parse(readFileSync(kept, 'utf8')), {
    profile: 'dev',
    provider: 'Keycloak',
    values: { issuer: provider.issuer, clientId: provider.clientId },
  });
  // Another profile gets no answers that are not its own.
  const other = openConversation(sandbox, ['configure', '--profile', 'other']);
  await other.answer('Which OIDC provider', enter);
  await other.answer('Issuer', enter);
  await other.see(/must be a plain https/);
  other.type(interrupt);
  await other.exit;
  // The last ^C has stored the answers of that start.
  const second = openConversation(sandbox, ['configure']);
  await second.answer('Which OIDC provider', enter);
  await second.answer('Profile name', `${clear}dev${enter}`);
  await second.answer('Issuer', `${provider.issuer}${enter}`);
  await second.answer('Client id', `${provider.clientId}${enter}`);
  await second.answer('Role to assume', interrupt);
  await second.exit;
  const third = openConversation(sandbox, ['configure']);
  await third.see(/Your answers from before \^C are offered again/);
  await third.answer('Which OIDC provider', enter);
  for (const question of ['Profile name', 'Issuer', 'Client id']) await third.answer(question, enter);
  await third.answer('Role to assume', `${roleArn}${enter}`);
  await third.answer('Region', enter);
  await third.answer('Write this', enter);
  await third.answer('Sign in now', 'n');
  assert.equal((await third.exit).code, 0);
  assert.ok(readFileSync(join(sandbox.home, '.aws/config'), 'utf8').includes(provider.clientId));
  assert.throws(() => statSync(kept), /ENOENT/);
});

test('a client secret is not among the answers that ^C keeps, and Google needs no issuer', async (t) => {
  const sandbox = await newUser(t);
  // The question after the choice comes without a request to Google: the issuer is known, and does not answer here.
  const env = { HTTPS_PROXY: 'http://127.0.0.1:9' };
  const terminal = openConversation(sandbox, ['configure', '--profile', 'dev'], env);
  await terminal.answer('Which OIDC provider', `${down}${down}${down}${down}${enter}`);
  await terminal.see(/create the client as a desktop app/, /asking accounts\.google\.com/);
  await terminal.answer('Issuer', interrupt);
  assert.equal((await terminal.exit).code, 130);
  const { '.local/state/daypass/configure/answers.json': kept } = sandbox.files();
  assert.deepEqual(JSON.parse(String(kept)), { profile: 'dev', provider: 'Google', values: {} });
});
