// Edits many profiles of one text at once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editProfiles, type ProfileEdit } from '../../src/aws-config/edit.ts';
import { parseAwsConfigFile } from '../../src/aws-config/parse.ts';
import { DaypassError } from '../../src/errors.ts';
import { randomFrom, seed } from '../support/random.ts';

const edit = (text: string, ...edits: ProfileEdit[]) => editProfiles(text, edits, 'config');

test('new sections stand at the end, with one blank line in front of each', () => {
  const two = [
    { profile: 'a', set: { region: 'x' } },
    { profile: 'b', set: { region: 'y' } },
  ];
  const sections = '[profile a]\nregion = x\n\n[profile b]\nregion = y\n';
  assert.equal(edit('', ...two), sections);
  assert.equal(edit('# mine\n', ...two), `# mine\n\n${sections}`);
  assert.equal(edit('# mine', ...two), `# mine\n\n${sections}`);
  const crlf = sections.replaceAll('\n', '\r\n');
  assert.equal(edit('[default]\r\nx = y', ...two), `[default]\r\nx = y\r\n\r\n${crlf}`);
});

test('one call sets keys, removes keys, removes sections and adds sections', () => {
  const before = `# top
[profile a]
region = old
# of a
daypass_scopes = openid
output =
  a = json
# of gone

[profile gone]
region = x
# inside
s3 =
  a = b

# of last
[profile last]
region = x
`;
  const after = edit(
    before,
    {
      profile: 'a',
      set: { region: 'new', daypass_issuer: 'https://i' },
      unset: ['daypass_scopes', 'absent'],
    },
    { profile: 'gone', remove: true },
    { profile: 'more', set: { region: 'z' } },
    { profile: 'absent', remove: true },
  );
  assert.equal(
    after,
    `# top
[profile a]
region = new
# of a
output =
  a = json
daypass_issuer = https://i
# of gone

# of last
[profile last]
region = x

[profile more]
region = z
`,
  );
});

test('a section that is added and removed again leaves every byte as it was', () => {
  for (const text of ['', '# a\n', '[default]\r\nx = y\r\n', '[default]\nx = y\n\n# end\n\n\n']) {
    const added = edit(text, { profile: 'p', set: { region: 'x' } });
    const next = edit(added, { profile: 'q', set: { region: 'x' } });
    assert.equal(edit(added, { profile: 'p', remove: true }), text);
    assert.equal(edit(next, { profile: 'q', remove: true }), added);
    assert.equal(edit(next, { profile: 'p', remove: true }, { profile: 'q', remove: true }), text);
  }
});

test('the faults of all profiles are in one error, and those of other profiles in none', () => {
  const text =
    '[profile a]\nx = 1\nx = 2\n[profile b]\nnonsense\n[profile c]\nnonsense\n[profile d] e\n[profile f]\n  x = 1\n  [profile g]\n';
  const of = (...profiles: string[]) => {
    try {
      edit(text, ...profiles.map((profile) => ({ profile, set: { region: 'x' } })));
    } catch (error) {
      assert.ok(error instanceof DaypassError);
      return error.faults;
    }
    return [];
  };
  assert.deepEqual(of('a', 'b'), ['config:3: a second x in [profile a]', 'config:5: not a "key = value"']);
  assert.deepEqual(of('d', 'f'), [
    'config:8: something follows the ] of [profile d]',
    'config:11: an indented section',
  ]);
  assert.throws(() => edit(text, { profile: 'f', remove: true }), /config:11: an indented section/);
});

/** A part of a file: a section that is edited, or anything else. */
interface Part {
  text: string;
  profile?: string;
}

