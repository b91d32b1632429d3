// Commands without a named profile: [default], else the only one, else a choice, and never for an AWS client.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { enter, interrupt, openConversation } from '../support/conversation.ts';
import { createSandbox } from '../support/sandbox.ts';
import { roleArn } from '../support/stage.ts';
import { openStageOfMany } from '../support/stage-of-many.ts';

test('without a terminal every command names the profiles, and logout and trust-policy also --all', async (t) => {
  const { sandbox } = await openStageOfMany(t);
  for (const words of [['login'], ['logout'], ['exec', 'true'], ['env'], ['console'], ['trust-policy']]) {
    const { code, stderr } = await sandbox.run(words);
    assert.equal(code, 64, words[0]);
    assert.match(
      stderr,
      /^daypass: usage: several profiles use daypass: developer, auditor, other, broken\n/,
    );
    const operands = words[0] === 'exec' ? ' -- COMMAND [ARGUMENT...]' : '';
    assert.ok(
      stderr.endsWith(`choose one, run: daypass ${words[0]} --profile developer${operands}\n`),
      stderr,
    );
    assert.equal(stderr.includes('add --all'), ['logout', 'trust-policy'].includes(words[0] ?? ''));
  }
  const doctor = await sandbox.run(['doctor']);
  assert.match(doctor.stdout, /settings +several profiles use daypass/);
});

test('an empty name of a profile, as from an unset variable, gets no advice to sign out of all', async (t) => {
  const { sandbox } = await openStageOfMany(t);
  const { code, stderr } = await sandbox.run(['logout', '']);
  assert.equal(code, 64);
  assert.match(stderr, /not ""\nhint: correct --profile\n$/);
});

test('on a terminal a picker filters by profile, role and account as one types', async (t) => {
  const { sandbox } = await openStageOfMany(t);
  for (const [typed, account] of [
    ['aud', '210987654321'],
    ['Audit', '210987654321'],
    ['2109-87', '210987654321'],
    ['21098', '210987654321'],
    ['develop 1234', '123456789012'],
    // Each role that matches is left, and the first of them is chosen.
    ['', '123456789012'],
  ] as const) {
    const script = 'echo account $(printenv AWS_ACCESS_KEY_ID >/dev/null && printenv DAYPASS_SET_REGION)';
    const terminal = openConversation(sandbox, ['exec', 'sh', '-c', script]);
    await terminal.answer('Profile', typed);
    if (typed) await terminal.see(/match/);
    terminal.type(enter);
    const { code, terminal: shown } = await terminal.exit;
    assert.equal(code, 0, shown);
    const profile = account === '123456789012' ? 'developer' : 'auditor';
    assert.match(shown, new RegExp(`account \\S+,${profile}\r\n`));
  }
  const cancelled = openConversation(sandbox, ['trust-policy']);
  await cancelled.answer('Profile', interrupt);
  assert.equal((await cancelled.exit).code, 130);
});

test('the only profile needs no choice, nor does [default] or a call whose flags give everything', async (t) => {
  const settings = `daypass_issuer = http://127.0.0.1:9\ndaypass_client_id = x\ndaypass_role_arn = ${roleArn}\ndaypass_store = file\n`;
  const sandbox = await createSandbox({
    config: `[default]\nregion = eu-west-1\n[profile only]\n${settings}`,
  });
  t.after(() => sandbox.remove());
  assert.equal((await sandbox.run(['logout'])).stdout, 'profile only was not signed in\n');
  // An AWS client gets no profile that it did not name.
  assert.match((await sandbox.run([])).stderr, /no profile is named/);
  sandbox.writeConfig(`[default]\n${settings}[profile only]\n${settings}`);
  assert.equal((await sandbox.run(['logout'])).stdout, 'profile default was not signed in\n');
  sandbox.writeConfig(`[profile one]\n${settings}[profile two]\n${settings}`);
  const flags = [
    '--issuer',
    'http://127.0.0.1:9',
    '--client-id',
    'y',
    '--role-arn',
    roleArn,
    '--store',
    'file',
  ];
  assert.equal((await sandbox.run(['logout', ...flags])).stdout, 'profile default was not signed in\n');
  assert.equal(
    (await sandbox.run(['logout'], { env: { AWS_PROFILE: 'two' } })).stdout,
    'profile two was not signed in\n',
  );
});
