// A hit takes the settings of an earlier call only where nothing that they were made of has changed.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Context } from '../../src/context.ts';
import { type Invocation, knownCallPath, recallCall } from '../../src/known-call/known-call.ts';
import { rememberCall } from '../../src/known-call/remember-call.ts';
import { sessionKeys } from '../../src/session/keys.ts';
import { parseArguments } from '../../src/settings/arguments.ts';
import { settingNames, spellings } from '../../src/settings/setting-table.ts';
import { loadSettings } from '../../src/settings/settings.ts';
import { stateDirectory } from '../../src/state/directory.ts';

// What Windows has in the place of HOME is not looked at: there nothing is remembered.
const options = { skip: process.platform === 'win32' };

const profile = (role: string, ...lines: string[]) =>
  [
    '[profile developer]',
    'daypass_issuer = https://login.example.com',
    'daypass_client_id = daypass',
    `daypass_role_arn = arn:aws:iam::123456789012:role/${role}`,
    ...lines,
    '',
  ].join('\n');

interface Person {
  home: string;
  config: string;
  /** A call with these words in this environment. */
  call: (given?: { argv?: string[]; env?: Record<string, string> }) => Invocation;
  /** As the reader does after its answer. */
  remember: (call: Invocation) => void;
  /** Where it is kept. */
  kept: (call: Invocation) => string;
}

function personFor(t: TestContext, text = profile('One')): Person {
  const home = mkdtempSync(join(tmpdir(), 'daypass-known-call-'));
  t.after(() => rmSync(home, { recursive: true }));
  const config = join(home, '.aws', 'config');
  mkdirSync(dirname(config));
  writeFileSync(config, text);
  // As a sign-in leaves it.
  mkdirSync(stateDirectory({ HOME: home }, home), { recursive: true, mode: 0o700 });
  passTime(t);
  return {
    home,
    config,
    call: ({ argv = ['--profile', 'developer'], env = {} } = {}) => ({
      program: 'one build',
      argv,
      env: { HOME: home, ...env },
    }),
    remember(call) {
      const { env } = call;
      const args = parseArguments(call.argv);
      const settings = loadSettings({ flags: args.flags, env, home });
      rememberCall(call, args, { env, home, settings } as Context);
    },
    kept: (call) => knownCallPath(call) ?? assert.fail(),
  };
}

/** Makes all files that there are ten seconds old. */
function passTime(t: TestContext): void {
  t.mock.timers.reset();
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 10_000 });
}

const wantedOf = ({ argv, env }: Invocation) => {
  const { flags } = parseArguments(argv);
  const settings = loadSettings({ flags, env, home: env.HOME ?? '' });
  const { issuer, roleArn, timeout } = settings;
  const { policy } = settings;
  const wanted = { account: sessionKeys(settings).credentials, issuer, roleArn, timeout };
  return policy ? { ...wanted, policy: { text: policy.text } } : wanted;
};

test('a call with the same words is known', options, (t) => {
  const { call, remember, kept } = personFor(t);
  assert.equal(recallCall(call()), undefined, 'nothing is known at first');
  for (const given of [
    {},
    { env: { DAYPASS_TIMEOUT: '9', AWS_REGION: 'eu-west-1' } },
    { argv: [], env: { AWS_PROFILE: 'developer' } },
    { argv: ['--profile=developer', '--duration', '900'] },
  ]) {
    remember(call(given));
    assert.deepEqual(recallCall(call(given)), wantedOf(call(given)));
    assert.equal(statSync(kept(call(given))).mode & 0o777, 0o600);
    assert.equal(statSync(dirname(kept(call(given)))).mode & 0o777, 0o700);
  }
});

test('a call whose config file depends on variables of any name is not remembered', options, (t) => {
  const { call, remember, config } = personFor(t);
  const folder = dirname(config);
  for (const [path, known] of [
    ['~/.aws/config', true],
    ['$FOLDER/config', false],
    [`\${FOLDER}/config`, false],
  ] as const) {
    const given = call({ env: { AWS_CONFIG_FILE: path, FOLDER: folder } });
    remember(given);
    assert.equal(recallCall(given) !== undefined, known, path);
  }
});

