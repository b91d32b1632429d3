// Settings, command line and environment are wrong or unusual: cases G01, G02, G04 and G07 to G19 of
// docs/threats.md. test/faults/configure.test.ts tries the file that `configure` edits.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { suite } from 'node:test';
import { assertVersion1 } from '../support/credentials-format.ts';
import { failingFiles } from '../support/failing-files.ts';
import { later } from '../support/other-clock.ts';
import { daypassCommand } from '../support/sandbox.ts';
import { type Case, type FaultStage, fault, faults, notApplicable, type Stimulus, signIn } from './fault.ts';
import { inShell } from './in-shell.ts';

/** The call fails before any request and without a tab. */
const early: Case = { tabs: 0, tokenRequests: 0, ends: true };
/** The call uses a session and does not change it. */
const untouched: Case = { session: true, tokenRequests: 0 };

suite('settings, arguments and environment are wrong or unusual', { concurrency: 4 }, () => {
  settingsAreRefused();
  commandLinesAreRefused();
  filesAreRead();
  surroundingsAreOdd();
  outputsAreOdd();
  clientsAreServed();
});

function settingsAreRefused(): void {
  const refused = (id: string, what: string, key: string, value: string, text: RegExp): Stimulus => [
    id,
    `daypass refuses ${what}`,
    {
      ...{ ...early, error: 'bad-configuration', text },
      arrange: ({ sandbox, config }) => sandbox.writeConfig(config({ [key]: value })),
    },
  ];
  const role = (what: string, value: string) =>
    refused('G01', `a role with ${what}`, 'daypass_role_arn', value, /daypass_role_arn|partition/);
  faults('roles', [
    role('no ARN', 'DeveloperAccess'),
    role('another service', 'arn:aws:s3:::bucket'),
    role('a user', 'arn:aws:iam::123456789012:user/ada'),
    role('a short account', 'arn:aws:iam::12345:role/x'),
    role('a blank', 'arn:aws:iam::123456789012:role/a b'),
    role('markup', 'arn:aws:iam::123456789012:role/<b>x</b>'),
    role('an unknown partition', 'arn:aws-moon:iam::123456789012:role/x'),
  ]);
  fault('G01', 'daypass refuses a role with a line break', {
    ...{ ...early, error: 'bad-configuration', text: /DAYPASS_ROLE_ARN/ },
    act: (stage) => stage.daypass([], { DAYPASS_ROLE_ARN: 'arn:aws:iam::123456789012:role/x\nevil' }),
  });
  faults(
    'durations',
    ['1', '899', '43201', 'NaN', '3600.5', '-3600', '1e4', '٣٦٠٠'].map((value) =>
      refused(
        'G12',
        `daypass_duration = ${value}`,
        'daypass_duration',
        value,
        /900 to 43200|without U\+0663/,
      ),
    ),
  );
  fault('G14', 'daypass requests openid if the scopes lack it', {
    keys: { daypass_scopes: 'email offline_access' },
    inspect: ({ provider }) => {
      const [request = ''] = provider.requests.filter((path) => path.startsWith('/authorize'));
      assert.match(new URL(request, provider.issuer).searchParams.get('scope') ?? '', /^openid email/);
    },
  });
  fault('G10', 'daypass refuses NODE_TLS_REJECT_UNAUTHORIZED=0', {
    ...{ ...early, error: 'unsafe-environment', text: /AWS_CA_BUNDLE/ },
    act: (stage) => stage.daypass([], { NODE_TLS_REJECT_UNAUTHORIZED: '0' }),
  });
}

