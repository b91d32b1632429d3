// `configure --from` with real providers: plan, consent, one write, and updates.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { down, enter, interrupt, openConversation } from '../support/conversation.ts';
import { type IdentityProvider, startIdentityProvider } from '../support/identity-provider.ts';
import { createSandbox, daypassFile, type RunResult, type Sandbox } from '../support/sandbox.ts';
import { roleArn } from '../support/stage.ts';

let provider: IdentityProvider;
let second: IdentityProvider;
before(async () => {
  [provider, second] = await Promise.all([startIdentityProvider(), startIdentityProvider()]);
});
after(() => Promise.all([provider?.stop(), second?.stop()]));

const audit = 'arn:aws:iam::210987654321:role/Audit';

/** Returns a team's file. A value that is undefined leaves the key out. */
function teamText(profiles: Record<string, Record<string, string | undefined>>): string {
  const sections = Object.entries(profiles).map(([name, keys]) => {
    const lines = Object.entries(keys).flatMap(([key, value]) =>
      value === undefined ? [] : [`${key} = ${value}`],
    );
    return [`[profile ${name}]`, ...lines, ''].join('\n');
  });
  return `# Access of the team\n\n${sections.join('\n')}`;
}

const dev = () => ({
  region: 'eu-west-1',
  daypass_issuer: provider.issuer,
  daypass_client_id: 'daypass-test',
  daypass_role_arn: roleArn,
});
const ops = { region: 'eu-west-1', daypass_source_profile: 'dev', daypass_role_arn: audit };

interface Team extends Sandbox {
  configFile: string;
  teamFile: string;
  config(): string;
  team(profiles: Parameters<typeof teamText>[0]): void;
  from(...args: string[]): Promise<RunResult>;
}

async function open(t: TestContext, config?: string): Promise<Team> {
  const sandbox = await createSandbox(config === undefined ? {} : { config });
  t.after(async () => assert.deepEqual(await sandbox.remove(), []));
  const configFile = join(sandbox.home, '.aws/config');
  const teamFile = join(sandbox.home, 'team.ini');
  return {
    ...sandbox,
    configFile,
    teamFile,
    config: () => readFileSync(configFile, 'utf8'),
    team: (profiles) => writeFileSync(teamFile, teamText(profiles)),
    from: (...args) => sandbox.run(['configure', '--from', '~/team.ini', ...args]),
  };
}

const converse = (team: Team, ...args: string[]) =>
  openConversation(team, ['configure', '--from', '~/team.ini', ...args]);

/** Returns the section that daypass writes for a profile of the file, with the command that it wrote last. */
function section({ teamFile, config }: Team, name: string, keys: string): string {
  const [, command = ''] = /credential_process = (.*) --profile/.exec(config()) ?? [];
  assert.ok(command === daypassFile || command.endsWith(`/node ${daypassFile}`), command);
  return `[profile ${name}]\ncredential_process = ${command} --profile ${name}\n${keys}daypass_from = ${teamFile}\n`;
}

const devKeys = () =>
  `region = eu-west-1\ndaypass_issuer = ${provider.issuer}\ndaypass_client_id = daypass-test\ndaypass_role_arn = ${roleArn}\n`;
const opsKeys = (source = 'dev') =>
  `region = eu-west-1\ndaypass_role_arn = ${audit}\ndaypass_source_profile = ${source}\n`;

test('--yes writes every profile in one step, asks each provider once, and is up to date the second time', async (t) => {
  const team = await open(t, '# mine\r\n[default]\r\nregion = us-east-1\r\n');
  const own = team.config();
  team.team({ dev: dev(), ops, ops2: { ...ops, daypass_duration: '900' } });
  const asked = provider.counts.discovery;
  const { code, stdout, stderr } = await team.from('--yes');
  assert.deepEqual([code, stderr], [0, '']);
  assert.equal(provider.counts.discovery, asked + 1);
  assert.match(stdout, /^Profiles of ~\/team\.ini\n {2}Access of the team\n/);
  assert.match(
    stdout,
    /^New \(3\)\n {2}dev {3}DeveloperAccess in 1234-5678-9012\n {2}ops {3}Audit in 2109-8765-4321\n/m,
  );
  assert.match(stdout, /wrote ~\/\.aws\/config: 3 new\n/);
  assert.match(stdout, /\nnext: daypass login --profile dev\n$/);
  const sections = [
    section(team, 'dev', devKeys()),
    section(team, 'ops', opsKeys()),
    section(team, 'ops2', opsKeys().replace('daypass_source', 'daypass_duration = 900\ndaypass_source')),
  ];
  const expected = `\n${sections.join('\n')}`.replaceAll('\n', '\r\n');
  assert.equal(team.config(), own + expected);
  // No request at all: there is nothing to check.
  const again = await team.from('--yes');
  assert.deepEqual([again.code, again.stderr], [0, '']);
  assert.match(again.stdout, /^\S ~\/\.aws\/config is up to date with ~\/team\.ini\n$/);
  assert.equal(team.config(), own + expected);
  assert.equal(provider.counts.discovery, asked + 1);
});

