import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openStageFor } from '../support/logging-stage.ts';
import { signInProgram } from '../support/stage.ts';

const moreClaims = {
  'https://aws.amazon.com/tags': {
    principal_tags: { Project: ['Automation'], Odd: ['\u001b[2J\u202ex'] },
    transitive_tag_keys: ['Project'],
  },
  'https://aws.amazon.com/source_identity': 'ada',
};
const policy = `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`;

test('status --verbose shows what the token tells AWS, and status alone does not', async (t) => {
  const stage = await openStageFor(t, {
    keys: { daypass_browser: signInProgram, daypass_policy: '~/policy.json' },
    moreClaims,
  });
  writeFileSync(join(stage.sandbox.home, 'policy.json'), policy);
  const json = async (...args: string[]) =>
    JSON.parse((await stage.daypass(['status', '--json', ...args])).stdout);

  const before = await stage.daypass(['status', '--verbose']);
  assert.deepEqual([before.code, before.stderr], [0, '']);
  assert.match(before.stdout, /^ {2}token +no sign-in is stored, so there is no ID token to show$/m);
  assert.equal((await json('--verbose')).token, null);

  assert.equal((await stage.daypass()).code, 0);
  const calls = stage.sts.calls.length;
  const { code, stdout, stderr } = await stage.daypass(['status', '--verbose']);
  assert.deepEqual([code, stderr], [0, '']);
  const [, details] = stdout.split(/^ {2}store .*\n/m);
  assert.equal(
    details,
    `  subject          ada
  audience         daypass-test
  tags             Project=Automation (transitive)
                   Odd=\ufffd[2J\ufffdx
  source identity  ada
  session policy   ~/policy.json
  policy space     ${Math.ceil(policy.length / 20.48)} % of what AWS allows for policies and tags
`,
  );
  const { token, sessionPolicy, packedPolicySize, sourceIdentity } = await json('--verbose');
  assert.deepEqual(token, {
    subject: 'ada',
    audience: ['daypass-test'],
    methods: [],
    tags: [
      { key: 'Project', value: 'Automation', transitive: true },
      { key: 'Odd', value: '\ufffd[2J\ufffdx', transitive: false },
    ],
    sourceIdentity: 'ada',
  });
  assert.deepEqual(
    [sessionPolicy, packedPolicySize, sourceIdentity],
    [join(stage.sandbox.home, 'policy.json'), Math.ceil(policy.length / 20.48), 'ada'],
  );
  assert.equal(stage.sts.calls.length, calls, 'no connection');

  const plain = await json();
  for (const name of ['token', 'sessionPolicy', 'packedPolicySize', 'sourceIdentity'])
    assert.ok(!(name in plain));
  assert.doesNotMatch((await stage.daypass(['status'])).stdout, /subject|tags/);
  // In the list of all profiles each one has a block in place of a line.
  const list = await stage.sandbox.run(['status', '--verbose']);
  assert.match(list.stdout, /^developer\n✓ Signed in [\s\S]*^ {2}tags +Project=Automation/m);
  const { profiles } = JSON.parse((await stage.sandbox.run(['status', '--verbose', '--json'])).stdout);
  assert.deepEqual(profiles[0].token, token);
});