function commandLinesAreRefused(): void {
  const run = (args: string[]) => (stage: FaultStage) => stage.sandbox.run(args);
  const names: [what: string, name: string][] = [
    ['a bracket', 'a]b'],
    ['a quote', `a'b"`],
    ['CR', 'a\rb'],
    ['LF', 'a\nb'],
    ['$()', '$(touch x)'],
    ['other letters', 'prófil'],
    ['direction marks', 'a\u202eb'],
    ['300 characters', 'a'.repeat(300)],
    ['nothing', ''],
  ];
  faults(
    'profile names',
    names.map(([what, name]) => [
      'G02',
      `daypass refuses a profile name with ${what}`,
      { ...early, error: 'usage', act: run(['--profile', name]) },
    ]),
  );
  const secret = 'a-client-secret-on-argv';
  fault('G07', 'daypass refuses a client secret as argument and does not repeat it', {
    ...{ ...early, error: 'usage', text: /DAYPASS_CLIENT_SECRET/ },
    arrange: ({ provider }) => provider.secrets.add(secret),
    act: run(['--profile', 'developer', '--client-secret', secret]),
    // The caller itself wrote the secret on the command line.
    inspect: ({ provider }) => provider.secrets.delete(secret),
  });
  faults(
    'command lines',
    [
      ['--nope'],
      ['fly'],
      ['login', 'again', 'twice'],
      ['--profile'],
      ['status', '--force'],
      ['--timeout', 'x'],
      ['--'],
    ].map(
      (args): Stimulus => [
        'G08',
        `daypass refuses the arguments ${args.join(' ')}`,
        {
          ...{ ...early, error: args[0] === '--timeout' ? 'bad-configuration' : 'usage' },
          act: run(args[0] === '--timeout' ? ['--profile', 'developer', ...args] : args),
        },
      ],
    ),
  );
  fault('G08', 'daypass without arguments reports the missing default profile', {
    ...{ ...early, error: 'bad-configuration' },
    act: run([]),
  });
  for (const [flag, prints] of [
    ['--help', /^Usage: daypass|daypass .*\n/],
    ['--version', /^daypass \d+\.\d+\.\d+\n$/],
  ] as const) {
    fault('G09', `${flag} prints no JSON where a client runs daypass`, {
      ...{ ...untouched, prints },
      act: (stage) => stage.daypass([flag]),
      inspect: (_stage, { stdout }) => assert.throws(() => JSON.parse(stdout)?.Version ?? assert.fail()),
    });
  }
}

function filesAreRead(): void {
  const configFile = ({ sandbox }: FaultStage) => join(sandbox.home, '.aws', 'config');
  const read = (what: string, change: (text: string) => string, more: Case = {}): Stimulus => [
    'G04',
    `daypass reads a config file with ${what}`,
    {
      ...more,
      act: async (stage) => {
        const text = change(stage.config({ daypass_log: '~/daypass.log' }));
        stage.sandbox.writeConfig(text);
        const call = await signIn(stage);
        assert.equal(readFileSync(configFile(stage), 'utf8'), text, 'it is only read');
        return call;
      },
    },
  ];
  const unread: Case = { ...early, error: 'bad-configuration' };
  faults('config files', [
    read('CRLF', (text) => text.replaceAll('\n', '\r\n')),
    read('no line break at its end', (text) => text.trimEnd()),
    read('comments and blank lines', (text) => `# one\n\n; two\n${text.replaceAll('\n', '\n\n# more\n')}`),
    read('nested keys', (text) => `${text}s3 =\n  max_concurrent_requests = 20\n  daypass_issuer = x\n`),
    read('other sections', (text) => `[default]\nx = y\n${text}[sso-session a]\nb = c\n[plugins]\n`),
    read('tabs and blanks around', (text) => text.replaceAll(' = ', '\t=   ')),
  ]);
  const [id, what, given] = read('a byte order mark', (text) => `\ufeff${text}`, unread);
  fault(id, what, given);
  fault('G04', 'daypass reads a config file through a link and keeps the link', {
    act: async (stage) => {
      const target = join(stage.sandbox.home, 'dotfiles');
      renameSync(configFile(stage), target);
      symlinkSync(target, configFile(stage));
      const call = await signIn(stage);
      assert.ok(lstatSync(configFile(stage)).isSymbolicLink());
      return call;
    },
    files: /^dotfiles$/,
  });
  fault('G13', 'daypass reads no files of the working directory', {
    ...untouched,
    act: async (stage) => {
      const directory = join(stage.sandbox.home, '..', 'project');
      mkdirSync(join(directory, '.aws'), { recursive: true });
      const evil = stage.config({ daypass_issuer: 'https://evil.example', daypass_browser: '/bin/false' });
      for (const name of ['.aws/config', 'config', '.daypass']) writeFileSync(join(directory, name), evil);
      writeFileSync(join(directory, '.env'), 'DAYPASS_ISSUER=https://evil.example\n');
      return stage.sandbox.run(['--profile', 'developer'], { cwd: directory });
    },
  });
  notApplicable(
    'G13',
    'other users who may write AWS_CONFIG_FILE can run any program through credential_process, so a check would not help',
  );
}

