// `configure --from` while something else changes or holds the files: cases WD01 to WD06 of docs/threats.md.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, type TestContext } from 'node:test';
import { failingFiles } from '../support/failing-files.ts';
import { type IdentityProvider, startIdentityProvider } from '../support/identity-provider.ts';
import { createSandbox, type RunResult, type Sandbox } from '../support/sandbox.ts';
import { roleArn } from '../support/stage.ts';
import { until } from '../support/until.ts';
import { faultOfPart } from './fault.ts';

let provider: IdentityProvider;
before(async () => {
  provider = await startIdentityProvider();
});
after(() => provider?.stop());

const keys = (issuer = provider.issuer) =>
  `region = eu-west-1\ndaypass_issuer = ${issuer}\ndaypass_client_id = daypass-test\ndaypass_role_arn = ${roleArn}\n`;
const team = (...names: string[]) => names.map((name) => `[profile ${name}]\n${keys()}`).join('');

interface Place extends Sandbox {
  path: string;
  teamFile: string;
  config(): string;
}

async function open(t: TestContext, config: string, file = team('dev', 'ops')): Promise<Place> {
  const sandbox = await createSandbox({ config });
  t.after(async () => assert.deepEqual(await sandbox.remove(), []));
  const path = join(sandbox.home, '.aws/config');
  const teamFile = join(sandbox.home, 'team.ini');
  writeFileSync(teamFile, file);
  return { ...sandbox, path, teamFile, config: () => readFileSync(path, 'utf8') };
}

const args = ['configure', '--from', '~/team.ini', '--yes'];

/** Changes the config file after daypass has read it and before it writes, and returns how the call ended. */
async function meanwhile(place: Place, text: string): Promise<RunResult> {
  const release = provider.hold('discovery');
  const asked = provider.counts.discovery;
  const call = place.start(args);
  try {
    await until(() => provider.counts.discovery > asked, 'the provider is asked');
    writeFileSync(place.path, text);
  } finally {
    release();
  }
  return await call.exit;
}

const headers = (text: string) => text.match(/(?<=^\[profile ).*(?=\])/gm);

faultOfPart('WD01', 'another program adds a profile of its own before the write: both stay', async (t) => {
  const place = await open(t, '# mine\r\n');
  const own = '# mine, changed\r\n[profile mine]\r\nregion = x\r\n';
  const { code, stderr } = await meanwhile(place, own);
  assert.deepEqual([code, stderr], [0, '']);
  assert.ok(place.config().startsWith(own));
  assert.deepEqual(headers(place.config().replaceAll('\r', '')), ['mine', 'dev', 'ops']);
});

faultOfPart(
  'WD02',
  'another program writes a profile of the same name before the write: it stays',
  async (t) => {
    const place = await open(t, '');
    const own = '[profile ops]\nregion = x\n';
    const { code, stderr } = await meanwhile(place, own);
    assert.equal(code, 65);
    assert.match(stderr, /ops: your \[profile ops\] \(~\/\.aws\/config:1\) did not come from this file/);
    assert.equal(place.config(), own);
  },
);

faultOfPart(
  'WD03',
  'another program changes a profile of the plan before the write: nothing is written',
  async (t) => {
    const section = (duration: number) =>
      `[profile dev]\ndaypass_duration = ${duration}\n${keys()}daypass_from = `;
    const place = await open(t, '');
    writeFileSync(place.path, `${section(900)}${place.teamFile}\n`);
    const own = `${section(1800)}${place.teamFile}\n`;
    const { code, stderr } = await meanwhile(place, own);
    assert.equal(code, 74);
    assert.match(stderr, /another program changed these profiles in ~\/\.aws\/config meanwhile/);
    assert.equal(place.config(), own);
  },
);

for (const fault of ['EROFS', 'EACCES', 'EPERM'] as const)
  faultOfPart(
    'WD04',
    `a config file that cannot be changed: the sections are printed (${fault})`,
    async (t) => {
      const place = await open(t, '# mine\n');
      const env = failingFiles(join(place.home, '.aws'), fault);
      const { code, stdout, stderr } = await place.run(args, { env });
      assert.equal(code, 74);
      assert.deepEqual(headers(stdout), ['dev', 'ops']);
      assert.match(stdout, /\ndaypass_from = \/.*\n\n\[profile ops\]\n/);
      assert.match(stderr, /hint: copy the printed section to the source of that file/);
      assert.equal(place.config(), '# mine\n');
    },
  );

faultOfPart(
  'WD05',
  '^C while the provider is asked: the call ends at once, and writes nothing',
  async (t) => {
    const place = await open(t, '# mine\n');
    const release = provider.hold('discovery');
    t.after(release);
    const asked = provider.counts.discovery;
    const call = place.start(args);
    await until(() => provider.counts.discovery > asked, 'the provider is asked');
    call.kill('SIGINT');
    assert.equal((await call.exit).code, 130);
    assert.equal(place.config(), '# mine\n');
  },
);

faultOfPart('WD06', 'a file that names 40 providers: at most 8 requests at a time, each once', async (t) => {
  let [open40, most, all] = [0, 0, 0];
  const waiting: (() => void)[] = [];
  const server = createServer((_request, response) => {
    open40++;
    all++;
    most = Math.max(most, open40);
    waiting.push(() => {
      open40--;
      response.writeHead(404).end();
    });
    // The first eight wait for each other, so that as many as daypass sends are open together.
    if (all >= 8) for (const answer of waiting.splice(0)) setImmediate(answer);
  }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await until(() => server.listening, 'the server listens');
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const file = Array.from({ length: 40 }, (_, at) => `[profile p${at}]\n${keys(`${base}/${at}`)}`).join('');
  const place = await open(t, '# mine\n', file);
  const { code, stderr } = await place.run(args);
  assert.equal(code, 69);
  assert.match(stderr, /~\/team\.ini:1: p0: .*answered 404\n/);
  assert.match(stderr, /\nand 37 more\n/);
  assert.deepEqual([all, most, place.config()], [40, 8, '# mine\n']);
});
