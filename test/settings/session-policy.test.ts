import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { DaypassError } from '../../src/errors.ts';
import { sessionKeys } from '../../src/session/keys.ts';
import { parseArguments } from '../../src/settings/arguments.ts';
import { loadSettings, type Settings } from '../../src/settings/settings.ts';
import { shownBelow } from '../support/shown-path.ts';

const home = mkdtempSync(join(tmpdir(), 'daypass-policy-'));
after(() => rmSync(home, { recursive: true }));
/** Returns what a path that begins with ~/ leads to, as daypass shows it: on Windows its slash stays. */
const shownTilde = (name: string) => (process.platform === 'win32' ? `${home}/${name}` : `~/${name}`);
const file = `${home}/read.json`;
const shown = shownTilde('read.json');
const read = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}]}';

function load(lines: string, { argv = ['--profile', 'dev'], env = {} as NodeJS.ProcessEnv } = {}): Settings {
  const config = join(home, 'config');
  writeFileSync(
    config,
    `[profile dev]
daypass_issuer = https://login.example.com
daypass_client_id = 0oa1b2c3
daypass_role_arn = arn:aws:iam::123456789012:role/DeveloperAccess
${lines}`,
  );
  const { flags } = parseArguments(argv);
  return loadSettings({ flags, env: { AWS_CONFIG_FILE: config, ...env }, home });
}

function faultOf(lines: string): string {
  try {
    load(lines);
  } catch (error) {
    if (!(error instanceof DaypassError)) throw error;
    assert.equal(error.exitCode, 65);
    assert.equal(error.faults.length, 1, error.faults.join());
    return error.faults[0] ?? '';
  }
  return assert.fail('the policy was accepted');
}

/** Returns the fault of a file with this content, without the place of the setting. */
function faultIn(content: string | Buffer): string {
  writeFileSync(file, content);
  const fault = faultOf('daypass_policy = ~/read.json\n');
  const origin = `daypass_policy (${shownBelow(home, 'config')}:5): `;
  assert.ok(fault.startsWith(origin), fault);
  return fault.slice(origin.length);
}

test('the settings hold the policy of the file without blanks', () => {
  writeFileSync(file, JSON.stringify(JSON.parse(read), null, '\t'));
  const given = { path: file, shown, text: read };
  assert.deepEqual(load('daypass_policy = ~/read.json\n').policy, given);
  assert.deepEqual(load(`daypass_policy = ${file}\n`).policy, given);
  assert.deepEqual(load('', { env: { DAYPASS_POLICY: file } }).policy, given);
  assert.deepEqual(load('', { argv: ['--profile', 'dev', '--policy', file] }).policy, given);
  assert.deepEqual(load('daypass_policy = $FOLDER/read.json\n', { env: { FOLDER: home } }).policy, given);
  assert.deepEqual(
    load('daypass_source_profile = base\n[profile base]\ndaypass_policy = ~/read.json\n').policy,
    given,
  );
  assert.equal(load('').policy, undefined);
});

test('a flag wins over the variable, which wins over the profile, and an empty value is none', () => {
  writeFileSync(file, read);
  const other = join(home, 'other.json');
  writeFileSync(other, read.replace('s3:Get*', 's3:*'));
  const lines = 'daypass_policy = ~/read.json\n';
  assert.equal(load(lines, { env: { DAYPASS_POLICY: other } }).policy?.path, other);
  assert.equal(load(lines, { env: { DAYPASS_POLICY: '' } }).policy?.path, file);
  const argv = ['--profile', 'dev', '--policy', file];
  assert.equal(load(lines, { argv, env: { DAYPASS_POLICY: other } }).policy?.path, file);
});

test('a relative path is refused: it would depend on the caller', () => {
  assert.match(faultOf('daypass_policy = read.json\n'), /must be an absolute path, or begin with ~/);
  assert.match(faultOf('daypass_policy = ./read.json\n'), /must be an absolute path/);
});

test('a file that cannot be read is a fault, and never no policy', () => {
  const at = (path: string) => faultOf(`daypass_policy = ${path}\n`).replace(/^.*?: /, '');
  assert.equal(at('~/missing.json'), `${shownTilde('missing.json')} does not exist`);
  mkdirSync(join(home, 'folder'));
  assert.equal(at('~/folder'), `${shownTilde('folder')} is a folder, not a file`);
  assert.match(at('~/folder/x/y'), /does not exist$/);
  if (process.platform === 'win32') return;
  symlinkSync('loop', join(home, 'loop'));
  assert.match(at('~/loop'), /cannot be read \(ELOOP\)$/);
  symlinkSync('nowhere', join(home, 'dangling'));
  assert.match(at('~/dangling'), /does not exist$/);
  assert.match(at('/dev/null'), /^\/dev\/null:1:1: the text ends where a value is expected$/);
  assert.match(at('/dev/zero'), /is a device, not a file$/);
  execFileSync('mkfifo', [join(home, 'pipe')]);
  assert.match(at('~/pipe'), /is a pipe, not a file$/);
});