function surroundingsAreOdd(): void {
  const loud = { NODE_DEBUG: 'http,tls,net,fetch', DEBUG: '*' };
  fault('G11', 'DEBUG and NODE_DEBUG=fetch,undici print nothing of a renewal', {
    session: true,
    act: (stage) => {
      stage.hour += 3;
      const env = { ...later(`+${stage.hour}h`), DEBUG: '*', NODE_DEBUG: 'fetch,undici,http,https,tls' };
      return stage.daypass(['--non-interactive'], env);
    },
  });
  fault('G11', 'NODE_DEBUG=net prints no secret', {
    ...untouched,
    act: async (stage) => {
      const call = await stage.daypass([], loud);
      return { ...call, stderr: call.stderr.replace(/^[A-Z]+ \d+: .*\n/gm, '') };
    },
  });
  fault('G15', 'daypass leaves the data on stdin for the next reader', {
    ...untouched,
    act: async (stage) => {
      const input = 'somebody’s data\n'.repeat(1000);
      const { stdout, ...rest } = await inShell(stage, '"$@" > out; cat', input);
      assert.equal(stdout, input);
      return { ...rest, stdout: readFileSync(join(stage.sandbox.home, 'out'), 'utf8') };
    },
    // The case itself wrote credentials to this file.
    inspect: ({ sandbox }) => writeFileSync(join(sandbox.home, 'out'), ''),
    files: /^out$/,
  });
  const works = (what: string, env: Record<string, string>): Stimulus => [
    'G17',
    `a hit works with ${what}`,
    { ...untouched, act: (stage) => stage.daypass([], env) },
  ];
  faults('environments', [
    works('LANG=C', { LANG: 'C', LC_ALL: 'C' }),
    works('TERM=dumb', { TERM: 'dumb' }),
    works('no PATH', { PATH: '' }),
    works('wide letters', { LANG: 'zh_CN.GB18030' }),
  ]);
  fault('G17', 'daypass refuses a relative HOME', {
    ...{ ...early, error: 'bad-configuration', text: /HOME/ },
    act: async (stage) => {
      const { home } = stage.sandbox;
      const call = await stage.daypass([], { HOME: 'home' });
      assert.equal(stage.sandbox.home, home);
      return call;
    },
  });
  fault('G17', 'the hint says to make HOME writable', {
    ...{ ...early, error: 'io', text: /EACCES\nhint: make it writable/ },
    act: (stage) => stage.daypass([], failingFiles(join(stage.sandbox.home, '.local'), 'EACCES')),
  });
  fault('G17', 'the hint has the command if there is no terminal and no desktop', {
    ...{ ...early, error: 'sign-in-needed', text: /hint: run: daypass login --profile developer/ },
    act: (stage) => {
      const config = stage.config({ daypass_log: '~/daypass.log' }).replace(/^daypass_browser.*\n/m, '');
      stage.sandbox.writeConfig(config);
      return stage.daypass();
    },
  });
  fault('G18', "a person's name is printed with wide letters and without direction marks", {
    arrange: ({ provider }) => {
      provider.token = (form) =>
        provider.tokens(form, { claims: { email: 'أحمد\u202e\u2066王小明@example.com' } });
    },
    inspect: async (stage, { seen }) => {
      const { stdout } = await stage.daypass(['status']);
      for (const text of [stdout, seen?.pages ?? '']) {
        assert.match(text, /أحمد.*王小明@example\.com/);
        assert.doesNotMatch(text, /[\u202a-\u202e\u2066-\u2069]/);
      }
    },
  });
}

