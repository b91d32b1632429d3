/** Files that daypass must refuse, with the line that the error names and a part of its text. */
export interface HostileFile {
  /** The case of docs/threats.md. */
  id: string;
  what: string;
  content: string | Buffer;
  line: number;
  told: RegExp;
}

type Untried = Omit<HostileFile, 'id'>;

const head = '# Our profiles\n[profile dev]\ndaypass_issuer = https://login.example.com\n';

/** Returns a file whose fourth line is this one. */
const withLine = (line: string) => `${head}${line}\nregion = eu-west-1\n`;

const key = (line: string, told: RegExp): Untried => ({
  what: line.split('\n', 1).join().slice(0, 60),
  content: withLine(line),
  line: 4,
  told,
});

const json = (what: string, content: string, line: number, told: RegExp): Untried => ({
  what: `JSON: ${what}`,
  content,
  line,
  told,
});

const program = /it runs a program/;
const elsewhere = /it could send tokens elsewhere/;
const secret = /it is a secret/;
const machine = /a choice of each person or machine/;
const other = /another way to get credentials/;

/** Keys that run a program. The one that this names would leave a file. */
const programKeys: readonly Untried[] = [
  key('credential_process = touch executed', program),
  key('CREDENTIAL_PROCESS = touch executed', program),
  key('daypass_browser = touch executed', program),
];

/** Other keys that a team's file must not have. */
const refusedKeys: readonly Untried[] = [
  key('daypass_sts_endpoint = https://evil.example', elsewhere),
  key('endpoint_url = https://evil.example', elsewhere),
  key('ca_bundle = /tmp/evil.pem', elsewhere),
  key('services = evil', elsewhere),
  key('daypass_client_secret = hunter2', secret),
  key('aws_secret_access_key = hunter2', secret),
  key('daypass_log = /home/ada/.bashrc', machine),
  key('daypass_store = file', machine),
  key('daypass_policy = /etc/policy.json', /it names a file of the machine/),
  key('daypass_timeout = 1', machine),
  key('daypass_from = https://evil.example/team.conf', /daypass writes it itself/),
  key('role_arn = arn:aws:iam::123456789012:role/Admin', /write daypass_role_arn/),
  key('source_profile = admin', /write daypass_source_profile/),
  key('sso_start_url = https://evil.example', other),
  key('web_identity_token_file = /etc/passwd', other),
  key('s3 =\n  endpoint_url = https://evil.example', /s3 is not allowed/),
  key('daypass_isuer = https://evil.example', /did you mean daypass_issuer\?/),
  key('__proto__ = x', /__proto__ is not allowed/),
];

/** Values that an allowed key must not have. */
const refusedValues: readonly Untried[] = [
  key('daypass_client_id =', /has no value/),
  key('daypass_client_id = 0oa1\u200bb2', /U\+200B \(zero width space\): write 0oa1b2/),
  key('daypass_role_arn = arn:aws:iam::123456789012:user/x', /must look like arn:aws:iam/),
  key('daypass_duration = 99999999', /must be 900 to 43200 seconds/),
  key('daypass_redirect_host = evil.example', /must be 127\.0\.0\.1 or localhost/),
  key('daypass_redirect_path = /../..', /must look like \/callback/),
  key('daypass_authorize_params = redirect_uri=https://evil.example', /must not set redirect_uri/),
  key('daypass_authorize_params = Redirect_URI=https://evil.example', /must not set Redirect_URI/),
  key('daypass_authorize_params = web_message_uri=https://evil.example', /who gets the answer/),
  key('daypass_authorize_params = request_uri=https://evil.example', /must not set request_uri/),
  key(`daypass_scopes = ${'a '.repeat(5000)}b`, /at most 8192 characters/),
  key('daypass_client_id = [profile]', /must not contain \[ and \]/),
  key('daypass_client_id = a"b', /must close its quotes/),
  key('output = $(id)', /output must be json or yaml/),
  key('daypass_source_profile = default', /must name a profile of this file/),
  key('daypass_source_profile = dev', /leads back to itself/),
];

/** Lines that AWS clients read differently, or none of them reads. */
const refusedLines: readonly Untried[] = [
  key('output: json', /write "key = value"/),
  {
    what: 'a continuation line',
    content: withLine('  output = json'),
    line: 3,
    told: /daypass_issuer must have its value on one line/,
  },
  {
    what: 'a block',
    content: withLine('output =\n  credential_process = /tmp/evil'),
    line: 4,
    told: /output must have its value on one line/,
  },
  key('nonsense', /not a "key = value"/),
  key('daypass_issuer = https://evil.example', /a second daypass_issuer/),
  { what: 'a key before a section', content: 'region = x\n[profile a]\n', line: 1, told: /before the first/ },
  { what: 'a bare CR', content: 'a\rb\n', line: 1, told: /before the first/ },
  {
    what: 'a bare CR that hides a key',
    content: `${head}region = eu-west-1\rcredential_process = /tmp/evil\n`,
    line: 4,
    told: /ends in CR alone/,
  },
];

