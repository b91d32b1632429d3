// Compares what daypass reads in 20,000 odd AWS files with what botocore itself reads.
//   DAYPASS_SEED=7 DAYPASS_FILE=1234 npm test -- test/aws-config/botocore.test.ts   prints one file and both readings
import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import { test } from 'node:test';
import { editProfile } from '../../src/aws-config/edit.ts';
import { isProfileName } from '../../src/aws-config/lines.ts';
import {
  type AwsConfigFile,
  decodeAwsConfigFile,
  decodeAwsCredentialsFile,
} from '../../src/aws-config/parse.ts';
import { asDaypassError } from '../../src/errors.ts';
import { openSources } from '../../src/settings/sources.ts';
import { type BotocoreAnswer, readByBotocore } from '../support/botocore-files.ts';
import { type OddFile, oddAwsFile } from '../support/odd-aws-files.ts';
import { randomFrom } from '../support/random.ts';

const seed = Number(process.env.DAYPASS_SEED || 7);
const alone = process.env.DAYPASS_FILE;
const count = 20_000;

/** How often at most daypass may refuse, in its own settings, a file that botocore reads. */
const mostRefused = 0.02;

/** The differences that are meant, with the reason of each. Any other fails the test. */
const intended = {
  'botocore refuses the file, daypass only the profile with the fault':
    'Go, JavaScript and Ruby read the other profiles of such a file; doctor names the lines',
  'botocore refuses the file, daypass no profile':
    'the fault is outside of all profiles, and Go, JavaScript and Ruby read them; doctor names the lines',
  'daypass refuses a setting of its own on several lines':
    'only botocore joins the lines, so that another client would use half of the value',
  'daypass refuses the name of a profile':
    'a shell or another client could read it as something else; the file is read all the same',
} as const;
type Difference = keyof typeof intended;

test(`daypass reads ${count} odd AWS files as botocore does (seed ${seed})`, (t) => {
  const indexes = alone === undefined ? Array.from({ length: count }, (_, index) => index) : [Number(alone)];
  // Each file has a generator of its own, so that one can be made again alone.
  const files = indexes.map((index) => oddAwsFile(randomFrom(seed * 1_000_003 + index)));
  const answers = readByBotocore(files);
  assert.equal(answers.length, files.length);

  const found = new Map<Difference, number>();
  let read = 0;
  let refused = 0;
  let profiles = 0;
  for (const [at, file] of files.entries()) {
    const answer = answers[at] ?? assert.fail();
    const own = (file.kind === 'config' ? decodeAwsConfigFile : decodeAwsCredentialsFile)(file.content);
    const told = `file ${indexes[at]} of seed ${seed}, ${file.kind}: ${JSON.stringify(file.content.toString())}`;
    if (alone !== undefined) t.diagnostic([told, inspected(answer), inspected(own)].join('\n'));
    const differences = compare(file, answer, own, told);
    for (const difference of new Set(differences)) found.set(difference, (found.get(difference) ?? 0) + 1);
    if (!answer.profiles) continue;
    read++;
    profiles += own.profiles.size;
    if (own.faults.length > 0) refused++;
  }

  for (const [difference, reason] of Object.entries(intended))
    t.diagnostic(`${found.get(difference as Difference) ?? 0} × ${difference}: ${reason}`);
  t.diagnostic(
    `botocore reads ${read} of ${files.length} files, with ${profiles} profiles; ${refused} of them daypass refuses`,
  );
  if (alone !== undefined) return;
  assert.ok(read > count * 0.4 && read < count * 0.9, 'both kinds of files must be common');
  assert.ok(refused < read * mostRefused, `daypass refuses ${refused} files that botocore reads`);
  for (const difference of Object.keys(intended))
    assert.ok((found.get(difference as Difference) ?? 0) >= 20, `too seldom tried: ${difference}`);
});

