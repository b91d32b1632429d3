// Which profiles a team's file adds, changes and leaves, without a provider.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editProfiles } from '../../src/aws-config/edit.ts';
import { parseAwsConfigFile } from '../../src/aws-config/parse.ts';
import { DaypassError } from '../../src/errors.ts';
import { isEmptyPlan, planTeam, removable } from '../../src/team/plan.ts';
import { planEdits } from '../../src/team/plan-edits.ts';
import { parseTeamFile } from '../../src/team/team-file.ts';
import {
  type Choice,
  refuseConflicts,
  wantedProfiles,
  without,
  withoutNewIssuers,
} from '../../src/team/wanted.ts';
import { randomFrom, seed } from '../support/random.ts';

const from = 'https://example.com/team.ini';
const source = { from, shown: 'team.ini' };
const issuer = 'daypass_issuer = https://login.example.com\n';
const role = 'daypass_role_arn = arn:aws:iam::123456789012:role/Dev\n';
const own = `daypass_from = ${from}\n`;

const wantedOf = (team: string, config = '', choice: Choice = {}) =>
  wantedProfiles(parseTeamFile(Buffer.from(team), 'team.ini'), source, choice, parseAwsConfigFile(config));
const planOf = (team: string, config = '', choice: Choice = {}) =>
  planTeam(wantedOf(team, config, choice), parseAwsConfigFile(config));
const states = (team: string, config = '', choice: Choice = {}) =>
  Object.fromEntries(planOf(team, config, choice).profiles.map(({ name, state }) => [name, state]));
const faultsOf = (action: () => unknown) => {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof DaypassError);
    return [error.code, ...error.faults];
  }
  return [];
};

test('a profile is new, changed or unchanged by the keys that the file decides about', () => {
  const team = `[profile a]\n${issuer}[profile b]\nregion = x-y-1\n${role}[profile c]\n${issuer}`.replace(
    'x-y-1',
    'eu-west-1',
  );
  const config = `[profile b]\nregion = us-east-1\n${role}${own}[profile c]\n${issuer}${own}`;
  assert.deepEqual(states(team, config), { a: 'new', b: 'changed', c: 'unchanged' });
  assert.deepEqual(planOf(team, config).profiles[1]?.changes, [
    { key: 'region', from: 'us-east-1', to: 'eu-west-1' },
  ]);
});

for (const [what, section, changes] of [
  [
    'keys that only a person adds',
    'daypass_browser = none\ncli_pager =\ndaypass_log = ~/x\nca_bundle = y\n',
    [],
  ],
  ['region and output, where the file is silent', 'region = us-east-1\noutput = json\n', []],
  ['what a known provider needs', 'daypass_redirect_port = 8400\ndaypass_redirect_host = localhost\n', []],
  ['other values of the same keys', 'daypass_redirect_port = 8401\n', ['daypass_redirect_port']],
  [
    'keys that the file had before',
    'daypass_scopes = openid\ndaypass_duration = 900\n',
    ['daypass_scopes', 'daypass_duration'],
  ],
] as const)
  test(`in a section that came from the file: ${what}: ${changes.length > 0 ? 'removed' : 'stay'}`, () => {
    const { profiles } = planOf(`[profile a]\n${issuer}`, `[profile a]\n${issuer}${section}${own}`);
    assert.deepEqual(
      profiles[0]?.changes.map(({ key, to }) => [key, to]),
      changes.map((key) => [key, undefined]),
    );
  });

test('with a new issuer, what the provider before needed goes', () => {
  const { profiles } = planOf(
    `[profile a]\n${issuer}`,
    `[profile a]\ndaypass_issuer = https://old.example.com\ndaypass_redirect_port = 8400\n${own}`,
  );
  assert.deepEqual(
    profiles[0]?.changes.map(({ key }) => key),
    ['daypass_issuer', 'daypass_redirect_port'],
  );
});

test('keys of [DEFAULT] are not those of a section', () => {
  const config = `[DEFAULT]\n${own}region = eu-west-1\n[profile a]\n${issuer}`;
  assert.match(
    faultsOf(() =>
      refuseConflicts(wantedOf(`[profile a]\n${issuer}`, config), source, {
        ...parseAwsConfigFile(config),
        shown: 'config',
      }),
    ).join(),
    /^bad-configuration,team\.ini:1: a: your \[profile a\] \(config:4\)/,
  );
});

