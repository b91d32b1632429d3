// Edits odd and hostile AWS config files, and lets AWS clients read the results.
import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { decodeAwsConfigFile } from '../../src/aws-config/parse.ts';
import { writeProfile } from '../../src/aws-config/write.ts';
import { DaypassError } from '../../src/errors.ts';
import { iniClients, type Profiles } from '../support/ini-clients.ts';

const root = mkdtempSync(join(tmpdir(), 'daypass-writer-'));
after(() => rmSync(root, { recursive: true }));

const keys = {
  credential_process: '/usr/local/bin/daypass --profile developer',
  region: 'eu-west-1',
  daypass_issuer: 'https://login.example.com/a%20b',
  daypass_client_id: '0oa1b2c3',
  daypass_role_arn: 'arn:aws:iam::123456789012:role/path/Developer',
  daypass_authorize_params: 'access_type=offline&prompt=consent',
};
const lines = Object.entries(keys).map(([key, value]) => `${key} = ${value}`);
const section = `[profile developer]\n${lines.join('\n')}\n`;

type ClientName = keyof typeof iniClients;
interface OddFile {
  what: string;
  text: string;
  profile?: string;
  /** Clients that could not read the file before either, or not the section of this name. */
  unreadBy?: ClientName[];
}

const big = Array.from(
  { length: 1000 },
  (_, index) =>
    `[profile p${index}]\nregion = us-east-1\nrole_arn = arn:aws:iam::123456789012:role/R${index}\n`,
).join('\n');