const faults: Record<string, [content: string | Buffer, fault: RegExp | string]> = {
  'an empty file': ['', `${shown}:1:1: the text ends where a value is expected`],
  'an error of JSON': [
    '{\n  "Version": "2012-10-17",\n  "Statement": [,]\n}',
    `${shown}:3:17: expected a value or ], not ,`,
  ],
  'lines that end with CR LF': ['{\r\n"Version" "x"}', `${shown}:2:11: expected :, not "x"`],
  'a comment': ['{ // all\n}', `${shown}:1:3: expected a name or }, not //`],
  YAML: ['Version: "2012-10-17"\n', `${shown}:1:1: expected a value, not Version`],
  'a name that occurs twice': [
    '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Effect":"Allow"}]}',
    `${shown}:1:55: "Effect" occurs twice in one object`,
  ],
  'a list': [`[${read}]`, `${shown}: a policy must be a JSON object`],
  'a word': ['"policy"', `${shown}: a policy must be a JSON object`],
  'no version': ['{"Statement":[]}', `${shown}: the policy has no Version: add "Version": "2012-10-17"`],
  'another version': [
    '{"Version":"2024-01-01","Statement":{}}',
    `${shown}: Version must be "2012-10-17", not "2024-01-01"`,
  ],
  'no statement': ['{"Version":"2012-10-17"}', `${shown}: the policy has no Statement`],
  'an empty statement': ['{"Version":"2012-10-17","Statement":[]}', `${shown}: the policy has no Statement`],
  'a statement that is no object': [
    '{"Version":"2012-10-17","Statement":[{},"Allow"]}',
    `${shown}: Statement must be an object or a list of objects`,
  ],
  'no statement but null': [
    '{"Version":"2012-10-17","Statement":null}',
    `${shown}: Statement must be an object or a list of objects`,
  ],
  'a byte order mark': [
    `\ufeff${read}`,
    `${shown} begins with a byte order mark: save it as UTF-8 without one`,
  ],
  'UTF-16': [Buffer.from(read, 'utf16le'), /read\.json(:1:2: expected| is not UTF-8)/],
  'Latin-1': [Buffer.from(read.replace('s3', 'é'), 'latin1'), `${shown} is not UTF-8: save it as UTF-8`],
  'a character that STS refuses': [
    read.replace('s3:Get*', '文'),
    `${shown}:1:66: STS accepts no character such as U+6587`,
  ],
  'a terminal sequence': [`{"a":\u001b[31m}`, /expected a value, not \ufffd$/],
};

for (const [what, [content, fault]] of Object.entries(faults)) {
  test(`the fault of a file with ${what} names its place`, () => {
    const found = faultIn(content);
    if (typeof fault === 'string') assert.equal(found, fault);
    else assert.match(found, fault);
  });
}

test('STS accepts 2,048 characters of the policy and the ARNs together', () => {
  const filled = (length: number) => read.replace('s3:Get*', `s3:${'x'.repeat(length - read.length + 4)}`);
  writeFileSync(file, `  ${filled(2048)}\n\n`);
  const lines = 'daypass_policy = ~/read.json\n';
  assert.equal(load(lines).policy?.text.length, 2048);
  writeFileSync(file, filled(2049));
  assert.match(faultOf(lines), /:5\) has 2049 characters, and STS accepts 2048$/);
  const arn = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
  writeFileSync(file, filled(2048 - arn.length));
  assert.ok(load(`${lines}daypass_policy_arns = ${arn}\n`).policy);
  writeFileSync(file, filled(2049 - arn.length));
  assert.match(
    faultOf(`${lines}daypass_policy_arns = ${arn}\n`),
    /has 2049 characters together with daypass_policy_arns, and STS accepts 2048$/,
  );
});

test('credentials of another policy, or of none, have another name in the store', () => {
  const keys = ['', read, read.replace('Get', 'Put'), read.replace('*"', '* "')].map((content) => {
    writeFileSync(file, content || read);
    return sessionKeys(load(content ? 'daypass_policy = ~/read.json\n' : ''));
  });
  assert.equal(new Set(keys.map(({ credentials }) => credentials)).size, 4);
  assert.equal(new Set(keys.map(({ signIn }) => signIn)).size, 1, 'they share the sign-in');
  writeFileSync(file, JSON.stringify(JSON.parse(read), null, 2));
  assert.deepEqual(
    sessionKeys(load('daypass_policy = ~/read.json\n')),
    keys[1],
    'a new layout is the same policy',
  );
});