/** Sections that are not a profile of a team. */
const refusedSections: readonly Untried[] = [
  key('[default]', /must not set \[default\]/),
  key('[DEFAULT]', /not a section of a profile/),
  key('[other]', /not a section of a profile: write \[profile NAME\]/),
  key('[sso-session evil]', /not a section of a profile/),
  key('[profile dev]', /a second \[profile dev\]/),
  key('[profile DEV]', /a second profile DEV \(the first is in line 2/),
  key('[profile "$(id)"]', /the profile name must be|write \[profile/),
  key('[profile ../../x y]', /not a section of a profile/),
  key('[profile d\u0435v]', /U\+0435 \(Cyrillic, looks like e\)/),
  key('[profile Default]', /must not set \[default\]/),
  key(`[profile ${'a'.repeat(129)}]`, /the profile name must be 1 to 128/),
  key('[profile', /has no closing \]/),
];

/** Contents that are no team's file at all. */
const refusedContents: readonly Untried[] = [
  { what: 'nothing', content: '', line: 1, told: /no profile/ },
  { what: 'comments alone', content: '# a\n# b\n', line: 1, told: /no profile/ },
  { what: 'a web page', content: '\n<!doctype html>\n', line: 1, told: /a web page/ },
  { what: 'a byte order mark', content: `\uFEFF${head}`, line: 1, told: /a byte order mark/ },
  { what: 'UTF-16', content: Buffer.from(`\uFEFF${head}`, 'utf16le'), line: 1, told: /UTF-16/ },
  { what: 'Latin-1', content: Buffer.from(`${head}# \xe9\n`, 'latin1'), line: 4, told: /not UTF-8/ },
  { what: 'a NUL byte', content: `${head}region = a\0b\n`, line: 4, told: /a NUL byte/ },
  { what: 'a million lines', content: '\n'.repeat(1_000_000), line: 50_000, told: /more than 50000 lines/ },
  {
    what: '2,001 profiles',
    content: Array.from({ length: 2001 }, (_, index) => `[profile p${index}]\n`).join(''),
    line: 2001,
    told: /more than 2000 profiles/,
  },
  {
    what: 'a circle of source profiles',
    content: '[profile a]\ndaypass_source_profile = b\n[profile b]\ndaypass_source_profile = a\n',
    line: 2,
    told: /leads back to itself/,
  },
];

const refusedJson: readonly Untried[] = [
  json('not closed', '{"profiles": {\n"a": {}\n', 3, /\} must follow/),
  json('text after the end', '{"profiles": {"a": {}}}\n{}', 2, /after the end/),
  json('a second profiles', '{"profiles": {"a": {}},\n"profiles": {"b": {}}}', 2, /a second profiles/),
  json('a second profile', '{"profiles": {"a": {},\n"a": {}}}', 2, /a second a in profiles/),
  json('names by their case', '{"profiles": {"a": {},\n"A": {}}}', 2, /a second profile A/),
  json(
    'a second key, spelled otherwise',
    '{"profiles": {"a": {"region": "eu-west-1",\n"r\\u0065gion": "us-east-1"}}}',
    2,
    /a second region/,
  ),
  json('another member', '{"run": "evil",\n"profiles": {"a": {}}}', 1, /run is not known here/),
  json('__proto__', '{"profiles": {"a": {\n"__proto__": {"region": "x"}}}}', 2, /must be a text/),
  json('__proto__ as profile', '{"profiles": {\n"__proto__": {"region": "x"}}}', 2, /must look like/),
  json('a program', '{"profiles": {"a": {\n"credential_process": "evil"}}}', 2, program),
  json('a list', '{"profiles": {"a": {\n"daypass_policy_arns": ["x"]}}}', 2, /a list/),
  json('null', '{"profiles": {"a": {\n"region": null}}}', 2, /must be a text/),
  json('true', '{"profiles": {"a": {\n"region": true}}}', 2, /must be a text/),
  json(
    'a line break',
    '{"profiles": {"a": {\n"region": "a\\nevil = b"}}}',
    2,
    /must have its value on one line/,
  ),
  json('a raw line break', '{"profiles": {"a": {\n"region": "a\nb"}}}', 2, /without its closing/),
  json('an unknown escape', '{"comment": "\\x41"}', 1, /a backslash/),
  json('profiles as a text', '{"profiles": "a"}', 1, /profiles must be an object/),
  json('a comment that is none', '{"comment": 1, "profiles": {"a": {}}}', 1, /comment must be a text/),
  json('a name with a line break', '{"profiles": {\n"a]\\n[default": {}}}', 2, /the profile name must be/),
  json('many levels', `{"profiles": ${'{"a":'.repeat(100_000)}`, 1, /too many levels/),
  json('no profiles', '{"profiles": {}}', 1, /no profile/),
];

/** Returns the files with the case that they try. */
function of(id: string, files: readonly Untried[]): HostileFile[] {
  return files.map((file) => ({ id, ...file }));
}

export const hostileFiles: readonly HostileFile[] = [
  ...of('WT01', programKeys),
  ...of('WT02', refusedKeys),
  ...of('WT03', refusedValues),
  ...of('WT04', refusedLines),
  ...of('WT05', refusedSections),
  ...of('WT06', refusedContents),
  ...of('WT07', refusedJson),
];
