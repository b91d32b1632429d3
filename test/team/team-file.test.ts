// What a team's file may contain, and the line of each fault.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DaypassError } from '../../src/errors.ts';
import { parseTeamFile } from '../../src/team/team-file.ts';
import { hostileFiles } from '../support/hostile-team-files.ts';
import { randomFrom, seed } from '../support/random.ts';

const parse = (text: string | Buffer) => parseTeamFile(Buffer.from(text), 'team.conf');

/** Returns the error of a file; undefined if it has none. */
function refusalOf(content: string | Buffer): DaypassError | undefined {
  try {
    parse(content);
    return undefined;
  } catch (error) {
    assert.equal((error as DaypassError).code, 'bad-configuration', (error as Error).stack);
    return error as DaypassError;
  }
}

const every = `; ACME: profiles of all accounts
# Questions: #aws-help

[profile base]
daypass_issuer = https://login.example.com
daypass_client_id = 0oa1b2c3
daypass_scopes = openid email
daypass_authorize_params = prompt=consent&audience=aws
daypass_redirect_port = 8400, 8401
daypass_redirect_host = localhost
daypass_redirect_path = /callback

# Only for on-call.
[profile prod-admin]
daypass_source_profile = base
daypass_role_arn = arn:aws:iam::123456789012:role/Admin
daypass_duration = 3600
daypass_session_name = {email}
daypass_policy_arns = arn:aws:iam::aws:policy/ReadOnlyAccess
region = eu-west-1
output = yaml-stream
`;

test('each allowed key is read, with the line of its profile and the comment at the top', () => {
  for (const text of [every, every.replaceAll('\n', '\r\n')]) {
    const { comment, profiles } = parse(text);
    assert.equal(comment, 'ACME: profiles of all accounts\nQuestions: #aws-help');
    assert.deepEqual(
      profiles.map(({ name, line }) => [name, line]),
      [
        ['base', 4],
        ['prod-admin', 14],
      ],
    );
    assert.deepEqual(Object.fromEntries(profiles[1]?.keys ?? []), {
      daypass_source_profile: 'base',
      daypass_role_arn: 'arn:aws:iam::123456789012:role/Admin',
      daypass_duration: '3600',
      daypass_session_name: '{email}',
      daypass_policy_arns: 'arn:aws:iam::aws:policy/ReadOnlyAccess',
      region: 'eu-west-1',
      output: 'yaml-stream',
    });
  }
});

test('JSON of the same keys is the same file, with numbers or texts', () => {
  const { profiles } = parse(every);
  const keys = profiles.map(({ name, keys }) => [name, Object.fromEntries(keys)]);
  const text = JSON.stringify({ comment: 'Hello', profiles: Object.fromEntries(keys) }, undefined, 2);
  for (const json of [text, text.replace('"3600"', '3600'), ` \r\n\t${text.replaceAll('\n', '\r\n')}\n`]) {
    const file = parse(json);
    assert.equal(file.comment, 'Hello');
    assert.deepEqual(
      file.profiles.map(({ name, keys }) => [name, keys]),
      profiles.map(({ name, keys }) => [name, keys]),
    );
  }
  assert.equal(parse(text).profiles[1]?.line, 13);
});

test('a comment is at most five short lines, without characters that change a terminal', () => {
  const { comment = '' } = parse(
    `#\n# \x1b[31mred\u202e\n${'# more\n'.repeat(9)}# ${'x'.repeat(999)}\n[profile a]\n`,
  );
  assert.deepEqual(comment.split('\n'), ['\ufffd[31mred\ufffd', 'more', 'more', 'more', 'more']);
  const [long = ''] = parse(`# ${'x'.repeat(999)}\n[profile a]\n`).comment?.split('\n') ?? [];
  assert.equal(long.length, 200);
  assert.equal(parse('[profile a]\n# not at the top\n').comment, undefined);
  assert.equal(parse('{"comment": "a\\r\\nb\\u0007", "profiles": {"a": {}}}').comment, 'a\nb\ufffd');
});

for (const { what, content, line, told } of hostileFiles) {
  test(`refused: ${what}`, () => {
    const error = refusalOf(content);
    assert.ok(error, 'it was accepted');
    const [first = ''] = error.faults;
    assert.match(first, told);
    assert.ok(first.startsWith(`team.conf:${line}: `), error.message.slice(0, 500));
    for (const fault of error.faults) assert.match(fault, /^team\.conf:\d+: ./);
    assert.ok(error.hint);
  });
}

test('an error has all faults in the order of their lines', () => {
  const faults = refusalOf(
    '[profile a]\nfoo = 1\nregion = x\n[other]\ndaypass_log = x\n[profile b]\nfoo = 2\n',
  );
  assert.deepEqual(
    faults?.faults.map((fault) => fault.split(' ')[0]),
    [2, 3, 4, 7].map((line) => `team.conf:${line}:`),
  );
  const many = refusalOf(
    `[profile a]\n${Array.from({ length: 999 }, (_, index) => `k${index} = 1\n`).join('')}`,
  );
  assert.equal(many?.faults.length, 999);
});

test(`a changed file gives allowed keys alone, or an error (seed ${seed})`, () => {
  const random = randomFrom(seed);
  const json = JSON.stringify(
    { comment: 'c', profiles: { a: { region: 'eu-west-1' }, b: { daypass_source_profile: 'a' } } },
    undefined,
    1,
  );
  const pieces = [
    ...[
      '\n',
      '\r',
      '\0',
      '[',
      ']',
      '{',
      '}',
      '"',
      '\\',
      '=',
      ':',
      ' ',
      '\t',
      '#',
      ',',
      '\u200b',
      '\ufeff',
      '\x1b',
    ],
    ...[
      'credential_process = x\n',
      '"daypass_browser": "x",',
      '[default]\n',
      '[profile b]\n',
      '__proto__',
      '\\u0000',
    ],
    // Most of these leave a file that is accepted.
    ...['x', '7', '-', '.', '/', 'eu', 'comment', '; '],
  ];
  let accepted = 0;
  for (let round = 0; round < 1500; round++) {
    let bytes = Buffer.from(random.pick([every, json]));
    for (let change = 0; change < random.pick([1, 1, 2, 4]); change++) {
      const at = random.whole(bytes.length);
      const until = at + random.whole(random.pick([1, 2, 2, 40]));
      const piece = random.pick([
        Buffer.from(random.pick(pieces)),
        Buffer.from([random.whole(256)]),
        bytes.subarray(random.whole(bytes.length)).subarray(0, random.whole(60)),
      ]);
      bytes = Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(until)]);
    }
    try {
      const { profiles, comment = '' } = parse(bytes);
      accepted++;
      assert.ok(profiles.length > 0);
      assert.match(comment, /^[^\p{Cc}\p{Cf}]*(\n[^\p{Cc}\p{Cf}]*){0,4}$/u);
      for (const { name, keys } of profiles) {
        assert.match(name, /^[\w.@:/+-]{1,128}$/);
        for (const [key, value] of keys) {
          const allowed =
            /^(region|output|daypass_(issuer|client_id|role_arn|scopes|authorize_params|duration|session_name|policy_arns|redirect_(port|host|path)|source_profile))$/;
          assert.match(key, allowed);
          assert.match(value, /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/);
        }
      }
    } catch (error) {
      const { code, faults, stack } = error as DaypassError;
      assert.equal(code, 'bad-configuration', `${stack}\n${JSON.stringify(bytes.toString('latin1'))}`);
      for (const fault of faults) assert.match(fault, /^team\.conf:\d+: ./s);
    }
  }
  assert.ok(accepted > 20, `only ${accepted} were accepted`);
});
