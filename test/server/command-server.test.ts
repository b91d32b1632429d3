// The clients of `exec --server` are led past the credentials of [default].
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { logged, openStageFor } from '../support/logging-stage.ts';
import { signalAll } from '../support/processes.ts';
import { testedProgram } from '../support/sandbox.ts';
import { type Stage, signInProgram } from '../support/stage.ts';
import { until } from '../support/until.ts';

const keys = '[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI\n';

async function openWithDefault(t: TestContext, { config = '', credentials = keys } = {}): Promise<Stage> {
  const stage = await openStageFor(t, { keys: { daypass_browser: signInProgram } });
  stage.sandbox.writeConfig(stage.config() + config);
  mkdirSync(join(stage.sandbox.home, '.aws'), { recursive: true });
  writeFileSync(join(stage.sandbox.home, '.aws/credentials'), credentials, { mode: 0o600 });
  return stage;
}

const served = ['exec', '--profile', 'developer', '--server', '--'];

/** The private folders of commands. */
function folders({ sandbox }: Stage): string[] {
  const path = join(sandbox.home, '.local/state/daypass/exec');
  return existsSync(path) ? readdirSync(path).map((entry) => join(path, entry)) : [];
}

test('the command gets a private copy of the config file, and the name of a profile without credentials', async (t) => {
  const stage = await openWithDefault(t, { config: '[profile other]\nregion = us-east-1\n' });
  const script =
    'echo "$AWS_PROFILE"; stat -c %a "$AWS_CONFIG_FILE" "$(dirname "$AWS_CONFIG_FILE")"; cat "$AWS_CONFIG_FILE"';
  const { stdout, stderr, code } = await stage.sandbox.run([...served, 'sh', '-c', script]);
  assert.deepEqual([code, stderr], [0, '']);
  const own = readFileSync(join(stage.sandbox.home, '.aws/config'), 'utf8');
  const added = '\n[profile daypass-exec]\nregion = eu-west-1\ndaypass_source_profile = developer\n';
  assert.equal(stdout, `daypass-exec\n400\n700\n${own}${added}`);
  assert.deepEqual(folders(stage), []);
});

test('nothing of that happens without credentials in [default]', async (t) => {
  const stage = await openWithDefault(t, { credentials: '', config: '[default]\nregion = us-east-1\n' });
  const { stdout, code } = await stage.sandbox.run([...served, 'env']);
  assert.equal(code, 0);
  assert.match(stdout, /^AWS_CONTAINER_CREDENTIALS_FULL_URI=/m);
  assert.doesNotMatch(stdout, /^AWS_(PROFILE|CONFIG_FILE|ACCESS_KEY_ID)=/m);
});

test('a variable with the place of the config file applies, and a file that is missing is empty', async (t) => {
  const stage = await openWithDefault(t);
  const script = 'cat "$AWS_CONFIG_FILE"';
  const settings = stage.config().split('\n').slice(1).join('\n');
  const file = join(stage.sandbox.home, 'own');
  writeFileSync(file, `[profile developer]\r\n${settings.replaceAll('\n', '\r\n')}[profile here]`);
  const moved = await stage.sandbox.run([...served, 'sh', '-c', script], { env: { AWS_CONFIG_FILE: file } });
  assert.match(moved.stdout, /\[profile here\]\r\n\r\n\[profile daypass-exec\]\r\nregion = eu-west-1\r\n/);
  const env: Record<string, string> = { AWS_CONFIG_FILE: join(stage.sandbox.home, 'none') };
  for (const [, key = '', value = ''] of settings.matchAll(/^(?:daypass_)?(\w+) = (.*)$/gm))
    env[key === 'region' ? 'AWS_REGION' : `DAYPASS_${key.toUpperCase()}`] = value;
  const bare = await stage.sandbox.run(['exec', '--server', '--', 'sh', '-c', script], { env });
  assert.deepEqual([bare.stdout, bare.stderr], ['\n[profile daypass-exec]\nregion = eu-west-1\n', '']);
});