test('an issuer changes for all that take it from the profile, those of the person too', () => {
  const old = 'daypass_issuer = https://old.example.com\n';
  const team = `[profile a]\n${issuer}[profile b]\ndaypass_source_profile = a\n${role}[profile c]\n${old}[profile d]\ndaypass_source_profile = b\n`;
  const config = `[profile a]\n${old}${own}[profile b]\ndaypass_source_profile = a\n${role}${own}[profile c]\n${old}${own}[profile mine]\ndaypass_source_profile = b\n`;
  const { issuerChanges } = planOf(team, config);
  assert.deepEqual(issuerChanges, [
    { from: 'https://old.example.com', to: 'https://login.example.com', profiles: ['a', 'b', 'mine'] },
  ]);
  const held = withoutNewIssuers(wantedOf(team, config), issuerChanges, parseAwsConfigFile(config));
  assert.deepEqual(
    held.profiles.map(({ name }) => name),
    ['c'],
  );
});

test('without the new issuer, no new profile of the file lends it to a profile of the person', () => {
  const team = `[profile base]\n${issuer}[profile lent]\ndaypass_source_profile = base\n[profile other]\n${issuer}`;
  const config = '[profile mine]\ndaypass_source_profile = lent\n';
  const { issuerChanges } = planOf(team, config);
  assert.deepEqual(issuerChanges, [{ from: undefined, to: 'https://login.example.com', profiles: ['mine'] }]);
  const held = withoutNewIssuers(wantedOf(team, config), issuerChanges, parseAwsConfigFile(config));
  assert.deepEqual(
    held.profiles.map(({ name }) => name),
    ['base', 'other'],
  );
  assert.deepEqual(planTeam(held, parseAwsConfigFile(config)).issuerChanges, []);
});

test('a profile moves to another source with another issuer: that is a new issuer too', () => {
  const other = 'daypass_issuer = https://other.example.com\n';
  const team = `[profile a]\n${issuer}[profile b]\n${other}[profile c]\ndaypass_source_profile = b\n`;
  const config = `[profile a]\n${issuer}${own}[profile b]\n${other}${own}[profile c]\ndaypass_source_profile = a\n${own}`;
  assert.deepEqual(
    planOf(team, config).issuerChanges.map(({ profiles }) => profiles),
    [['c']],
  );
  // An issuer that a person deleted does not come back unasked.
  const deleted = planOf(team, config.replace(issuer, '')).issuerChanges;
  assert.deepEqual(
    deleted.map(({ from: before, profiles }) => [before, profiles]),
    [
      [undefined, ['a']],
      [undefined, ['c']],
    ],
  );
});

test('vanished profiles stay while something that stays needs them', () => {
  const config = `[profile a]\n${own}[profile b]\ndaypass_source_profile = a\n${own}[profile c]\n${own}[profile d]\n${own}[profile e]\ndaypass_source_profile = d\n${own}[profile mine]\nsource_profile = b\n[profile foreign]\ndaypass_from = https://example.com/other\n`;
  const plan = planOf(`[profile new]\n${issuer}`, config);
  assert.deepEqual(plan.vanished, [
    { name: 'a', neededBy: ['b'] },
    { name: 'b', neededBy: ['mine'] },
    { name: 'c', neededBy: [] },
    { name: 'd', neededBy: [] },
    { name: 'e', neededBy: [] },
  ]);
  assert.deepEqual(removable(plan), ['c', 'd', 'e']);
});

