// The whole way of a team's file: 60 profiles from a real HTTPS server to a new person, and the updates after that.
import assert from 'node:assert/strict';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { assertVersion1 } from '../support/credentials-format.ts';
import { type IdentityProvider, startIdentityProvider } from '../support/identity-provider.ts';
import { type Keyring, startKeyring } from '../support/keyring.ts';
import { type LocalSts, startLocalSts } from '../support/local-sts.ts';
import { createSandbox, type Sandbox } from '../support/sandbox.ts';
import { signInProgram } from '../support/stage.ts';
import type { Trust } from '../support/sts/web-identity.ts';
import { startTeamServer, type TeamServer } from '../support/team-server.ts';

type Keys = Record<string, string>;

let providers: [IdentityProvider, IdentityProvider];
let keyring: Keyring;
let server: TeamServer;
let sts: LocalSts;
const trust: Trust[] = [];

before(async () => {
  providers = await Promise.all([startIdentityProvider(), startIdentityProvider()]);
  [keyring, server, sts] = await Promise.all([startKeyring(), startTeamServer(), startLocalSts({ trust })]);
  for (const [name, { daypass_role_arn: roleArn }] of Object.entries(teamOf60())) {
    const { issuer, jwksUri, clientId } = providers[name.endsWith('b') ? 1 : 0];
    if (roleArn) trust.push({ roleArn, issuer, jwksUri, audience: clientId });
  }
});
after(() => Promise.all([...providers, keyring, server, sts].map((part) => part?.stop())));

/** 60 profiles: two that lend a provider, and 58 roles in 8 accounts. The last letter of a name is its provider. */
function teamOf60(): Record<string, Keys> {
  const bases = providers.map(({ issuer, clientId }, index) => [
    `base-${'ab'[index]}`,
    { daypass_issuer: issuer, daypass_client_id: clientId, daypass_authorize_params: 'prompt=consent' },
  ]);
  const roles = Array.from({ length: 58 }, (_, index) => {
    const provider = 'ab'[index % 2];
    return [
      `account${Math.floor(index / 2) % 8}-role${index}-${provider}`,
      {
        daypass_source_profile: `base-${provider}`,
        daypass_role_arn: `arn:aws:iam::${100_000_000_000 + (Math.floor(index / 2) % 8)}:role/Role${index}`,
        region: 'eu-west-1',
      },
    ];
  });
  return Object.fromEntries([...bases, ...roles]);
}

function serve(team: Record<string, Keys>): void {
  const sections = Object.entries(team).map(([name, keys]) =>
    [`[profile ${name}]`, ...Object.entries(keys).map(([key, value]) => `${key} = ${value}`), ''].join('\n'),
  );
  const content = `# ACME: all accounts\n\n${sections.join('\n')}`;
  server.requests.length = 0;
  server.answer = (_, response) => response.end(content);
}

/** Opens the home of a new person, in a company whose authority the environment names. */
async function newPerson(t: TestContext): Promise<Sandbox> {
  const env = {
    ...keyring.env,
    AWS_CA_BUNDLE: server.authority,
    DAYPASS_STS_ENDPOINT: sts.url,
    DAYPASS_BROWSER: signInProgram,
  };
  const sandbox = await createSandbox({ env });
  t.after(async () => assert.deepEqual(await sandbox.remove({ graceMs: 12_000 }), []));
  rmSync(join(sandbox.home, '.aws'), { recursive: true });
  return sandbox;
}

const fromServer = () => ['configure', '--from', `${server.origin}/aws/team.conf`, '--yes'];

function counted() {
  return providers.map(({ counts: { discovery, codeExchange } }) => ({ discovery, codeExchange }));
}