test('an update changes, adds and removes profiles, and leaves every other byte as it was', async (t) => {
  const team = await open(t);
  team.team({ dev: dev(), ops: { ...ops, daypass_scopes: 'openid email', output: 'json' }, gone: ops });
  assert.equal((await team.from('--yes')).code, 0);
  const mine = '\n# my own\n[profile mine]\nregion = us-east-1\n';
  // Keys that a person adds stay; an allowed key is the team's, except region and output.
  const edited = team
    .config()
    .replace('[profile ops]\n', '[profile ops]\n# a note\ndaypass_browser = none\n');
  writeFileSync(team.configFile, edited + mine);
  team.team({ dev: dev(), ops: { ...ops, region: 'eu-west-2' }, extra: ops });
  const printed = await team.from('--print');
  assert.deepEqual([printed.code, printed.stderr, team.config()], [0, '', edited + mine]);
  assert.match(
    printed.stdout,
    /New \(1\)\n {2}extra {2}Audit in 2109-8765-4321\n\nChanged \(1\)\n {2}ops\n {4}region = eu-west-2 \(was eu-west-1\)\n {4}daypass_scopes: removed \(was openid email\)\n\nNo longer in the file \(1\)\n {2}gone\n\nUnchanged: 1\n/,
  );
  assert.match(printed.stdout, /\nnext: daypass configure --from \S+\/team\.ini\n$/);
  const { code, stdout } = await team.from('--yes');
  assert.equal(code, 0);
  assert.match(stdout, /! agreed by --yes: gone removed\n/);
  assert.match(stdout, /wrote ~\/\.aws\/config: 1 new, 1 changed, 1 removed\n/);
  const opsNow = section(team, 'ops', opsKeys().replace('eu-west-1', 'eu-west-2\noutput = json')).replace(
    '[profile ops]\n',
    '[profile ops]\n# a note\ndaypass_browser = none\n',
  );
  assert.equal(
    team.config(),
    `${section(team, 'dev', devKeys())}\n${opsNow}${mine}\n${section(team, 'extra', opsKeys())}`,
  );
});

test('a profile that came from elsewhere is never overwritten, and all of them are named', async (t) => {
  const config = `[profile dev]\nregion = x\n\n[profile ops]\ndaypass_from = https://other.example.com/team\n`;
  const team = await open(t, config);
  team.team({ dev: dev(), ops, third: ops });
  for (const args of [['--yes'], ['--print'], ['--yes', '--json']]) {
    const { code, stdout, stderr } = await team.from(...args);
    const told = stdout + stderr;
    assert.equal(code, 65);
    assert.match(
      told,
      /~\/team\.ini:3: dev: your \[profile dev\] \(~\/\.aws\/config:1\) did not come from this file/,
    );
    assert.match(
      told,
      /ops: your \[profile ops\] \(~\/\.aws\/config:4\) came from https:\/\/other\.example\.com\/team/,
    );
    assert.match(told, /--prefix TEXT.*--only/);
    assert.equal(team.config(), config);
  }
  const prefixed = await team.from('--yes', '--prefix', 'team-');
  assert.equal(prefixed.code, 0, prefixed.stderr);
  const written = ['dev', 'ops', 'third'].map((name) =>
    section(team, `team-${name}`, name === 'dev' ? devKeys() : opsKeys('team-dev')),
  );
  assert.equal(team.config(), `${config}\n${written.join('\n')}`);
  // The second run finds the prefix, and the names that are the person's own are not in its way.
  const again = await team.from('--yes');
  assert.match(again.stdout, /is up to date/);
});