test('patterns are about the names in the file, and may begin with the prefix', () => {
  const team = ['dev-a', 'dev-b', 'ops', 'x-dev'].map((name) => `[profile ${name}]\n${issuer}`).join('');
  const names = (only: string[], prefix?: string) =>
    Object.keys(states(team, '', { only, ...(prefix ? { prefix } : {}) }));
  assert.deepEqual(names(['dev-*']), ['dev-a', 'dev-b']);
  assert.deepEqual(names(['*dev*']), ['dev-a', 'dev-b', 'x-dev']);
  assert.deepEqual(names(['*-*e*']), ['x-dev']);
  assert.deepEqual(names(['ops', 'dev-a']), ['dev-a', 'ops']);
  assert.deepEqual(names(['*']).length, 4);
  assert.deepEqual(names(['t-ops', 'dev-b'], 't-'), ['t-dev-b', 't-ops']);
  assert.deepEqual(
    faultsOf(() => names(['ops*x'])),
    ['usage', '--only ops*x matches no profile of the file'],
  );
  // One that vanished can be named too.
  const config = `[profile gone]\n${own}[profile other]\n${own}`;
  const plan = planOf(team, config, { only: ['gone'] });
  assert.deepEqual([plan.profiles, removable(plan)], [[], ['gone']]);
});

test('the prefix is that of the profiles that came from the file', () => {
  const team = `[profile dev]\n${issuer}[profile t-dev]\n${issuer}[profile x]\n${issuer}`;
  const config = (...names: string[]) => names.map((name) => `[profile ${name}]\n${issuer}${own}`).join('');
  const prefix = (...names: string[]) => wantedOf(team, config(...names)).prefix;
  assert.equal(prefix(), '');
  assert.equal(prefix('p-dev', 'p-x'), 'p-');
  assert.equal(prefix('t-dev', 'x'), '');
  assert.equal(prefix('t-t-dev', 't-dev', 't-x'), 't-');
  assert.equal(prefix('gone'), '');
  assert.match(
    faultsOf(() => prefix('p-dev', 'q-x')).join(),
    /^usage,your profiles of this file have different prefixes: "p-" and "q-"$/,
  );
  // With a prefix that is named, those with another one are left alone.
  const plan = planOf(team, config('p-dev', 'p-old', 'q-x', 'q-old'), { prefix: 'p-' });
  assert.deepEqual(removable(plan), ['p-old']);
  const sourced = wantedOf(`[profile a]\n${issuer}[profile b]\ndaypass_source_profile = a\n${role}`, '', {
    prefix: 'p-',
  });
  assert.equal(sourced.profiles[1]?.keys.daypass_source_profile, 'p-a');
});

test('a person who leaves out a profile keeps it if another one needs it', () => {
  const team = `[profile a]\n${issuer}[profile b]\ndaypass_source_profile = a\n${role}[profile c]\n${issuer}`;
  const names = (...unwanted: string[]) =>
    without(wantedOf(team), new Set(unwanted)).profiles.map(({ name }) => name);
  assert.deepEqual(names('a', 'c'), ['a', 'b']);
  assert.deepEqual(names('a', 'b'), ['c']);
});

test('a written plan is empty the second time, whatever the files were', () => {
  for (let start = seed; start < seed + 100; start++) {
    const random = randomFrom(start);
    const keys = () =>
      [
        random.pick(['', 'region = eu-west-1\n', 'region = us-east-1\n']),
        random.pick([issuer, issuer.replace('login', 'other')]),
        random.pick(['', 'daypass_duration = 900\n', 'daypass_duration = 1800\n']),
        random.pick(['', 'output = json\n']),
        random.pick(['', role]),
      ].join('');
    const names = ['a', 'b', 'c', 'd', 'e'].filter(() => random.whole(3) > 0);
    const team = ['z', ...names]
      .map(
        (name) =>
          `[profile ${name}]\n${keys()}${name !== 'z' && random.whole(2) ? 'daypass_source_profile = z\n' : ''}`,
      )
      .join('');
    const config = ['a', 'b', 'c', 'd', 'e', 'z']
      .filter(() => random.whole(2))
      .map((name) => `# ${name}\n[profile ${name}]\n${keys()}daypass_browser = none\n${own}`)
      .join('');
    const plan = planOf(team, config);
    const after = editProfiles(config, planEdits(plan, from), 'config');
    assert.ok(isEmptyPlan(planOf(team, after)), `seed ${start}`);
    assert.equal(editProfiles(after, planEdits(planOf(team, after), from), 'config'), after);
    for (const comment of config.match(/^#.*/gm) ?? []) assert.ok(after.includes(comment));
  }
});
