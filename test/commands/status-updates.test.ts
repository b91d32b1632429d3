// `status --check-updates`: which profiles are behind their team's file.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Authority, createAuthority } from '../support/certificates.ts';
import { createSandbox } from '../support/sandbox.ts';
import { roleArn } from '../support/stage.ts';

let authority: Authority;
before(() => {
  authority = createAuthority();
});
after(() => authority?.remove());

const keys = (more = '') =>
  `daypass_issuer = https://login.example.com\ndaypass_client_id = 0oa1b2c3\ndaypass_role_arn = ${roleArn}\ndaypass_store = file\n${more}`;
const team = (...names: string[]) =>
  names
    .map((name) => `[profile ${name}]\n${keys('region = eu-west-1\n')}`.replace('daypass_store = file\n', ''))
    .join('');

test('status reads each source once with the switch, never without it, and names for each the profiles that are behind', async (t) => {
  let requests = 0;
  let text = team('dev', 'ops', 'more');
  const server = createServer(authority.issue('DNS:localhost'), (_request, response) => {
    requests++;
    response.end(text);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const url = `https://localhost:${(server.address() as AddressInfo).port}/team.ini`;
  const profile = (name: string, from: string, more = '') =>
    `[profile ${name}]\n${keys(`region = eu-west-1\n${more}daypass_from = ${from}\n`)}`;
  const sandbox = await createSandbox({ env: { AWS_CA_BUNDLE: authority.file } });
  t.after(async () => assert.deepEqual(await sandbox.remove(), []));
  const lost = join(sandbox.home, 'lost.ini');
  const config = [
    profile('dev', url),
    profile('ops', url, 'daypass_duration = 900\n'),
    profile('gone', url),
    profile('far', lost),
    `[profile mine]\n${keys()}`,
  ].join('\n');
  sandbox.writeConfig(config);

  for (const args of [['status'], ['status', '--json'], ['status', 'dev']])
    assert.doesNotMatch((await sandbox.run(args)).stdout, /behind|update|sources/);
  assert.equal(requests, 0);

  const all = await sandbox.run(['status', '--check-updates']);
  assert.deepEqual([all.code, all.stderr, requests], [0, '', 1]);
  const shown = url.replaceAll('.', '\\.');
  assert.match(
    all.stdout,
    new RegExp(
      `\\n! behind ${shown}: 1 changed, 1 no longer in the file, 1 new\\n  changed: ops\\n  no longer in the file: gone\\n  new: more\\n  To update, run: daypass configure --from ${shown}\\n`,
    ),
  );
  assert.match(all.stdout, /\n! ~\/lost\.ini cannot be checked: io: /);

  const { profiles, sources } = JSON.parse(
    (await sandbox.run(['status', '--check-updates', '--json'])).stdout,
  );
  assert.deepEqual(
    profiles.map(({ profile, from, update }: Record<string, string>) => [profile, from, update]),
    [
      ['dev', url, 'current'],
      ['ops', url, 'changed'],
      ['gone', url, 'vanished'],
      ['far', lost, 'unknown'],
      ['mine', undefined, undefined],
    ],
  );
  const [{ error, ...unread }] = sources.splice(1);
  assert.deepEqual([error.code, unread], ['io', { from: lost, next: `daypass configure --from ${lost}` }]);
  assert.deepEqual(sources, [
    {
      from: url,
      changed: ['ops'],
      new: ['more'],
      vanished: ['gone'],
      next: `daypass configure --from ${url}`,
    },
  ]);

  // One profile: its own source alone.
  requests = 0;
  const one = await sandbox.run(['status', 'far', '--check-updates']);
  assert.deepEqual([one.code, requests], [0, 0]);
  assert.match(one.stdout, /cannot be checked/);
  text = team('dev');
  const dev = JSON.parse((await sandbox.run(['status', 'dev', '--check-updates', '--json'])).stdout);
  assert.deepEqual([dev.profile, dev.update, dev.sources.length, requests], ['dev', 'current', 1, 1]);
  const mine = await sandbox.run(['status', 'mine', '--check-updates']);
  assert.match(mine.stdout, /no profile came from the file of a team/);
  assert.equal(readFileSync(join(sandbox.home, '.aws/config'), 'utf8'), config);
  assert.equal(existsSync(lost), false);
  // A hostile file is a line too.
  writeFileSync(lost, '[profile far]\ncredential_process = rm -rf ~\n');
  const hostile = await sandbox.run(['status', 'far', '--check-updates']);
  assert.deepEqual([hostile.code, hostile.stderr], [0, '']);
  assert.match(
    hostile.stdout,
    /cannot be checked: bad-configuration: ~\/lost\.ini:2: credential_process is not allowed/,
  );
});
