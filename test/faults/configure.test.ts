// `configure` edits the AWS config file: cases G03 to G06 of docs/threats.md.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after } from 'node:test';
import { processWords } from '../../src/aws-config/process-line.ts';
import { writeProfile } from '../../src/aws-config/write.ts';
import { findCommandLink, makeCommandLink } from '../../src/configure/command-link.ts';
import { lineOf } from '../../src/configure/credential-process-line.ts';
import { DaypassError } from '../../src/errors.ts';
import { faultOfPart } from './fault.ts';

const root = mkdtempSync(join(tmpdir(), 'daypass-configure-'));
after(() => rmSync(root, { recursive: true }));
let files = 0;
const ours = { daypass_issuer: 'https://login.example.com', daypass_client_id: '0oa1b2c3' };

function fileWith(text: string): string {
  const path = join(root, String(++files), 'config');
  mkdirSync(join(path, '..'));
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

/** Returns the value that botocore reads, through the AWS CLI. */
function awsGet(path: string, key: string, profile = 'developer'): string {
  const env = { PATH: '/usr/bin:/bin', HOME: root, AWS_CONFIG_FILE: path };
  const args = ['configure', 'get', key, '--profile', profile];
  const { stdout, stderr } = spawnSync('/usr/bin/aws', args, { env, encoding: 'utf8' });
  assert.equal(stderr, '');
  return stdout.trimEnd();
}

function assertRefused(action: () => unknown, text: RegExp): void {
  assert.throws(action, (error) => {
    assert.ok(error instanceof DaypassError && error.hint);
    assert.match(error.message, text);
    return true;
  });
}

for (const [what, value] of [
  ['LF', 'x\ncredential_process = /bin/evil'],
  ['CR', 'x\rcredential_process = /bin/evil'],
  ['a blank in front', ' x'],
  ['a blank at the end', 'x '],
  ['a NUL', 'x\0'],
  ['other letters', 'ü'],
  ['nothing', ''],
] as const) {
  faultOfPart('G03', `configure refuses a value with ${what} and keeps the file`, () => {
    const path = fileWith('[profile developer]\nregion = eu-west-1\n');
    assertRefused(
      () => writeProfile(path, 'developer', { ...ours, daypass_scopes: value }),
      /daypass_scopes/,
    );
    assert.equal(readFileSync(path, 'utf8'), '[profile developer]\nregion = eu-west-1\n');
    assert.deepEqual(readdirSync(join(path, '..')), ['config']);
  });
}
for (const name of ['a]b', 'a b', 'a\nb', "a'b", '', 'x'.repeat(300)]) {
  faultOfPart('G03', `configure refuses the profile name ${JSON.stringify(name.slice(0, 10))}`, () => {
    assertRefused(() => writeProfile(fileWith(''), name, ours), /profile name/);
  });
}

const entries = 'daypass_issuer = https://login.example.com\ndaypass_client_id = 0oa1b2c3\n';
const edits: [what: string, before: string, afterwards: string][] = [
  ['an empty file', '', `[profile developer]\n${entries}`],
  ['no line break at the end', '[default]\nx = y', `[default]\nx = y\n\n[profile developer]\n${entries}`],
  [
    'comments and others around',
    '# mine\n[default]\na = b\n\n[profile developer]\n; here\nregion = eu-west-1\n\n# next\n[profile other]\nc = d\n',
    `# mine\n[default]\na = b\n\n[profile developer]\n; here\nregion = eu-west-1\n${entries}\n# next\n[profile other]\nc = d\n`,
  ],
  [
    'CRLF',
    '[profile developer]\r\nregion = eu-west-1\r\n[x]\r\n',
    `[profile developer]\r\nregion = eu-west-1\r\n${entries.replaceAll('\n', '\r\n')}[x]\r\n`,
  ],
  [
    'nested keys, and one of ours that is replaced',
    '[profile developer]\ns3 =\n  a = b\nDAYPASS_ISSUER   =  https://old.example\noutput = json\n',
    '[profile developer]\ns3 =\n  a = b\ndaypass_issuer = https://login.example.com\noutput = json\ndaypass_client_id = 0oa1b2c3\n',
  ],
  [
    'a quoted name, which Ruby does not read, and indented keys',
    '[profile "developer"]\n  region = eu-west-1\n',
    `[profile developer]\n  region = eu-west-1\n${entries}`,
  ],
  [
    'bytes that are no UTF-8 in a comment of another',
    '[profile other]\n# \xff\xfe\n[profile developer]\n',
    `[profile other]\n# \xff\xfe\n[profile developer]\n${entries}`,
  ],
];
for (const [what, before, afterwards] of edits) {
  faultOfPart('G04', `configure changes only the keys of daypass, and botocore reads them: ${what}`, () => {
    const path = fileWith('');
    writeFileSync(path, before, 'latin1');
    assert.equal(writeProfile(path, 'developer', ours), true);
    assert.equal(readFileSync(path, 'latin1'), afterwards);
    assert.equal(writeProfile(path, 'developer', ours), false, 'once is enough');
    assert.equal(readFileSync(path, 'latin1'), afterwards);
    // Debian's AWS CLI requires UTF-8 in the whole file.
    if (!what.startsWith('bytes'))
      for (const [key, value] of Object.entries(ours)) assert.equal(awsGet(path, key), value);
  });
}
for (const [what, text, fault] of [
  ['a byte order mark', '\ufeff[profile developer]\n', /byte order mark/],
  ['a section twice', '[profile developer]\na = b\n[profile developer]\n', /second \[profile developer\]/],
  ['a key twice', '[profile developer]\na = b\na = c\n', /second a/],
] as const) {
  faultOfPart('G04', `configure refuses a file with ${what} and keeps it`, () => {
    const path = fileWith(text);
    assertRefused(() => writeProfile(path, 'developer', ours), fault);
    assert.equal(readFileSync(path, 'utf8'), text);
  });
}

faultOfPart('G05', 'configure replaces the target of a link and keeps the link and the mode', () => {
  const target = fileWith('[profile developer]\n');
  chmodSync(target, 0o640);
  const link = join(root, 'link');
  symlinkSync(target, link);
  const before = process.umask(0o777);
  try {
    writeProfile(link, 'developer', ours);
  } finally {
    process.umask(before);
  }
  assert.ok(lstatSync(link).isSymbolicLink());
  assert.equal(readFileSync(target, 'utf8'), `[profile developer]\n${entries}`);
  assert.equal(statSync(target).mode & 0o777, 0o640);
  assert.deepEqual(readdirSync(join(target, '..')), ['config']);
});
faultOfPart('G05', 'configure creates a missing file with 0600 in a folder with 0700', () => {
  const path = join(root, 'home', '.aws', 'config');
  writeProfile(path, 'default', ours);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(statSync(join(path, '..')).mode & 0o777, 0o700);
  assert.equal(awsGet(path, 'daypass_client_id', 'default'), '0oa1b2c3');
});

for (const program of [
  "/opt/o'brien/daypass",
  'daypass',
  './daypass',
  '/opt/a;b/daypass',
  '/opt/a #b/daypass',
  '/opt/"x"/daypass',
  '/opt/müller/daypass',
]) {
  faultOfPart('G06', `configure refuses the path ${program}`, () => {
    assertRefused(() => lineOf([program], 'developer'), /read in different ways/);
  });
}
for (const program of ['/opt/my tools/daypass', '/opt/$(id) `id` & < | > * (x)/daypass']) {
  faultOfPart('G06', `a shell and the AWS CLI read the path ${program} as it is`, () => {
    const line = lineOf([program], 'developer');
    const words = processWords(line, '/home/me');
    const expected = [program, '--profile', 'developer'];
    assert.deepEqual([words?.split, words?.shell, words?.active], [expected, expected, undefined]);
    const { stdout } = spawnSync('/bin/sh', ['-c', `printf '%s\\n' ${line}`], { encoding: 'utf8' });
    assert.equal(stdout, `${expected.join('\n')}\n`);
  });
}
faultOfPart('G06', 'configure writes a plain path without quotes', () => {
  assert.equal(lineOf(['/usr/local/bin/daypass'], 'developer'), '/usr/local/bin/daypass --profile developer');
});

/** Returns a home and the place of the link in it. */
function homeWithLink(): { home: string; bin: string; link: string } {
  const home = join(root, String(++files));
  const bin = join(home, '.local/bin');
  mkdirSync(bin, { recursive: true });
  return { home, bin, link: join(bin, 'daypass') };
}
const command = ['/opt/my tools/daypass'];
for (const [what, put] of [
  ['a program', (path: string) => writeFileSync(path, '#!/bin/sh\n', { mode: 0o755 })],
  [
    'an older script of configure',
    (path: string) => writeFileSync(path, '#!/bin/sh\n# Made by daypass configure.\n'),
  ],
  ['a folder', (path: string) => mkdirSync(path)],
  ['a link to another program', (path: string) => symlinkSync('/bin/sh', path)],
  ['a link to nothing', (path: string) => symlinkSync('/nowhere/daypass', path)],
] as const) {
  faultOfPart('QP01', `configure does not replace ${what} in the place of its link`, () => {
    const { home, link } = homeWithLink();
    const found = findCommandLink(command, { env: {}, home });
    put(link);
    const before = lstatSync(link);
    for (const env of [{}, { DAYPASS_LAUNCHER: command[0] }])
      assert.match(String(findCommandLink(command, { env, home })), /exists and is another program/);
    // It came after the check.
    assert.ok(typeof found === 'object');
    assertRefused(() => makeCommandLink(found), /cannot make .*: EEXIST/);
    assert.deepEqual([lstatSync(link).ino, lstatSync(link).mode], [before.ino, before.mode]);
  });
}
function groupWritable(bin: string): void {
  chownSync(bin, 0, 54321);
  chmodSync(bin, 0o775);
}
for (const [what, change] of [
  ['all users', (bin: string) => chmodSync(bin, 0o777)],
  ['another group', groupWritable],
] as const) {
  if (change === groupWritable && process.getuid?.() !== 0) continue;
  faultOfPart('QP02', `configure makes no link in a folder that ${what} can change`, () => {
    const { home, bin } = homeWithLink();
    change(bin);
    const reason = findCommandLink(command, { env: {}, home });
    assert.equal(reason, 'other users can change ~/.local/bin');
  });
}
faultOfPart('QP02', 'configure makes no link in a home with a blank, or of another user', () => {
  const home = join(root, 'My Home');
  mkdirSync(home);
  assert.match(String(findCommandLink(command, { env: {}, home })), /has special characters too/);
  if (process.getuid?.() !== 0) return;
  const { home: other } = homeWithLink();
  chownSync(other, 54321, 54321);
  assert.match(String(findCommandLink(command, { env: {}, home: other })), /belongs to another user/);
});
faultOfPart(
  'QP02',
  'configure takes no script for its own that cannot run, or that others can change',
  () => {
    const { home, link } = homeWithLink();
    const env = { DAYPASS_LAUNCHER: command[0] };
    const made = findCommandLink(command, { env, home });
    assert.ok(typeof made === 'object');
    makeCommandLink(made);
    assert.equal(lstatSync(link).mode & 0o022, 0);
    assert.ok(typeof findCommandLink(command, { env, home }) === 'object');
    for (const mode of [0o600, 0o722, 0o720]) {
      chmodSync(link, mode);
      assert.match(String(findCommandLink(command, { env, home })), /exists and is another program/);
    }
  },
);
faultOfPart('QP01', 'configure makes no link in a folder that is a link to nothing', () => {
  for (const place of ['.local/bin', '.local']) {
    const home = join(root, String(++files));
    mkdirSync(dirname(join(home, place)), { recursive: true });
    symlinkSync('/nowhere/at/all', join(home, place));
    assert.equal(
      findCommandLink(command, { env: {}, home }),
      '~/.local/bin/daypass cannot be made: a folder of it is a link to nothing',
    );
  }
});