const files: OddFile[] = [
  { what: 'an empty file', text: '' },
  { what: 'only a line break', text: '\n' },
  { what: 'only blanks', text: '   \n\t\n' },
  { what: 'only a comment', text: '# nothing here yet\n' },
  { what: 'a comment without a line break', text: '# nothing here yet' },
  { what: 'another profile', text: '[profile other]\nregion = us-east-1\n' },
  { what: 'another profile without a line break at the end', text: '[profile other]\nregion = us-east-1' },
  { what: 'the bare section', text: '[profile developer]\n' },
  { what: 'the bare section without a line break', text: '[profile developer]' },
  { what: 'the section complete', text: section },
  {
    what: 'the section complete, in another order',
    text: `[profile developer]\n${[...lines].reverse().join('\n')}\n`,
  },
  { what: 'other values', text: `[profile developer]\n${lines.join('x\n')}x\noutput = json\n` },
  { what: 'empty values', text: '[profile developer]\nregion =\ndaypass_issuer=\noutput = json\n' },
  { what: 'no blanks around =', text: '[profile developer]\nregion=us-east-1\ndaypass_client_id=old\n' },
  { what: 'tabs around =', text: '[profile developer]\nregion\t=\tus-east-1\n' },
  {
    what: 'blanks at the ends of lines',
    text: '[profile developer]   \nregion = us-east-1   \noutput = json  \n',
  },
  { what: 'keys in capitals', text: '[profile developer]\nREGION = us-east-1\nOutput = json\n' },
  {
    what: 'CRLF',
    text: '[profile other]\r\nregion = us-east-1\r\n\r\n[profile developer]\r\nregion = us-east-1\r\n',
  },
  { what: 'CRLF, and a new section', text: '[default]\r\nregion = us-east-1\r\n' },
  { what: 'CRLF without one at the end', text: '[profile developer]\r\nregion = us-east-1' },
  { what: 'LF with one CRLF', text: '[default]\nregion = us-east-1\r\n[profile developer]\noutput = json\n' },
  {
    what: 'comments of both kinds',
    text: '; a\n# b\n[profile developer] \n# c\nregion = us-east-1\n; d\n\n# e\n[default]\n# f\n',
  },
  {
    what: 'a commented copy of the section',
    text: `# ${lines.join('\n# ')}\n[profile developer]\n# region = old\noutput = json\n`,
  },
  { what: 'a commented header', text: '#[profile developer]\n#region = x\n[default]\nregion = us-east-1\n' },
  { what: 'a comment on the header line', text: '[profile developer] # mine\nregion = us-east-1\n' },
  {
    what: 'something that looks like a comment behind a value',
    text: '[profile developer]\noutput = json ; x # y\n',
  },
  {
    what: 'blank lines within the section',
    text: '[profile developer]\n\nregion = us-east-1\n\n\noutput = json\n\n\n[default]\nx = y\n',
  },
  {
    what: 'a nested block at the end',
    text: '[profile developer]\ns3 =\n  max_concurrent_requests = 20\n  region = nested\n',
  },
  {
    what: 'a nested block in the middle',
    text: '[profile developer]\ns3 =\n    addressing_style = path\noutput = json\n[default]\ns3 =\n  a = b\n',
  },
  {
    what: 'a nested block indented by tabs',
    text: '[profile developer]\ns3 =\n\tsignature_version = s3v4\n\tdaypass_issuer = nested\n',
  },
  {
    what: 'a comment within a nested block',
    text: '[profile developer]\ns3 =\n  # why\n  a = b\noutput = json\n',
  },
  {
    what: 'sections of other kinds',
    text: '[sso-session corp]\nsso_region = us-east-1\nsso_start_url = https://x.example\n[services s]\ndynamodb =\n  endpoint_url = http://127.0.0.1:1\n[plugins]\na = b\n[preview]\ncloudfront = true\n',
  },
  {
    what: 'a section of another kind with our name',
    text: '[sso-session developer]\nregion = us-east-1\n[services developer]\ns3 =\n  a = b\n',
  },
  { what: 'a section with our name and no "profile"', text: '[developer]\nregion = us-east-1\n' },
  {
    what: 'names that begin and end like ours',
    text: '[profile developer2]\nregion = a\n[profile adeveloper]\nregion = b\n[profile developer.x]\nregion = c\n',
  },
  { what: 'a name in other letters', text: '[profile Developer]\nregion = us-east-1\n' },
  {
    what: 'a name in double quotes',
    text: '[profile "developer"]\nregion = us-east-1\n',
  },
  {
    what: 'two blanks in the header',
    text: '[profile  developer]\nregion = us-east-1\n',
  },
  {
    what: 'a tab in the header',
    text: '[profile\tdeveloper]\nregion = us-east-1\n',
  },
  {
    what: 'keys that are indented',
    text: '[profile developer]\n  output = json\n  x = y\n[default]\na = b\n',
  },
  {
    what: 'keys that are indented by tabs, with a nested block',
    text: '[profile developer]\n\toutput = json\n\ts3 =\n\t\ta = b\n',
  },
  {
    what: 'keys that are indented less and less',
    text: '[profile developer]\n    output = json\n  x = y\nz = a\n',
  },
  {
    what: 'our keys alone, indented',
    text: '[profile developer]\n  credential_process = /opt/old\n  region = us-east-1\n',
  },
  {
    what: 'our keys indented, complete',
    text: section.replaceAll(/\n(?=\w)/g, '\n\t'),
  },
  {
    what: 'our keys indented, without a line break at the end',
    text: '[profile developer]\n  output = json\n  region = us-east-1',
  },
  {
    what: 'our keys indented among others',
    text: '[profile developer]\n  credential_process = /opt/old\n  output = json\n  # why\n  region = us-east-1\n  x = y\n\n[default]\n  region = us-east-1\n',
  },
  {
    what: 'a key of ours indented before a nested block',
    text: '[profile developer]\n  region = us-east-1\n  s3 =\n    region = nested\n  x = y\n# end\n',
  },
  {
    what: 'our keys indented deeper than the others below',
    text: '[profile developer]\n    region = us-east-1\n  output = json\nx = y\n',
  },
  {
    what: 'our keys indented, CRLF',
    text: '[profile developer]\r\n  region = us-east-1\r\n  output = json\r\n[default]\r\na = b\r\n',
  },
  { what: 'keys with a colon', text: '[profile developer]\nregion: us-east-1\noutput: json\nx = y\n' },
  {
    what: 'our values with a colon',
    text: `[profile developer]\n${lines.slice(0, 5).join('\n').replaceAll(' = ', ': ')}\n`,
  },
  {
    what: 'our command line, with a second line',
    text: `[profile developer]\n${lines[0]}\n  --log /tmp/x\n\n  --y\noutput = json\n`,
  },
  {
    what: 'keys for all sections',
    text: '[DEFAULT]\nregion = us-east-1\n[profile developer]\noutput = json\n',
  },
  {
    what: 'an indented header, indented keys',
    text: '  [profile developer]\n  output = json\n[default]\n  a = b\n',
  },
  { what: 'a blank before the header', text: '[profile a]\nx = y\n [profile developer]\noutput = json\n' },
  { what: 'blanks within the brackets', text: '[ profile developer ]\noutput = json\n' },
  { what: 'a form feed in a comment', text: '# \f\n[profile developer]\noutput = json\n' },
  {
    what: 'a line separator of Unicode in a value',
    text: '[profile a]\nx = a\u2028b\u0085c\n[profile developer]\noutput = json\n',
  },
  {
    what: 'a header without its end',
    text: '[profile a]\nx = y\n[profile developer\noutput = json\n',
    unreadBy: ['botocore'],
  },
  {
    what: 'a section of another kind twice',
    text: '[sso-session x]\na = b\n[sso-session x]\na = c\n[profile developer]\noutput = json\n',
    unreadBy: ['botocore'],
  },
  {
    what: 'a key before every section',
    text: 'region = us-east-1\n[profile developer]\noutput = json\n',
    unreadBy: ['botocore'],
  },
  {
    what: 'an include that no client supports',
    text: '@include other\n[profile developer]\noutput = json\n',
    unreadBy: ['botocore'],
  },
  { what: 'default', text: '[default]\nregion = us-east-1\n[profile x]\na = b\n', profile: 'default' },
  { what: 'default, not there yet', text: '[profile x]\na = b\n', profile: 'default' },
  { what: 'default as [profile default]', text: '[profile default]\noutput = json\n', profile: 'default' },
  {
    what: 'our section first',
    text: '[profile developer]\noutput = json\n[profile a]\nregion = x\n[default]\nregion = y\n',
  },
  {
    what: 'our section in between',
    text: '[profile a]\nregion = x\n[profile developer]\noutput = json\n[default]\nregion = y\n',
  },
  { what: 'values that look like headers', text: '[profile a]\nx = [profile developer]\ny = [default]\n' },
  {
    what: 'values with = and quotes',
    text: '[profile developer]\nx = a=b=c\ny = "quoted = value"\nz = \'one\'\n',
  },
  { what: 'values with a backslash and %', text: '[profile developer]\nx = C:\\new\\%(y)s %%\n' },
  {
    what: 'letters of other languages',
    text: '# größer 日本語 ‮\n[profile développer]\nx = ü\n[profile developer]\nname = Zoë\n',
  },
  {
    what: 'another credential_process',
    text: '[profile developer]\ncredential_process = "/opt/my tool/x" --a "b c" | cat\noutput = json\n',
  },
  {
    what: 'a name with every letter that may be',
    text: '[profile a.b_c@d:e/f+g-h]\noutput = json\n',
    profile: 'a.b_c@d:e/f+g-h',
  },
  {
    what: 'a thousand profiles',
    text: `${big}\n[profile developer]\noutput = json\n\n${big.replaceAll('[profile p', '[profile q')}`,
  },
  {
    what: 'a line of 100,000 characters',
    text: `[profile a]\nx = ${'y'.repeat(100_000)}\n[profile developer]\noutput = json\n`,
  },
  {
    what: 'a second section of another profile',
    text: '[profile a]\nx = 1\n[profile a]\nx = 2\n[profile developer]\noutput = json\n',
    unreadBy: ['botocore'],
  },
  {
    what: 'a key twice in another profile',
    text: '[profile a]\nx = 1\nx = 2\n[profile developer]\noutput = json\n',
    unreadBy: ['botocore'],
  },
  {
    what: 'a line without = in another profile',
    text: '[profile a]\nnonsense\n[profile developer]\noutput = json\n',
    unreadBy: ['botocore'],
  },
];

