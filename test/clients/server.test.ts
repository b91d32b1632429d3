// Clients get their credentials from the endpoint of `exec --server`: cases WY1 to WY4 of docs/threats.md.
import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { logged } from '../support/logging-stage.ts';
import { daypassCommand, type RunResult } from '../support/sandbox.ts';
import { until } from '../support/until.ts';
import type { Client } from './client.ts';
import { answersOf, type ClientStage, openClientStage, record } from './client-stage.ts';
import { lacks } from './installed.ts';
import { ours } from './matrix.ts';
import { newerRuby } from './newest-clients.ts';

const keys = 'aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI\n';
const sso =
  'sso_start_url = https://example.awsapps.com/start\nsso_region = eu-west-1\nsso_account_id = 123456789012\nsso_role_name = Second\n';

/** What [default] has, in the config file and in the credentials file. */
const situations: Record<string, { config?: string; credentials?: string }> = {
  'no default': {},
  'keys in the credentials file': { credentials: `[default]\n${keys}` },
  'another credential_process': { config: '[default]\ncredential_process = false --other\n' },
  'the credential_process of daypass': {
    config: `[default]\ncredential_process = ${daypassCommand} --profile default\n`,
  },
  'sso_ keys': { config: `[default]\n${sso}` },
};

/** The programs that ask for a profile by name use no endpoint, and the SDK for Ruby of Debian 12 knows none. */
function clientsOf(stage: ClientStage): Client[] {
  const ruby = stage.clients.find(({ name }) => name === 'Ruby');
  const newer = ruby ? [{ ...ruby, name: 'Ruby, newer', words: newerRuby() }] : [];
  return [...stage.clients.filter(({ name }) => !/fromIni|CRT|^Ruby$/.test(name)), ...newer];
}

/** A command of `exec --server` that runs, and the environment that it has. */
interface Serving {
  env: Record<string, string>;
  end(): Promise<RunResult>;
}

async function serve({ sandbox }: ClientStage): Promise<Serving> {
  const script = 'env; echo end; trap "exit 0" TERM; while :; do sleep 0.05; done';
  const running = sandbox.start(['exec', '--profile', 'developer', '--server', '--', 'sh', '-c', script]);
  let ended = false;
  void running.exit.then(() => (ended = true));
  await until(() => ended || /^end$/m.test(running.stdout()), 'the command runs');
  assert.ok(!ended, running.stderr());
  const variables = running.stdout().matchAll(/^(AWS_\w+)=(.*)$/gm);
  return {
    env: Object.fromEntries([...variables].map(([, name, value]) => [name, value])),
    end() {
      running.kill('SIGTERM');
      return running.exit;
    },
  };
}

/** The environment of a client that is started by the command. */
function envOf({ env: { AWS_PROFILE, ...own } }: Client, { env }: Serving): Record<string, string> {
  return { ...own, PROFILE: '', ...env };
}

function configure(stage: ClientStage, { config = '', credentials = '' }: (typeof situations)[string]): void {
  stage.configure({}, config);
  appendFileSync(join(stage.sandbox.home, '.aws/credentials'), credentials);
}

/** JavaScript writes it if an answer takes a second, and goes on waiting. */
const patience = /^@smithy\/node-http-handler - \[WARN\] a request has exceeded .*\n/gm;

/** Kotlin uses the SDK for Java, and the AWS CLI 1 that of boto3. They are tried once. */
const twins = /^(Kotlin|AWS CLI 1, newest)$/;