test('exec refuses before a sign-in if the copy would contain a secret', async (t) => {
  const stage = await openWithDefault(t, { credentials: '', config: keys });
  const { code, stderr } = await stage.sandbox.run([...served, 'env']);
  assert.equal(code, 65);
  const lines = readFileSync(join(stage.sandbox.home, '.aws/config'), 'utf8').split('\n');
  const line = lines.indexOf('[default]') + 2;
  assert.equal(
    stderr,
    [
      `daypass: bad-configuration: ~/.aws/config:${line}: AWS clients prefer aws_access_key_id of [default] to the endpoint`,
      `daypass: bad-configuration: ~/.aws/config:${line + 1}: aws_secret_access_key is a secret, which daypass does not copy`,
      'hint: move the secrets of ~/.aws/config to the credentials file, or give [default] another name, then run the command again',
      '',
    ].join('\n'),
  );
  assert.equal(stage.provider.counts.authorization, 0);
  // The keys in its environment win over [default].
  assert.equal((await stage.sandbox.run(['exec', '--profile', 'developer', '--', 'true'])).code, 0);
});

test('a command that starts later removes the copy of a daypass that was killed, and no other', async (t) => {
  const stage = await openWithDefault(t);
  const start = () => stage.sandbox.start([...served, 'sh', '-c', 'echo ready; exec sleep 600']);
  const [killed, living] = [start(), start()];
  await until(() => [killed, living].every((each) => each.stdout() === 'ready\n'), 'both run');
  assert.equal(folders(stage).length, 2);
  // Its command is an orphan, which holds its pipes.
  const death = once(killed.child, 'exit');
  killed.kill('SIGKILL');
  await death;
  assert.equal((await stage.sandbox.run([...served, 'true'])).code, 0);
  assert.equal(folders(stage).length, 1);
  living.kill('SIGTERM');
  await living.exit;
  assert.deepEqual(folders(stage), []);
  signalAll(stage.sandbox.processes(), 'SIGKILL');
});

test('a copy that was killed before its rename is removed too, and a folder without content stays', async (t) => {
  const stage = await openWithDefault(t);
  const state = join(stage.sandbox.home, '.local/state/daypass/exec');
  for (const name of ['begun', 'killed']) mkdirSync(join(state, name), { recursive: true, mode: 0o700 });
  writeFileSync(join(state, 'killed/config.4321-abc'), '[default]\n', { mode: 0o600 });
  writeFileSync(join(state, '.DS_Store'), '');
  assert.equal((await stage.sandbox.run([...served, 'true'])).code, 0);
  assert.deepEqual(folders(stage), [join(state, '.DS_Store'), join(state, 'begun')]);
});

test('a command that puts a folder in place of its copy ends with its own exit code', async (t) => {
  const stage = await openWithDefault(t);
  const script = 'rm -f "$AWS_CONFIG_FILE"; mkdir "$AWS_CONFIG_FILE"; exit 3';
  const { code, stderr } = await stage.sandbox.run([...served, 'sh', '-c', script]);
  assert.deepEqual([code, stderr], [3, '']);
  assert.deepEqual(folders(stage), []);
});

test('configure does not write into the copy, and daypass reports another change of the command', async (t) => {
  const stage = await openWithDefault(t);
  const role = ['--source-profile', 'developer', '--role-arn', 'arn:aws:iam::210987654321:role/Audit'];
  const configure = [...testedProgram.words, 'configure', '--profile', 'audit', ...role];
  const nested = await stage.sandbox.run([...served, ...configure]);
  assert.equal(nested.code, 65);
  assert.match(nested.stderr, /AWS_CONFIG_FILE is a copy .*\nhint: run configure outside of the command\n$/);
  const script = 'chmod u+w "$AWS_CONFIG_FILE"; echo >> "$AWS_CONFIG_FILE"';
  const { code, stderr, terminal } = await stage.sandbox.runInTerminal([...served, 'sh', '-c', script]).exit;
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(terminal, /the command changed its copy of the AWS config file/);
  assert.equal(logged(stage, 'past-default').length, 2);
});