test('a call with another mark of the region is not known', options, (t) => {
  const { call, remember } = personFor(t);
  const env = { AWS_REGION: 'eu-west-1', DAYPASS_SET_REGION: 'eu-west-1,developer' };
  remember(call({ env }));
  assert.ok(recallCall(call({ env })));
  assert.equal(recallCall(call({ env: { ...env, DAYPASS_SET_REGION: 'eu-west-1,two' } })), undefined);
});

test('a call with another word, variable or build is not known', options, (t) => {
  const { call, remember, kept } = personFor(t);
  const known = call({ env: { DAYPASS_TIMEOUT: '9' } });
  remember(known);
  const is = recallCall(known);
  assert.ok(is);
  const others: Record<string, Invocation> = {
    'another build': { ...known, program: 'another build' },
    'another profile': { ...known, argv: ['--profile', 'another'] },
    'one word more': { ...known, argv: [...known.argv, '--non-interactive'] },
    'one word less': { ...known, argv: known.argv.slice(1) },
    'two words in one': { ...known, argv: ['--profile developer'] },
    'without a variable': { ...known, env: { HOME: known.env.HOME } },
  };
  const variables = [
    'AWS_PROFILE',
    'AWS_CONFIG_FILE',
    ...settingNames.flatMap((name) => spellings(name).env),
  ];
  assert.ok(variables.length > 20);
  for (const name of variables)
    for (const value of ['', 'x'])
      others[`${name}=${value}`] = { ...known, env: { ...known.env, [name]: value } };
  const text = readFileSync(kept(known), 'utf8');
  for (const [what, other] of Object.entries(others)) {
    // Some have a place of their own: here it is the same.
    mkdirSync(dirname(kept(other)), { recursive: true });
    writeFileSync(kept(other), text, { mode: 0o600 });
    assert.equal(recallCall(other), undefined, what);
  }
  // Of no meaning to daypass.
  const env = { ...known.env, AWS_ACCESS_KEY_ID: 'x', LANG: 'C', PATH: '/bin', DISPLAY: ':0' };
  assert.deepEqual(recallCall({ ...known, env }), is);
});

/** Returns changes of a file, by the state after each. `text` is the new content, as long as the old one. */
function changesTo(text: string): Record<string, (file: string) => void> {
  return {
    'rewritten with the same size': (file) => writeFileSync(file, text),
    'rewritten, with its time set back': (file) => {
      const before = statSync(file);
      writeFileSync(file, text);
      utimesSync(file, before.atime, before.mtime);
    },
    'replaced by a file of the same size': (file) => {
      writeFileSync(`${file}.new`, text);
      renameSync(`${file}.new`, file);
    },
    'replaced by a file of the same size and time': (file) => {
      const before = statSync(file);
      writeFileSync(`${file}.new`, text);
      utimesSync(`${file}.new`, before.atime, before.mtime);
      renameSync(`${file}.new`, file);
    },
    gone: (file) => rmSync(file),
    'a folder now': (file) => {
      rmSync(file);
      mkdirSync(file);
    },
    'a pipe now': (file) => {
      rmSync(file);
      execFileSync('mkfifo', [file]);
    },
  };
}

for (const [what, change] of Object.entries({
  ...changesTo(profile('Two')),
  'longer by a line': (config: string) => writeFileSync(config, 'daypass_duration = 900\n', { flag: 'a' }),
})) {
  test(`a call reads a config file that is ${what}`, options, (t) => {
    const { config, call, remember } = personFor(t);
    remember(call());
    assert.ok(recallCall(call()));
    change(config);
    assert.equal(recallCall(call()), undefined);
  });
}

test('a call is not stored if its config file was written less than 2 s ago', options, (t) => {
  const { config, call, remember } = personFor(t);
  t.mock.timers.reset();
  writeFileSync(config, profile('Two'));
  remember(call());
  assert.equal(recallCall(call()), undefined);
  passTime(t);
  remember(call());
  assert.deepEqual(recallCall(call()), wantedOf(call()));
});