test('WY1 every client uses the role of the server, whatever [default] has', async (t) => {
  const stage = await openClientStage(t);
  assert.equal((await stage.daypass()).code, 0);
  for (const [what, situation] of Object.entries(situations)) {
    configure(stage, situation);
    const serving = await serve(stage);
    const before = stage.counts();
    const results = new Map<string, string>();
    const clients = clientsOf(stage).filter(({ name }) => what === 'no default' || !twins.test(name));
    await t.test(what, { concurrency: 2 }, async (t) => {
      const run = async (client: Client) => {
        const words = client.words.map((word) => word.replace(/\/backups$/, `/backups-${what.length}`));
        const env = { ...envOf(client, serving), REQUESTS: '1' };
        const { code, stdout, stderr } = await stage.sandbox.runProgram(words, { env, timeoutMs: 150_000 });
        assert.deepEqual([code, stderr.replace(patience, '')], [0, ''], stdout);
        if (client.asks) assert.match(stdout, /^ok .*\/DeveloperAccess\//);
        results.set(client.name, 'ok');
      };
      await Promise.all(clients.map((client) => t.test(client.name, () => run(client))));
    });
    assert.deepEqual(await serving.end().then(({ code, stderr }) => [code, stderr]), [0, '']);
    // No client starts daypass, so the cost of all is that of each.
    assert.deepEqual(stage.counts(), before);
    for (const [client, result] of results)
      record(`WY1 ${what}`, client, { starts: 0, tabs: 0, sts: 0 }, { expected: ours(0), result });
  }
  await t.test('WY2 keys of [default] in the config file are refused', async () => {
    configure(stage, { config: `[default]\n${keys}` });
    const cost = await stage.cost(async () => {
      const { code, stderr } = await stage.sandbox.run([
        'exec',
        '--profile',
        'developer',
        '--server',
        '--',
        'true',
      ]);
      assert.equal(code, 65);
      assert.match(stderr, /AWS clients prefer aws_access_key_id of \[default\] to the endpoint/);
    });
    record('WY2 keys of [default] in the config file', 'daypass', cost, { result: 'refused' });
  });
});

test('WY3 a program whose session is renewed four times never gets an error', async (t) => {
  const stage = await openClientStage(t);
  assert.equal((await stage.daypass()).code, 0);
  const serving = await serve(stage);
  // daypass accepts no sessions of a minute or less. With 2 minutes, every client asks again before each request.
  stage.sts.sessionSeconds = 120;
  await stage.leave(119, { lifetime: 120 });
  const first = stage.counts();
  const names = /^(boto3|JavaScript v3, default chain|Go v2|Ruby, newer)$/;
  const programs = clientsOf(stage)
    .filter(({ name }) => names.test(name))
    .map((client) => ({
      name: client.name,
      running: stage.sandbox.startProgram(client.words, {
        env: { ...envOf(client, serving), REQUESTS: '5000' },
      }),
    }));
  const answered = () => programs.map(({ running }) => answersOf({ stdout: running.stdout() }).length);
  for (let session = 1; session <= 4; session++) {
    await stage.leave(29, { lifetime: 120 });
    await until(() => stage.counts().sts - first.sts >= session, `renewal ${session}`, 120_000);
    const before = answered();
    await until(() => answered().every((now, index) => now > (before[index] ?? 0)), 'all go on', 120_000);
  }
  for (const { name, running } of programs) {
    const { stdout } = running;
    const requests = answersOf({ stdout: stdout() });
    running.kill('SIGTERM');
    const { stderr } = await running.exit;
    await t.test(name, () => {
      assert.deepEqual(requests.filter((answer) => !answer.startsWith('ok ')).slice(0, 3), []);
      assert.doesNotMatch(stderr, /error retrieving/i);
    });
    const sts = stage.counts().sts - first.sts;
    record(`WY3 sessions that age at once, ${requests.length} requests`, name, { starts: 0, tabs: 0, sts });
  }
  assert.equal((await serving.end()).code, 0);
  assert.equal(stage.counts().tabs, first.tabs);
});

/** What each client shows of an error, and how often it asks for one request of its own. */
const errors: readonly [client: string, shows: RegExp, asks: number][] = [
  ['AWS CLI', /sign-in-needed.*daypass login/s, 3],
  ['boto3', /sign-in-needed.*daypass login/s, 3],
  ['Go v2', /sign-in-needed.*daypass login/s, 1],
  ['Go v1', /NoCredentialProviders/, 1],
  ['JavaScript v3, default chain', /Could not load credentials from any providers/, 5],
  ['Ruby, newer', /Error retrieving ECS Credentials: .*Non200Response/, 1],
  ['Java v2', /Failed to load credentials from metadata service/, 1],
  ['Rust', /StatusCode\(403\)/, 1],
];

test('WY4 an error reaches the client as its SDK shows it, after few requests', async (t) => {
  const stage = await openClientStage(t, { keys: { daypass_non_interactive: 'true' } });
  stage.configure({ daypass_non_interactive: 'false' });
  assert.equal((await stage.daypass()).code, 0);
  stage.configure();
  const serving = await serve(stage);
  // The person has signed out.
  stage.configure({ daypass_non_interactive: 'false' });
  assert.equal((await stage.daypass(['logout'])).code, 0);
  for (const [name, shows, asks] of errors) {
    await t.test(name, { skip: lacks(name) }, async () => {
      const client = clientsOf(stage).find((client) => client.name === name);
      if (!client) throw new Error(`there is no client ${name}`);
      const before = logged(stage, 'served').length;
      const env = { ...envOf(client, serving), REQUESTS: '1', AWS_MAX_ATTEMPTS: '1' };
      const { stdout, stderr } = await stage.sandbox.runProgram(client.words, { env, timeoutMs: 150_000 });
      assert.match(stdout + stderr, shows);
      const served = logged(stage, 'served').length - before;
      assert.equal(served, asks);
      record('WY4 an error', name, { starts: 0, tabs: 0, sts: 0 }, { result: `${served} requests` });
    });
  }
  assert.equal((await serving.end()).code, 0);
});