test('--only takes names and patterns, with the profiles that they need', async (t) => {
  const team = await open(t);
  team.team({
    base: { ...dev(), daypass_role_arn: undefined },
    'a-x': { ...ops, daypass_source_profile: 'base' },
    'a-y': dev(),
    b: dev(),
  });
  const none = await team.from('--yes', '--only', 'c*,b');
  assert.deepEqual([none.code, existsSync(team.configFile) && team.config()], [64, '']);
  assert.match(none.stderr, /--only c\* matches no profile of the file/);
  const near = await team.from('--yes', '--only', 'bse');
  assert.match(near.stderr, /did you mean base\?/);
  assert.equal((await team.from('--yes', '--only', '*-x')).code, 0);
  // A profile without a role only lends its settings.
  const base = `[profile base]\nregion = eu-west-1\ndaypass_issuer = ${provider.issuer}\ndaypass_client_id = daypass-test\ndaypass_from = ${team.teamFile}\n`;
  assert.equal(team.config(), `${base}\n${section(team, 'a-x', opsKeys('base'))}`);
  assert.equal((await team.from('--yes', '--only', 'b, a-*')).code, 0);
  assert.deepEqual(team.config().match(/(?<=^\[profile ).*(?=\])/gm), ['base', 'a-x', 'a-y', 'b']);
});