/**
 * Returns the text without the lines of our keys and, if they are new, without the header and the blank line
 * above it.
 */
function others(text: string, profile: string): string {
  const header =
    profile === 'default'
      ? /^\s*\[(profile )?default\]/
      : new RegExp(`^\\s*\\[\\s*profile\\s+"?${profile.replace(/[.+]/g, '\\$&')}"?\\s*\\]`);
  let within = false;
  let isOurs = false;
  let indent = Number.POSITIVE_INFINITY;
  const kept = text.split(/(?<=\n)/).filter((line) => {
    if (/^\s*([#;]|$)/.test(line)) return true;
    const own = line.search(/\S/);
    // The rest of a value, or a block.
    if (own > indent) return !isOurs;
    if (/^\s*\[/.test(line)) {
      within = header.test(line);
      indent = Number.POSITIVE_INFINITY;
      return !within;
    }
    indent = own;
    const key = /^\s*(\w+)\s*[=:]/.exec(line)?.[1]?.toLowerCase();
    isOurs = within && key !== undefined && key in keys;
    return !isOurs;
  });
  // A line break that the last line lacked, and the blank line before a new section.
  return kept.join('').replace(/[\r\n]+$/, '');
}

/** Compares without quotes and blanks, which some clients read as a part of the name. */
function isProfile(name: string, profile: string): boolean {
  return (
    name
      .trim()
      .replace(/^profile\s+/, '')
      .replaceAll(/["\s]/g, '') === profile
  );
}

function isWritten(profiles: Profiles, profile: string): boolean {
  const found = profiles?.[profile];
  return Object.entries(keys).every(([key, value]) => found?.[key] === value);
}

suite('odd files', () => {
  const paths = files.map((_, index) => ({
    before: join(root, `${index}.before`),
    after: join(root, `${index}.after`),
  }));
  const read = {} as Record<ClientName, { before: Profiles[]; after: Profiles[] }>;

  before(async () => {
    for (const [index, { text, profile = 'developer' }] of files.entries()) {
      const { before: old, after: edited } = paths[index] ?? assert.fail();
      for (const path of [old, edited]) writeFileSync(path, text);
      writeProfile(edited, profile, keys);
    }
    for (const name of Object.keys(iniClients) as ClientName[]) {
      read[name] = {
        before: await iniClients[name](paths.map(({ before: path }) => path)),
        after: await iniClients[name](paths.map(({ after: path }) => path)),
      };
    }
  });

  test('there are at least 40', () => assert.ok(files.length >= 40));

  for (const [index, { what, text, profile = 'developer', unreadBy = [] }] of files.entries()) {
    test(`${what}: our keys are correct, every other byte is unchanged, and AWS clients read both files`, () => {
      const { after: path } = paths[index] ?? assert.fail();
      const edited = readFileSync(path, 'utf8');
      assert.equal(others(edited, profile), others(text, profile));
      assert.equal(writeProfile(path, profile, keys), false, 'the second time there is nothing to do');
      for (const key of Object.keys(keys)) assert.match(edited, new RegExp(`^${key} = `, 'm'));
      // The new lines end as the others of the file do.
      if (/\r\n/.test(text) && !/[^\r]\n/.test(text)) assert.doesNotMatch(edited, /[^\r]\n/);
      for (const name of Object.keys(iniClients) as ClientName[]) {
        const old = read[name].before[index];
        const now = read[name].after[index];
        assert.equal(
          isWritten(now, profile),
          !unreadBy.includes(name),
          `${name}: ${JSON.stringify(now?.[profile])}`,
        );
        const theOthers = (client: Profiles) =>
          Object.entries(client ?? {}).filter(([found]) => !isProfile(found, profile));
        assert.deepEqual(theOthers(now), theOthers(old), `${name}: other profiles`);
        // If a client cannot read the file now, it could not read it before.
        if (now === undefined) assert.equal(old, undefined, name);
        if (name === 'botocore') {
          const refusals = decodeAwsConfigFile(readFileSync(path)).refusals;
          assert.equal(refusals.length > 0, now === undefined, JSON.stringify(refusals));
        }
        // Other keys keep their values. Ruby reads indented lines directly below the header as a block without a name.
        const mine = Object.entries(old?.[profile] ?? {}).filter(
          ([key]) => key !== '' && !(key.toLowerCase() in keys),
        );
        for (const [key, value] of mine) assert.deepEqual(now?.[profile]?.[key], value, `${name}: ${key}`);
      }
    });
  }
});

const refused: [what: string, text: string | Buffer, fault: RegExp][] = [
  ['something behind our header', '[profile developer] x = y\n', /refused:1: something follows/],
  ['a byte order mark', '\ufeff[default]\nregion = us-east-1\n', /refused:1: a byte order mark/],
  ['UTF-16', Buffer.from('\ufeff[default]\nregion = us-east-1\n', 'utf16le'), /refused:1: UTF-16/],
  ['UTF-16, big-endian', Buffer.from('\ufeff[default]\n', 'utf16le').swap16(), /refused:1: UTF-16/],
  ['a NUL byte', '[default]\nregion = us-east-1\0\n', /refused:2: a NUL byte/],
  ['UTF-16 without a mark', Buffer.from('[default]\n', 'utf16le'), /refused:1: a NUL byte/],
  [
    'our section twice',
    '[profile developer]\na = b\n[profile developer]\nc = d\n',
    /refused:3: a second \[profile developer\]/,
  ],
  [
    'our section twice, once in quotes',
    '[profile developer]\n[profile "developer"]\n',
    /refused:2: a second/,
  ],
  [
    'an indented section below our last key',
    '[profile developer]\n  output = json\n  [default]\n  a = b\n',
    /refused:3: an indented section/,
  ],
  ['a key twice', '[profile developer]\nregion = a\nREGION = b\n', /refused:3: a second region/],
  ['a line without =', '[profile developer]\nregion\n', /refused:2: not a "key = value"/],
  [
    'a key of ours that goes on in the next line',
    '[profile developer]\ndaypass_issuer =\n  https://x.example\n',
    /refused:3: belongs to daypass_issuer/,
  ],
];
for (const [what, text, fault] of refused) {
  test(`${what}: the error names the line, and the file is unchanged`, () => {
    const path = join(root, 'refused');
    writeFileSync(path, text);
    assert.throws(
      () => writeProfile(path, 'developer', keys),
      (error) => error instanceof DaypassError && error.exitCode === 65 && fault.test(error.message),
    );
    assert.deepEqual(readFileSync(path), Buffer.from(text));
  });
}

test('an old value is removed with its continuation lines', () => {
  const path = join(root, 'continued');
  const text = '[profile developer]\ncredential_process = /opt/x\n  --profile y\n\t--more\noutput = json\n';
  writeFileSync(path, text);
  writeProfile(path, 'developer', { credential_process: keys.credential_process });
  assert.equal(readFileSync(path, 'utf8'), `[profile developer]\n${lines[0]}\noutput = json\n`);
});

/** Only root can change the owner of a file, and its own user. */
const asRoot = { skip: process.getuid?.() !== 0 && 'root alone can give a file to others' };

/** Creates a file of this owner and mode in a folder of this owner. */
function fileOf(uid: number, gid: number, mode: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-writer-'));
  after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'config');
  writeFileSync(path, '');
  chmodSync(path, mode);
  chownSync(path, uid, gid);
  chownSync(folder, uid, gid);
  return path;
}

function ownerOf(path: string): [uid: number, gid: number, mode: number] {
  const { uid, gid, mode } = statSync(path);
  return [uid, gid, mode & 0o777];
}

for (const [uid, gid, mode] of [
  [0, 1234, 0o660],
  [1234, 1234, 0o640],
  [1234, 0, 0o600],
] as const) {
  test(`a file of ${uid}:${gid} keeps its owner when root writes it`, asRoot, () => {
    const path = fileOf(uid, gid, mode);
    assert.ok(writeProfile(path, 'developer', keys));
    assert.deepEqual(ownerOf(path), [uid, gid, mode]);
  });
}

test('a user outside the group can write a file only if the group has no rights of its own', asRoot, () => {
  const [plain, shared] = [fileOf(1234, 0, 0o644), fileOf(1234, 0, 0o660)];
  const groups = process.getgroups?.() ?? [];
  process.setgroups?.([]);
  process.setegid?.(1234);
  process.seteuid?.(1234);
  try {
    assert.ok(writeProfile(plain, 'developer', keys));
    assert.throws(
      () => writeProfile(shared, 'developer', keys),
      (error) => error instanceof DaypassError && /EPERM/.test(error.message),
    );
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
    process.setgroups?.(groups);
  }
  assert.deepEqual(ownerOf(plain), [1234, 1234, 0o644]);
  assert.deepEqual([readFileSync(shared, 'utf8'), ...ownerOf(shared)], ['', 1234, 0, 0o660]);
  assert.deepEqual(readdirSync(join(shared, '..')), ['config']);
});