test('a call is not known if a link to its config file has another target', options, (t) => {
  const { home, config, call, remember } = personFor(t);
  const [one, two] = [join(home, 'one'), join(home, 'two')];
  renameSync(config, one);
  writeFileSync(two, profile('Two'));
  symlinkSync(one, config);
  remember(call());
  assert.ok(recallCall(call()));
  rmSync(config);
  symlinkSync(two, config);
  assert.equal(recallCall(call()), undefined);
});

const policyOf = (actions: string) =>
  `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:${actions}*","Resource":"*"}}`;

/** A person whose calls have a session policy, the file of it, and a call that is known. */
function personWithPolicy(t: TestContext) {
  const person = personFor(t, profile('One', 'daypass_policy = ~/policy.json'));
  const file = join(person.home, 'policy.json');
  writeFileSync(file, policyOf('Get'));
  passTime(t);
  const known = person.call();
  person.remember(known);
  assert.deepEqual(recallCall(known), wantedOf(known));
  assert.equal(recallCall(known)?.policy?.text, policyOf('Get'));
  return { ...person, file, known };
}

for (const [what, change] of Object.entries({
  ...changesTo(policyOf('Put')),
  'a link to another one': (file: string) => {
    writeFileSync(`${file}.other`, policyOf('Put'));
    rmSync(file);
    symlinkSync(`${file}.other`, file);
  },
  'not to be read by this user': (file: string) => chmodSync(file, 0),
  empty: (file: string) => writeFileSync(file, ''),
})) {
  test(`a call reads a session policy that is ${what}`, options, (t) => {
    const { file, known } = personWithPolicy(t);
    change(file);
    assert.equal(recallCall(known), undefined);
  });
}

test('a call with a session policy that was written less than 2 s ago is not stored', options, (t) => {
  const { file, known, remember } = personWithPolicy(t);
  t.mock.timers.reset();
  writeFileSync(file, policyOf('Put'));
  remember(known);
  assert.equal(recallCall(known), undefined);
  passTime(t);
  remember(known);
  assert.equal(recallCall(known)?.policy?.text, policyOf('Put'));
});

test('a call without a session policy and one with it are never the same', options, (t) => {
  const { call, home, known, remember, kept } = personWithPolicy(t);
  const file = join(home, 'policy.json');
  const other = join(home, 'other.json');
  writeFileSync(other, policyOf('Put'));
  passTime(t);
  const calls = [
    known,
    call({ env: { DAYPASS_POLICY: other } }),
    call({ env: { DAYPASS_POLICY: file } }),
    call({ argv: ['--profile', 'developer', '--policy', other] }),
  ];
  for (const stored of calls) {
    remember(stored);
    const text = readFileSync(kept(stored), 'utf8');
    for (const asked of calls) {
      writeFileSync(kept(asked), text, { mode: 0o600 });
      assert.deepEqual(recallCall(asked), asked === stored ? wantedOf(asked) : undefined);
    }
  }
});

test('a call whose session policy depends on a variable of any name is not remembered', options, (t) => {
  const { home, call, remember } = personFor(t, profile('One', 'daypass_policy = $FOLDER/policy.json'));
  writeFileSync(join(home, 'policy.json'), policyOf('Get'));
  // The folder of that name exists too, so the path alone is no fault.
  mkdirSync(join(home, '$FOLDER'));
  writeFileSync(join(home, '$FOLDER', 'policy.json'), policyOf('Get'));
  passTime(t);
  for (const env of [{ FOLDER: home }, { DAYPASS_POLICY: `${home}/$FOLDER/policy.json`, FOLDER: '.' }]) {
    const given = call({ env });
    remembers(remember, given);
    assert.equal(recallCall(given), undefined);
  }
  const plain = call({ env: { DAYPASS_POLICY: '$HOME/policy.json' } });
  remember(plain);
  assert.deepEqual(recallCall(plain), wantedOf(plain));
});

/** As the reader does, which ignores the error. */
function remembers(remember: (call: Invocation) => void, call: Invocation): void {
  try {
    remember(call);
  } catch {}
}