/** Asserts that both read the same, or that the difference is an intended one, and returns it. */
function compare(file: OddFile, answer: BotocoreAnswer, own: AwsConfigFile, told: string): Difference[] {
  const { lines, profiles, faults, refusals } = own;
  for (const { line, text } of [...faults, ...refusals])
    assert.ok(line >= 1 && line <= lines.length && text, `${told}: the line of a fault`);
  for (const name of new Set(faults.map(({ profile }) => profile ?? [...profiles.keys()][0]))) {
    if (file.kind === 'config' && name !== undefined && isProfileName(name) && profiles.has(name))
      assertRefused(name, own, told);
  }
  if (!answer.profiles) {
    assert.ok(refusals.length > 0, `${told}: botocore refuses it (${answer.fault}), and no line is named`);
    if (answer.line !== undefined && refusals.every(({ text }) => text !== 'a byte order mark'))
      assert.ok(
        refusals.some(({ line }) => line === answer.line),
        `${told}: botocore names line ${answer.line} (${answer.fault}), daypass ${inspected(refusals)}`,
      );
    if (faults.some(({ profile }) => profile === undefined)) return [];
    return [
      faults.length > 0
        ? 'botocore refuses the file, daypass only the profile with the fault'
        : 'botocore refuses the file, daypass no profile',
    ];
  }
  assert.deepEqual(refusals, [], `${told}: botocore reads it`);
  const values = [...profiles].map(([name, entries]) => [
    name,
    [...entries].map(([key, { value }]) => [key, value]).sort(byName),
  ]);
  const expected = Object.entries(answer.profiles).map(([name, keys]) => [
    name,
    Object.entries(keys).sort(byName),
  ]);
  assert.deepEqual(values.sort(byName), expected.sort(byName), told);
  for (const { profile, line, text } of faults) {
    const entries = [...(profiles.get(profile ?? '') ?? [])];
    const isOwn = entries.some(
      ([key, { continued }]) => continued === line && /^(daypass_|region$)/.test(key),
    );
    assert.ok(isOwn && /must be on one line$/.test(text), `${told}: ${inspected(faults)}`);
  }
  return [
    ...(faults.length > 0 ? (['daypass refuses a setting of its own on several lines'] as const) : []),
    ...([...profiles.keys()].every(isProfileName)
      ? []
      : (['daypass refuses the name of a profile'] as const)),
  ];
}

/** Asserts that a call with this profile fails, and says at which line. */
function assertRefused(profile: string, own: AwsConfigFile, told: string): void {
  const config = { ...own, path: '/config', shown: '/config' };
  try {
    const { faults } = openSources({ flags: new Map([['profile', profile]]), env: {}, home: '/', config });
    assert.ok(
      faults.some((fault) => /^\/config:\d+: /.test(fault)),
      `${told}: ${profile} is not refused`,
    );
  } catch (error) {
    throw error instanceof assert.AssertionError ? error : asDaypassError(error);
  }
}

function byName([a]: readonly unknown[], [b]: readonly unknown[]): number {
  return String(a) < String(b) ? -1 : 1;
}

function inspected(value: unknown): string {
  return JSON.stringify(value, (_, part) => (part instanceof Map ? [...part] : part));
}

const keys = {
  credential_process: '/usr/local/bin/daypass --profile dev',
  region: 'eu-west-1',
  daypass_x: 'y',
};

test(`configure changes nothing but its keys for botocore in 5,000 odd files (seed ${seed})`, () => {
  const before = Array.from({ length: 5_000 }, (_, index) =>
    oddAwsFile(randomFrom(seed * 1_000_003 + index)),
  );
  const edited = before.flatMap((file, index) => {
    if (file.kind !== 'config' || !isUtf8(file.content)) return [];
    try {
      const text = editProfile(file.content.toString(), 'dev', keys, 'config');
      return [{ index, old: file, file: { kind: file.kind, content: Buffer.from(text) } }];
    } catch (error) {
      assert.equal(asDaypassError(error).code, 'bad-configuration');
      return [];
    }
  });
  assert.ok(edited.length > 2_000, `${edited.length} files were edited`);
  const old = readByBotocore(edited.map(({ old: file }) => file));
  const now = readByBotocore(edited.map(({ file }) => file));
  for (const [at, { index, file }] of edited.entries()) {
    const told = `file ${index} of seed ${seed}: ${JSON.stringify(file.content.toString())}`;
    const [was, is] = [old[at]?.profiles, now[at]?.profiles];
    assert.equal(was === undefined, is === undefined, `${told}: ${inspected([old[at], now[at]])}`);
    if (!was || !is) continue;
    const { dev: mine, ...others } = is;
    const { dev: mineBefore, ...othersBefore } = was;
    assert.deepEqual(others, othersBefore, told);
    // A new section has the keys of [DEFAULT] too.
    assert.deepEqual(mine, { ...(mineBefore ?? mine), ...keys }, told);
  }
});