function outputsAreOdd(): void {
  const unread = (what: string, script: string, codes: RegExp): Stimulus => [
    'G16',
    `daypass prints the line or fails with ${what}`,
    {
      ...untouched,
      act: async (stage) => {
        const { stderr } = await inShell(stage, `{ ${script}; } 2> err; echo $? > code`);
        assert.match(readFileSync(join(stage.sandbox.home, 'code'), 'utf8'), codes);
        assert.equal(stderr, '');
        // The oracles judge a normal call afterwards.
        return stage.daypass();
      },
      files: /^(err|code)$/,
    },
  ];
  faults('stdout cannot be written', [
    unread('/dev/full', '"$@" > /dev/full', /^74\n$/),
    // Node opens /dev/null in its place, which accepts every write.
    unread('stdout closed', '"$@" >&-', /^0\n$/),
    unread('stdout and stderr closed', '"$@" >&- 2>&-', /^0\n$/),
  ]);
  fault('G16', 'daypass fails if the reader of stdout has ended', {
    ...untouched,
    act: async (stage) => {
      const { stderr } = await inShell(stage, '{ sleep 1; "$@"; echo $? > code; } | true');
      assert.equal(stderr, '');
      assert.equal(readFileSync(join(stage.sandbox.home, 'code'), 'utf8'), '1\n');
      return stage.daypass();
    },
    files: /^code$/,
  });
  fault('G16', 'daypass writes the whole line to a full pipe with a slow reader', {
    ...untouched,
    act: async (stage) => {
      const script = '{ head -c 65536 /dev/zero | tr "\\0" " "; "$@"; } | { sleep 2; cat; }';
      const { stdout, ...rest } = await inShell(stage, script);
      assert.equal(stdout.length > 65_536, true);
      return { ...rest, stdout: stdout.slice(65_536) };
    },
  });
  fault('G16', 'daypass works with closed stdin', {
    ...untouched,
    act: (stage) => inShell(stage, 'exec "$@" <&-'),
  });
}

function clientsAreServed(): void {
  const withProcess = (stage: FaultStage) => {
    const text = `${stage.config({ daypass_log: '~/daypass.log' })}credential_process = ${daypassCommand} --profile developer\n`;
    stage.sandbox.writeConfig(text);
  };
  const exported = ['configure', 'export-credentials', '--profile', 'developer', '--format', 'process'];
  fault('G19', 'botocore (AWS CLI) accepts the output', {
    ...untouched,
    act: async (stage) => {
      withProcess(stage);
      const own = await stage.daypass();
      const { code, stdout } = await stage.sandbox.runAws(exported);
      assert.equal(code, 0);
      assert.equal(JSON.parse(stdout).SecretAccessKey, assertVersion1(own.stdout).SecretAccessKey);
      return own;
    },
  });
  fault('G19', 'botocore relays the error text', {
    ...{ ...early, error: 'sign-in-needed' },
    act: async (stage) => {
      withProcess(stage);
      const env = { DAYPASS_NON_INTERACTIVE: 'true' };
      const { code, stderr } = await stage.sandbox.runAws(exported, env);
      assert.notEqual(code, 0);
      assert.match(stderr, /daypass: sign-in-needed: .*\s*hint: run: daypass login/);
      return stage.daypass([], env);
    },
  });
  fault('G19', 'the AWS SDK for JavaScript accepts the output', {
    ...untouched,
    act: async (stage) => {
      withProcess(stage);
      const own = await stage.daypass();
      const module = createRequire(import.meta.url).resolve('@aws-sdk/credential-provider-process');
      const program = `require(${JSON.stringify(module)}).fromProcess({ profile: 'developer' })().then((found) => console.log(JSON.stringify(found)))`;
      const child = spawn(process.execPath, ['-e', program], {
        cwd: stage.sandbox.home,
        env: stage.sandbox.env,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let stdout = '';
      child.stdout.on('data', (chunk) => {
        stdout += chunk;
      });
      await once(child, 'close');
      const found = JSON.parse(stdout);
      const wanted = assertVersion1(own.stdout);
      assert.deepEqual(
        [found.accessKeyId, found.secretAccessKey, found.sessionToken, found.accountId],
        [wanted.AccessKeyId, wanted.SecretAccessKey, wanted.SessionToken, wanted.AccountId],
      );
      return own;
    },
  });
  notApplicable(
    'G19',
    'Go, Java and Terraform are not on this machine; botocore and the JavaScript SDK are tried',
  );
}