for (const [what, given, text] of [
  ['a log', {}, profile('One', 'daypass_log = /nonexistent/log')],
  ['the file store', {}, profile('One', 'daypass_store = file')],
  ['a secret in the environment', { env: { DAYPASS_CLIENT_SECRET: 'SECRET' } }],
  ['parameters in the environment', { env: { DAYPASS_AUTHORIZE_PARAMS: 'id_token_hint=SECRET' } }],
  ['no home', { env: { HOME: '' } }],
  ['an odd home', { env: { HOME: 'relative' } }],
] as const) {
  test(`a call with ${what} is not stored`, options, (t) => {
    const { home, call } = personFor(t, text);
    const one = call(given);
    const args = parseArguments(one.argv);
    const settings = loadSettings({ flags: args.flags, env: one.env, home });
    rememberCall(one, args, { env: one.env, home, settings } as Context);
    assert.deepEqual(
      execFileSync('find', [home, '-type', 'f'], { encoding: 'utf8' }),
      `${home}/.aws/config\n`,
    );
  });
}

test('a stored call holds no secret of the config file', options, (t) => {
  const { call, remember, kept } = personFor(t, profile('One', 'daypass_client_secret = SECRET'));
  remember(call());
  assert.ok(recallCall(call()));
  assert.doesNotMatch(readFileSync(kept(call()), 'utf8'), /[^_]SECRET/);
});

const spoil: Record<string, (path: string, text: string) => void> = {
  empty: (path) => writeFileSync(path, ''),
  'cut short': (path, text) => writeFileSync(path, text.slice(0, -5)),
  'far too long': (path, text) => writeFileSync(path, `${text}${' '.repeat(100_000)}`),
  'no JSON': (path) => writeFileSync(path, 'SECRET'),
  'another kind of JSON': (path) => writeFileSync(path, '[1]'),
  null: (path) => writeFileSync(path, 'null'),
  'without its words': (path, text) => writeFileSync(path, text.replace('"argv"', '"arg"')),
  'without its variables': (path, text) => writeFileSync(path, text.replace('"env"', '"en"')),
  'with odd variables': (path, text) => writeFileSync(path, text.replace('"env":{', '"env":{"x":7,')),
  'without a time': (path, text) => writeFileSync(path, text.replace('"timeout":55', '"timeout":null')),
  "others' to read": (path) => chmodSync(path, 0o644),
  "others' to write": (path) => chmodSync(path, 0o620),
  'a link': (path, text) => {
    writeFileSync(`${path}.other`, text, { mode: 0o600 });
    rmSync(path);
    symlinkSync(`${path}.other`, path);
  },
  'a folder': (path) => {
    rmSync(path);
    mkdirSync(path);
  },
  'a pipe without a writer': (path) => {
    rmSync(path);
    execFileSync('mkfifo', ['-m', '600', path]);
  },
  ...(process.getuid?.() === 0 ? { "another user's": (path: string) => chownSync(path, 65534, 65534) } : {}),
};

for (const [what, change] of Object.entries(spoil)) {
  test(`a stored call that is ${what} is ignored`, options, (t) => {
    const { call, remember, kept } = personFor(t);
    remember(call());
    const path = kept(call());
    change(path, readFileSync(path, 'utf8'));
    assert.equal(recallCall(call()), undefined);
  });
}

test('at most 4,096 calls are stored', options, (t) => {
  const { call, kept } = personFor(t);
  const paths = new Set(
    Array.from({ length: 50_000 }, (_, index) => kept(call({ argv: ['--session-name', `name-${index}`] }))),
  );
  assert.ok(paths.size > 4000 && paths.size <= 4096, `${paths.size}`);
});

test('the next call replaces a file that cannot be used', options, (t) => {
  const { call, remember, kept } = personFor(t);
  remember(call());
  chmodSync(kept(call()), 0o644);
  remember(call());
  assert.deepEqual(recallCall(call()), wantedOf(call()));
  assert.deepEqual(readdirSync(dirname(kept(call()))).length, 1, 'nothing is left beside it');
});

test('no call is stored in a state directory that others can write to', options, (t) => {
  const { home, call, remember } = personFor(t);
  const state = dirname(dirname(knownCallPath(call()) ?? ''));
  chmodSync(state, 0o777);
  assert.throws(() => remember(call()), /is writable by other users/);
  assert.deepEqual(readdirSync(state), []);
  assert.ok(state.startsWith(home));
});