const seeds = Array.from({ length: 40 }, (_, index) => seed + index);
for (const start of seeds)
  test(`seed ${start}: every byte outside the edited lines stays, whatever the file`, () => {
    const random = randomFrom(start);
    const end = random.pick(['\n', '\r\n']);
    let unique = 0;
    const filler = () => {
      const id = unique++;
      return random.pick([
        `# comment ${id}`,
        `; comment ${id}`,
        `  # indented ${id}`,
        '',
        '   ',
        `#[profile p${id % 7}]`,
      ]);
    };
    const some = (most: number, make: () => string) =>
      Array.from({ length: random.whole(most + 1) }, make)
        .map((line) => line + end)
        .join('');
    const foreignKey = () => {
      const id = unique++;
      return random.pick([
        `key_${letters(id)}=${id}`,
        `s_${letters(id)} =${end}  a = ${id}${end}${end}  region = nested`,
        `b_${letters(id)}: ü ${id}`,
        `c_${letters(id)} = "${id}" # x`,
      ]);
    };
    const teamKey = (key: string) =>
      random.pick([`${key} = old`, `${key}=old`, `${key.toUpperCase()} = old`, `${key}  =  old`]);
    // Ends with a blank line or not, so that it is known what a removal may take.
    const between = () => `${some(3, filler)}# between ${unique++}${end}${random.pick(['', end])}`;
    const parts: Part[] = [{ text: between() }];
    const profiles: string[] = [];
    for (let index = 0; index < 2 + random.whole(12); index++) {
      const profile = `p${index}`;
      if (random.whole(3) === 0) {
        parts.push({ text: `[sso-session ${profile}]${end}${some(4, foreignKey)}${between()}` });
        continue;
      }
      profiles.push(profile);
      const body = [
        ...(random.whole(2) ? [`${teamKey('region')}${end}`] : []),
        some(2, () => random.pick([filler, foreignKey])()),
        ...(random.whole(2) ? [`${teamKey('daypass_scopes')}${end}`] : []),
        `${foreignKey()}${end}`,
      ].join('');
      parts.push({ text: `[profile ${profile}]${end}${body}`, profile }, { text: between() });
    }
    const text = parts.map((part) => part.text).join('');
    const edits = profiles.flatMap((profile): ProfileEdit[] => {
      const choice = random.whole(4);
      if (choice === 0) return [];
      if (choice === 1) return [{ profile, remove: true }];
      return [{ profile, set: { region: 'new', daypass_issuer: 'https://i' }, unset: ['daypass_scopes'] }];
    });
    edits.push(
      ...some(2, () => 'x')
        .split(end)
        .slice(1)
        .map((_, at) => ({ profile: `n${at}`, set: { region: 'new' } })),
    );
    const after = edit(text, ...edits);
    // Each part that no edit is about is there, in its order. Between them are only lines that an edit accounts for.
    let rest = after;
    for (const [at, part] of parts.entries()) {
      const change = edits.find(({ profile }) => profile === part.profile);
      if (!change) {
        // One blank line in front of a removed section goes with it.
        const next = edits.find(({ profile }) => profile === parts[at + 1]?.profile);
        const kept = next && 'remove' in next ? part.text.replace(/(^|\n)\r?\n$/, '$1') : part.text;
        assert.ok(
          rest.startsWith(kept),
          `${JSON.stringify(part.text)} is not at ${JSON.stringify(rest.slice(0, 200))}`,
        );
        rest = rest.slice(kept.length);
      } else if (!('remove' in change)) {
        const content = part.text.replace(/^(region|daypass_scopes) *= *old\r?\n/gim, '');
        const [header = '', ...own] = content.split(/(?<=\n)/);
        assert.ok(rest.startsWith(header));
        rest = rest.slice(header.length);
        const wanted = [`region = new${end}`, `daypass_issuer = https://i${end}`];
        while (own.length > 0 || wanted.length > 0) {
          const [line = ''] = rest.split(/(?<=\n)/, 1);
          if (own[0] === line) own.shift();
          else {
            assert.ok(
              wanted.includes(line),
              `${JSON.stringify(line)}, not ${JSON.stringify([...own, ...wanted])}`,
            );
            wanted.splice(wanted.indexOf(line), 1);
          }
          rest = rest.slice(line.length);
        }
      }
    }
    const added = edits.filter(({ profile }) => profile.startsWith('n'));
    assert.equal(
      rest,
      added.map(({ profile }) => `${end}[profile ${profile}]${end}region = new${end}`).join(''),
    );
    // A reader finds the edited keys.
    const { profiles: read } = parseAwsConfigFile(after);
    for (const change of edits) {
      const keys = read.get(change.profile);
      if ('remove' in change) assert.equal(keys, undefined);
      else for (const [key, value] of Object.entries(change.set)) assert.equal(keys?.get(key)?.value, value);
      if ('set' in change) assert.equal(keys?.has('daypass_scopes'), false);
    }
  });

function letters(number: number): string {
  return [...String(number)].map((digit) => 'abcdefghij'[Number(digit)]).join('');
}

test('edits of 2,000 profiles take time in proportion to the file', () => {
  const names = Array.from({ length: 2000 }, (_, index) => `p${index}`);
  const all = (region: string) => names.map((profile) => ({ profile, set: { region, output: 'json' } }));
  const text = edit('', ...all('x'));
  const changed = edit(text, ...all('y'));
  assert.equal(changed, text.replaceAll('region = x', 'region = y'));
  assert.equal(edit(changed, ...names.map((profile) => ({ profile, remove: true as const }))), '');
});
