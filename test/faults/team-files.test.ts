// `configure --from` meets hostile files and servers, and ends at any instant: cases WT01 to WT12 of docs/threats.md.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { gzipSync } from 'node:zlib';
import { hostileFiles } from '../support/hostile-team-files.ts';
import { type IdentityProvider, startIdentityProvider } from '../support/identity-provider.ts';
import { createSandbox, daypassPath, type RunResult, type Sandbox } from '../support/sandbox.ts';
import { startTeamServer, type TeamServer } from '../support/team-server.ts';
import { faultOfPart } from './fault.ts';

let server: TeamServer;
let elsewhere: TeamServer;
let provider: IdentityProvider;
let person: Sandbox;
let files: string[];

/** A person's file that must stay as it is, byte for byte. */
const own = Buffer.from(
  "# J\xfcrgen's own\r\n[default]\r\nregion=us-east-1\r\n\r\n[profile mine]\n  output : text\n#end",
  'latin1',
);

before(async () => {
  [server, elsewhere, provider] = await Promise.all([
    startTeamServer(),
    startTeamServer(),
    startIdentityProvider(),
  ]);
  // With further authorities of Node, fetch itself makes the requests, and it decodes a compressed body.
  person = await createSandbox({ env: { NODE_EXTRA_CA_CERTS: server.authority } });
});
after(async () => {
  await person?.remove();
  await Promise.all([server, elsewhere, provider].map((part) => part?.stop()));
});

function prepare(): void {
  writeFileSync(join(person.home, '.aws/config'), own);
  files = Object.keys(person.files());
}

const configure = (from: string, env: Record<string, string> = {}) =>
  person.run(['configure', '--from', from, '--yes'], { env });