/** Returns the sections of an AWS config file by their headers. */
function sectionsOf(text: string): Map<string, string> {
  return new Map(
    text.split(/^(?=\[)/m).map((section) => [/^\[(?:profile )?(.*)\]/.exec(section)?.[1] ?? '', section]),
  );
}

test('a new person has credentials after two commands, for 60 profiles of 8 accounts and 2 providers', async (t) => {
  serve(teamOf60());
  const person = await newPerson(t);
  const before = counted();
  const configured = await person.run(fromServer());
  assert.equal(configured.code, 0, configured.stderr);
  assert.match(configured.stdout, /ACME: all accounts\n[\s\S]*\nNew \(60\)\n/);
  const [, next = ''] = /\nnext: daypass (login --profile \S+)\n$/.exec(configured.stdout) ?? [];
  assert.deepEqual(server.requests, ['GET /aws/team.conf']);
  // One look at each provider, however many roles it has.
  assert.deepEqual(
    counted().map(({ discovery }, index) => discovery - (before[index]?.discovery ?? 0)),
    [1, 1],
  );
  // The second command is the first one's advice, or any client's call.
  const name = next.split(' ').at(-1) ?? '';
  assertVersion1((await person.run(['--profile', name])).stdout);
  const login = await person.run(next.split(' '));
  assert.equal(login.code, 0, login.stderr);
  // Other roles of the provider need no further sign-in, and the other provider needs its own.
  const names = Object.keys(teamOf60()).filter((each) => each.startsWith('account'));
  for (const each of [names[2], names[57]])
    assertVersion1((await person.run(['--profile', each ?? ''])).stdout);
  const exported = await person.runAws(['configure', 'export-credentials', '--profile', names[11] ?? '']);
  assert.equal(exported.code, 0, exported.stderr);
  // A real client has the credentials that STS made for its role.
  assert.ok(sts.secrets.has(JSON.parse(exported.stdout).SecretAccessKey));
  assert.deepEqual(
    counted().map(({ codeExchange }, index) => codeExchange - (before[index]?.codeExchange ?? 0)),
    [1, 1],
  );
  assert.equal(sts.calls.at(-1)?.roleArn, 'arn:aws:iam::100000000005:role/Role11');
});

test('an update changes 3 profiles, adds 2 and drops 1 in a file with comments, CRLF, a link and an odd mode', async (t) => {
  const team = teamOf60();
  serve(team);
  const person = await newPerson(t);
  const target = join(person.home, 'dotfiles/aws-config');
  const link = join(person.home, '.aws/config');
  const own = [
    "# J\xfcrgen's own file",
    '[default]',
    'region=us-east-1',
    '  ; kept',
    '',
    '[profile mine]',
    'output : text',
    's3 =',
    '  max_concurrent_requests = 20',
    '#end\t',
    '',
  ].join('\r\n');
  for (const folder of ['dotfiles', '.aws']) mkdirSync(join(person.home, folder), { mode: 0o700 });
  writeFileSync(target, own, 'latin1');
  chmodSync(target, 0o640);
  symlinkSync('../dotfiles/aws-config', link);
  const config = () => {
    assert.ok(lstatSync(link).isSymbolicLink());
    assert.equal(statSync(target).mode & 0o777, 0o640);
    return readFileSync(target, 'latin1');
  };

  const first = await person.run(fromServer());
  assert.equal(first.code, 0, first.stderr);
  assert.ok(config().startsWith(own));
  assert.doesNotMatch(config().replaceAll('\r\n', ''), /[\r\n]/);
  assert.equal(sectionsOf(config()).size, 60 + 3);
  const names = Object.keys(team);
  const [dropped = '', region = '', role = '', scopes = ''] = [9, 20, 30, 40].map((index) => names[index]);
  // Keys and comments that the person adds to the team's sections are the person's.
  const edited = config().replace(
    `[profile ${region}]\r\n`,
    `[profile ${region}]\r\n# mine\r\ncli_pager =\r\n`,
  );
  writeFileSync(target, edited, 'latin1');

  const { [dropped]: _, ...rest } = team;
  const newRole = 'arn:aws:iam::100000000007:role/Other';
  const added = { ...team[role], daypass_duration: '900' };
  serve({
    ...rest,
    [region]: { ...team[region], region: 'eu-central-1' },
    [role]: { ...team[role], daypass_role_arn: newRole },
    [scopes]: { ...team[scopes], daypass_scopes: 'openid email' },
    'new1-a': added,
    'new2-b': added,
  });
  const before = counted();
  const { code, stdout, stderr } = await person.run(fromServer());
  assert.equal(code, 0, stderr);
  assert.match(
    stdout,
    /New \(2\)\n[\s\S]*Changed \(3\)\n[\s\S]*No longer in the file \(1\)\n[\s\S]*Unchanged: 56\n/,
  );
  assert.match(stdout, /wrote ~\/\.aws\/config: 2 new, 3 changed, 1 removed\n/);
  assert.ok(counted().every(({ discovery }, index) => discovery - (before[index]?.discovery ?? 0) <= 1));

  const line = (key: string, value: string | undefined) => `${key} = ${value}\r\n`;
  const expected = sectionsOf(edited);
  expected.delete(dropped);
  const change = (name: string, from: string, to: string) => {
    const section = expected.get(name) ?? '';
    assert.ok(section.includes(from), section);
    expected.set(name, section.replace(from, to));
  };
  change(region, line('region', 'eu-west-1'), line('region', 'eu-central-1'));
  change(role, line('daypass_role_arn', team[role]?.daypass_role_arn), line('daypass_role_arn', newRole));
  const written = sectionsOf(config());
  for (const name of ['new1-a', 'new2-b']) {
    assert.match(written.get(name) ?? '', /^daypass_duration = 900\r$/m);
    written.delete(name);
  }
  // An added key has its place in the section, so only its presence is asserted.
  const changed = written.get(scopes) ?? '';
  written.set(scopes, changed.replace(line('daypass_scopes', 'openid email'), ''));
  assert.notEqual(written.get(scopes), changed);
  // A blank line divides the last section from the new ones.
  change(names.at(-1) ?? '', 'team.conf\r\n', 'team.conf\r\n\r\n');
  assert.deepEqual([...written.keys()], [...expected.keys()]);
  for (const [name, section] of expected) assert.equal(written.get(name), section);
  assert.ok(config().startsWith(own));

  const bytes = config();
  const again = await person.run(fromServer());
  assert.match(again.stdout, /is up to date/);
  assert.equal(config(), bytes);
});
