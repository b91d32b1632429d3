// Compares the paths of variables with Python, whose os.path botocore uses, and with botocore itself.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readAwsConfigFile } from '../../src/aws-config/config-file.ts';
import { bundleInUse } from '../../src/network/authorities.ts';
import { expandPath } from '../../src/process/expand-path.ts';
import { parseSetting } from '../../src/settings/parse-setting.ts';
import { randomFrom, seed } from '../support/random.ts';

// runAws: the file needs Debian's awscli, which brings botocore and Python.
const root = mkdtempSync(join(tmpdir(), 'daypass-expand-'));
after(() => rmSync(root, { recursive: true }));

function python<Answer>(code: string, input: unknown, env: Record<string, string> = {}): Answer {
  const { stdout, stderr, status } = spawnSync('/usr/bin/python3', ['-c', `import json, os, sys\n${code}`], {
    input: JSON.stringify(input),
    env: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', ...env },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

const expanded = `
import ntpath, posixpath
paths, env = json.load(sys.stdin)
os.environ.clear()
os.environ.update(env)
each = lambda module: [module.expanduser(module.expandvars(path)) for path in paths]
json.dump([each(posixpath), each(ntpath)], sys.stdout)`;

const places = [
  {
    HOME: '/home/ada',
    USERPROFILE: 'C:\\Users\\ada',
    USERNAME: 'ada',
    A: 'a',
    AB: '~/$A',
    EMPTY: '',
    'x-y': '%A%',
  },
  { HOME: '/', USERPROFILE: 'C:\\', USERNAME: 'SYSTEM', A: '/a/', AB: '', EMPTY: '', 'x-y': "'" },
  { HOME: '/home/ada//', USERPROFILE: 'D:/profiles/ada', USERNAME: 'ada', A: `\${AB}`, AB: '%', EMPTY: '' },
];

for (const [index, env] of places.entries()) {
  test(`daypass expands paths as Python does on POSIX and on Windows, with variables ${index + 1}`, () => {
    const random = randomFrom(seed + index);
    const pieces = [
      '~',
      '~',
      '$',
      '$',
      '%',
      '%',
      '{',
      '}',
      '/',
      '\\',
      "'",
      'A',
      'AB',
      'EMPTY',
      'x-y',
      'NONE',
      '-',
    ];
    const more = [
      '~/',
      '~root',
      '~nobody/',
      '~0',
      '~none/',
      '~ada',
      '$HOME',
      `\${HOME}`,
      '%USERPROFILE%',
      '$toString',
      '%constructor%',
      'é',
      ' ',
    ];
    const paths = Array.from({ length: 4000 }, () =>
      Array.from({ length: 1 + random.whole(6) }, () => random.pick([...pieces, ...more])).join(''),
    ).filter((path) => !/^~.*%USERPROFILE%/.test(path)); // No user's name has a drive.
    const [posix, windows] = python<[string[], string[]]>(expanded, [paths, env]);
    const different = paths.flatMap((path, at) => {
      const onPosix = expandPath(path, { env, home: env.HOME }, false);
      const onWindows = expandPath(path, { env, home: env.USERPROFILE }, true);
      return [
        ...(onPosix === posix[at] ? [] : [{ path, ours: onPosix, python: posix[at] }]),
        ...(onWindows === windows[at] ? [] : [{ path, ours: onWindows, ntpath: windows[at] }]),
      ];
    });
    assert.deepEqual(different.slice(0, 5), [], `DAYPASS_SEED=${seed}`);
  });
}

const spellings = [
  '~/made/file',
  '$HOME/made/file',
  `\${HOME}/made/file`,
  '$PLACE',
  `\${FOLDER}/file`,
  '~root/../$PLACE',
];

test('AWS_CONFIG_FILE names the file that botocore reads', () => {
  const home = mkdtempSync(join(root, 'home-'));
  mkdirSync(join(home, 'made'));
  writeFileSync(join(home, 'made/file'), '[profile found]\nregion = eu-west-1\n');
  const place = { HOME: home, PLACE: `${home}/made/file`, FOLDER: `${home}/made` };
  for (const path of [
    ...spellings,
    '%HOME%/made/file',
    '~/made',
    '~nobody-at-all/made/file',
    '$NONE/file',
    "'~/made/file'",
  ]) {
    const env = { ...place, AWS_CONFIG_FILE: path, AWS_SHARED_CREDENTIALS_FILE: path };
    const code = `from awscli.botocore.session import Session\njson.dump(list(Session().full_config["profiles"]), sys.stdout)`;
    const theirs = python<string[]>(code, null, env).includes('found');
    let ours = false;
    try {
      ours = readAwsConfigFile({ env, home }).profiles.has('found');
    } catch {}
    assert.equal(ours, theirs, path);
    assert.equal(ours, spellings.includes(path), path);
  }
});

test('AWS_CA_BUNDLE, the log and the browser are expanded too', () => {
  for (const path of ['~/ca.pem', '$HOME/ca.pem', `\${HOME}/ca.pem`])
    assert.equal(
      bundleInUse(undefined, { HOME: '/home/ada', AWS_CA_BUNDLE: path })?.path,
      '/home/ada/ca.pem',
    );
  const place = { env: { HOME: '/home/ada', LOGS: '/var/log' }, home: '/home/ada' };
  assert.equal(parseSetting('log', '$LOGS/daypass.log', place), '/var/log/daypass.log');
  assert.equal(parseSetting('log', '~/daypass.log', place), '/home/ada/daypass.log');
  assert.equal(parseSetting('caBundle', '~/ca.pem', place), '/home/ada/ca.pem');
  assert.throws(() => parseSetting('log', '$NONE/daypass.log', place), /absolute/);
  assert.deepEqual(parseSetting('browser', '~/bin/open --new "$1"', place), [
    '/home/ada/bin/open',
    '--new',
    '$1',
  ]);
});