/** Asserts the error of a call that must have changed nothing. */
function assertRefused({ code, stdout, stderr }: RunResult, exitCode: number, told: RegExp): void {
  assert.equal(code, exitCode, stdout + stderr);
  assert.equal(stdout, '');
  assert.match(stderr, told);
  assert.match(stderr, /^hint: ./m);
  assert.ok(Buffer.byteLength(stderr) <= 2048, stderr);
  assert.match(stderr, /^[\n\x20-\x7e\xa0-\uffff]*$/);
  assert.deepEqual(readFileSync(join(person.home, '.aws/config')), own);
  assert.deepEqual(Object.keys(person.files()), files);
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

// A test of test/team/ tries all of them. Here the built program meets up to five of each kind, and a page in WT08.
for (const id of ['WT01', 'WT02', 'WT03', 'WT04', 'WT05', 'WT06', 'WT07']) {
  const some = hostileFiles.filter((file) => file.id === id && file.what !== 'a web page').slice(0, 5);
  for (const { what, content, line, told } of some) {
    faultOfPart(id, `refused, with its line: ${what}`, async () => {
      prepare();
      server.answer = (_, response) => response.end(content);
      const result = await configure(`${server.origin}/team.conf`);
      const place = `daypass: bad-configuration: ${server.origin}/team.conf:${line}: `;
      assertRefused(result, 65, new RegExp(`^${escaped(place)}.*(${told.source})`));
    });
  }
}

const redirect =
  (location: () => string): RequestListener =>
  (_, response) =>
    response.writeHead(302, { location: location() }).end();

for (const [what, answer, told] of [
  ['a redirect to another server', redirect(() => elsewhere.origin), /only on the same server/],
  ['a redirect to http', redirect(() => server.origin.replace('https', 'http')), /only on the same server/],
  ['a redirect to itself', redirect(() => '/team.conf'), /redirects more than 5 times/],
  ['the page of a sign-in', (_, response) => response.end('<html>'), /answered with a web page/],
  ['404', (_, response) => response.writeHead(404).end(), /answered 404/],
  [
    'compressed content that becomes 64 MiB',
    (_, response) =>
      response.setHeader('content-encoding', 'gzip').end(gzipSync(Buffer.alloc(64 * 1024 * 1024))),
    /its answer is too large/,
  ],
  [
    'a file that is cut, and that would be one as it is',
    (_, response) => {
      response.writeHead(200, { 'content-length': '5000' });
      response.write('[profile a]\n', () => response.socket?.destroy());
    },
    /the connection was cut/,
  ],
] as [string, RequestListener, RegExp][]) {
  faultOfPart('WT08', `the server answers with ${what}`, async () => {
    prepare();
    server.answer = answer;
    assertRefused(await configure(`${server.origin}/team.conf`), 69, told);
    assert.deepEqual(elsewhere.requests, []);
  });
}

faultOfPart('WT09', 'an address that is not a plain https address is not asked', async () => {
  prepare();
  server.requests.length = 0;
  for (const from of [
    server.origin.replace('https', 'http'),
    server.origin.replace('//', '//ada:hunter2@'),
    `${server.origin}/#x`,
    'file:///etc/passwd',
  ]) {
    const result = await configure(from);
    assertRefused(result, 64, /^daypass: usage: --from (must|does)/);
    assert.doesNotMatch(result.stderr, /hunter2/);
  }
  assertRefused(await configure(elsewhere.origin), 69, /an authority that Node does not know/);
  const unverified = await configure(server.origin, { NODE_TLS_REJECT_UNAUTHORIZED: '0' });
  assertRefused(unverified, 78, /^daypass: unsafe-environment/);
  assert.deepEqual([server.requests, elsewhere.requests], [[], []]);
});

faultOfPart('WT10', 'a path that leads to no file, or to a large one, is refused at once', async () => {
  const place = (name: string) => join(person.home, name);
  mkdirSync(place('folder'));
  execFileSync('/usr/bin/mkfifo', [place('pipe')]);
  writeFileSync(place('large'), '');
  truncateSync(place('large'), 2 ** 40);
  // The sandbox reads all its files.
  const large = place('../large');
  execFileSync('/usr/bin/mv', [place('large'), large]);
  prepare();
  assertRefused(await configure('~/folder'), 65, /is a folder, not a file/);
  assertRefused(await configure('~/pipe'), 65, /is a pipe, not a file/);
  assertRefused(await configure('/dev/zero'), 65, /is a device, not a file/);
  assertRefused(await configure('~/missing'), 74, /cannot read .*missing: ENOENT/);
  assertRefused(await configure(large), 65, /has more than 1 MiB/);
});

const team = (names: readonly string[]) =>
  names
    .map(
      (name) =>
        `[profile ${name}]\ndaypass_issuer = ${provider.issuer}\ndaypass_client_id = daypass-test\n` +
        'daypass_role_arn = arn:aws:iam::123456789012:role/DeveloperAccess\nregion = eu-west-1\n',
    )
    .join('\n');

faultOfPart('WT11', 'killed before any change of a file, it leaves the old file or the new one', async () => {
  const config = join(person.home, '.aws/config');
  const log = join(person.home, '../calls');
  const preload = join(import.meta.dirname, '../support/kill-before.cjs');
  server.answer = (_, response) => response.end(team(['one', 'two', 'three']));
  const run = (killBefore: number) => {
    writeFileSync(config, '[default]\nregion = us-east-1\n');
    rmSync(join(person.home, '.local'), { recursive: true, force: true });
    writeFileSync(log, '');
    const words = [process.execPath, '--require', preload, daypassPath, 'configure', '--yes'];
    const from = ['--from', `${server.origin}/team.conf`];
    return person.runProgram([...words, ...from], {
      env: { KILL_BEFORE: String(killBefore), KILL_LOG: log },
    });
  };
  const before = '[default]\nregion = us-east-1\n';
  assert.equal((await run(0)).code, 0);
  const done = readFileSync(config, 'utf8');
  const calls = readFileSync(log, 'utf8').trimEnd().split('\n');
  // All profiles are one write.
  assert.equal(calls.filter((call) => call === 'fsyncSync').length, 1, calls.join(' '));
  const left: string[] = [];
  for (let call = 1; call <= calls.length; call++) {
    assert.equal((await run(call)).signal, 'SIGKILL');
    left.push(readFileSync(config, 'utf8'));
    // What a killed call leaves keeps no later one from its work.
    if (calls[call - 1] !== 'renameSync') continue;
    assert.equal((await configure(`${server.origin}/team.conf`)).code, 0);
    assert.equal(readFileSync(config, 'utf8'), done);
  }
  assert.deepEqual(new Set(left), new Set([before, done]));
});

faultOfPart('WT12', 'two calls at once lose no profile, and write none twice', async () => {
  const config = join(person.home, '.aws/config');
  const names = (prefix: string) => Array.from({ length: 20 }, (_, index) => `${prefix}${index}`);
  server.answer = ({ url }, response) => response.end(team(names(url?.slice(1) ?? '')));
  writeFileSync(config, '[default]\nregion = us-east-1\n');
  // Two files: both are written.
  const both = await Promise.all(['a', 'b'].map((path) => configure(`${server.origin}/${path}`)));
  assert.deepEqual(
    both.map(({ code }) => code),
    [0, 0],
  );
  const headers = () => readFileSync(config, 'utf8').match(/(?<=^\[profile ).*(?=\])/gm) ?? [];
  assert.deepEqual(headers().sort(), [...names('a'), ...names('b')].sort());
  // One file: the second call finds the profiles of the first one.
  const same = await Promise.all([1, 2, 3].map(() => configure(`${server.origin}/c`)));
  for (const { code, stderr } of same) {
    if (code === 0) continue;
    assert.equal(code, 74, stderr);
    assert.match(stderr, /another program changed these profiles/);
  }
  assert.ok(same.some(({ code }) => code === 0));
  assert.deepEqual(headers().sort(), [...names('a'), ...names('b'), ...names('c')].sort());
});