test('a new issuer is never taken without a yes, also through a source profile', async (t) => {
  const team = await open(t);
  team.team({ dev: dev(), ops, other: dev() });
  assert.equal((await team.from('--yes')).code, 0);
  writeFileSync(team.configFile, `${team.config()}\n[profile mine]\ndaypass_source_profile = dev\n`);
  const before = team.config();
  const other = { ...dev(), daypass_duration: '900' };
  team.team({ dev: { ...dev(), daypass_issuer: second.issuer }, ops, other, extra: ops });
  const terminal = converse(team);
  await terminal.see(/New \(1\)/, /the issuer becomes http/);
  await terminal.answer('Accept as the new issuer', enter);
  await terminal.answer('Write this', enter);
  assert.equal((await terminal.exit).code, 0);
  // What stays as it is includes the profiles that would take the new issuer from it.
  const wanted = before
    .replace(/(\[profile other\][^[]*?role_arn = .*\n)/, '$1')
    .replace(/(\[profile other\]\n(?:.*\n)*?)(daypass_from = .*\n)/, '$1$2daypass_duration = 900\n');
  assert.equal(team.config(), wanted);
  const agreed = await team.from('--yes');
  assert.equal(agreed.code, 0);
  assert.match(
    agreed.stdout.replace(/\s+/g, ' '),
    new RegExp(
      `! agreed by --yes: the issuer becomes ${second.issuer} instead of ${provider.issuer} for dev, ops, mine `,
    ),
  );
  assert.match(team.config(), new RegExp(`daypass_issuer = ${second.issuer}\n`));
  const json = JSON.parse((await team.from('--print', '--json')).stdout);
  assert.deepEqual(json.issuerChanges, []);
});

test('a person chooses among new profiles, and ^C writes nothing', async (t) => {
  const team = await open(t, '# mine\n');
  team.team({ dev: dev(), ops: { ...dev(), daypass_role_arn: audit }, third: dev() });
  const stopped = converse(team);
  await stopped.answer('Which profiles', interrupt);
  assert.equal((await stopped.exit).code, 130);
  assert.equal(team.config(), '# mine\n');
  const terminal = converse(team);
  await terminal.see(/Access of the team/);
  await terminal.answer('Which profiles', `${down} ${enter}`);
  await terminal.see(/New \(2\)/);
  await terminal.answer('Write this to', enter);
  await terminal.see(/next: daypass login --profile dev/);
  assert.equal((await terminal.exit).code, 0);
  assert.deepEqual(team.config().match(/(?<=^\[profile ).*(?=\])/gm), ['dev', 'third']);
});

test('removal is a question of its own whose usual answer is no, and a profile that another one needs stays', async (t) => {
  const team = await open(t);
  team.team({ dev: dev(), ops, third: dev() });
  assert.equal((await team.from('--yes')).code, 0);
  writeFileSync(
    team.configFile,
    `${team.config()}\n[profile mine]\nregion = x\ndaypass_source_profile = dev\n`,
  );
  const before = team.config();
  team.team({ fourth: dev() });
  const no = converse(team);
  await no.see(/No longer in the file \(3\)/, /dev +stays, because mine needs it/);
  await no.answer('Remove these 2 profiles', enter);
  await no.answer('Write this to', 'n');
  assert.equal((await no.exit).code, 0);
  assert.equal(team.config(), before);
  const { stdout } = await team.from('--yes', '--json');
  const { vanished, written, profiles } = JSON.parse(stdout);
  assert.deepEqual(
    [vanished, written, profiles.length],
    [
      [
        { name: 'dev', neededBy: ['mine'] },
        { name: 'ops', neededBy: [] },
        { name: 'third', neededBy: [] },
      ],
      true,
      1,
    ],
  );
  assert.deepEqual(team.config().match(/(?<=^\[profile ).*(?=\])/gm), ['dev', 'mine', 'fourth']);
});

test('an error names the line of a fault of a profile or a provider, and nothing is written', async (t) => {
  const team = await open(t, '[profile mine]\nregion = x\n');
  const own = team.config();
  for (const [profiles, told] of [
    [{ dev: { ...dev(), daypass_role_arn: undefined } }, /~\/team\.ini:3: dev: daypass_role_arn is missing/],
    [
      { dev: dev(), odd: { ...dev(), region: 'us-gov-west-1' } },
      /~\/team\.ini:9: odd: .*not a region of aws/,
    ],
    [
      { dev: { ...dev(), daypass_issuer: 'http://127.0.0.1:1' } },
      /~\/team\.ini:3: dev: cannot reach the provider/,
    ],
  ] as const) {
    team.team(profiles);
    const { code, stderr } = await team.from('--yes');
    assert.notEqual(code, 0);
    assert.match(stderr, told);
    assert.equal(team.config(), own);
  }
  // Keys for which AWS clients would not run daypass.
  team.team({ dev: dev() });
  writeFileSync(
    join(team.home, '.aws/credentials'),
    '[dev]\naws_access_key_id = x\naws_secret_access_key = y\n',
  );
  const rival = await team.from('--yes');
  assert.equal(rival.code, 65);
  assert.match(
    rival.stderr,
    /~\/team\.ini:3: dev: aws_access_key_id, aws_secret_access_key \(~\/\.aws\/credentials:2\)/,
  );
});

test('--from goes with no profile and no setting, and asks before it writes', async (t) => {
  const team = await open(t);
  team.team({ dev: dev() });
  for (const [args, told] of [
    [['dev', '--yes'], /takes no profile/],
    [['--issuer', 'https://x.example.com', '--yes'], /takes every setting from a file/],
    [[], /asks before it writes, which needs a terminal/],
    [['--json'], /asks before it writes, which needs a terminal/],
    [['--yes', '--only', ' , '], /--only names no profile/],
    [['--yes', '--prefix', 'a b'], /is no profile name/],
  ] as const) {
    const { code, stdout, stderr } = await team.from(...args);
    assert.equal(code, 64, stderr);
    assert.match(stdout + stderr, told);
  }
  const { code, stderr } = await team.run(['configure', '--only', 'x']);
  assert.equal(code, 64);
  assert.match(stderr, /--only is only for the profiles of --from/);
});

test('500 profiles are one write and one request', async (t) => {
  const team = await open(t);
  const many = Array.from({ length: 499 }, (_, index) => [`p${index}`, ops] as const);
  team.team({ dev: dev(), ...Object.fromEntries(many) });
  const asked = provider.counts.discovery;
  const begun = performance.now();
  const { code, stdout } = await team.from('--yes');
  t.diagnostic(`500 new profiles: ${Math.round(performance.now() - begun)} ms`);
  assert.equal(code, 0);
  assert.match(stdout, /and 470 more, which --print lists/);
  assert.equal(team.config().match(/^daypass_from = /gm)?.length, 500);
  assert.equal(provider.counts.discovery, asked + 1);
  const later = performance.now();
  assert.match((await team.from('--yes')).stdout, /is up to date/);
  t.diagnostic(`the second run: ${Math.round(performance.now() - later)} ms`);
});
