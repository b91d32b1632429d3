// A whole session as a person has it on Windows: Node and npm in their usual folders, a user whose name is not ASCII.
// The steps follow one another. Provider and STS run in Linux, on the same loopback.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { findSecrets } from '../support/canary.ts';
import { assertVersion1 } from '../support/credentials-format.ts';
import { type IdentityProvider, startIdentityProvider } from '../support/identity-provider.ts';
import { startLocalFederation } from '../support/local-federation.ts';
import { type LocalSts, startLocalSts } from '../support/local-sts.ts';
import { logged } from '../support/logging-stage.ts';
import { roleArn } from '../support/stage.ts';
import { until } from '../support/until.ts';
import { step } from './record.ts';
import {
  home,
  lacking,
  node,
  openWindows,
  program,
  repository,
  type Windows,
  type WindowsResult,
} from './windows.ts';

let windows: Windows;
let provider: IdentityProvider;
let sts: LocalSts;

before(async () => {
  [windows, provider] = await Promise.all([openWindows(), startIdentityProvider({ idTokenTtl: 60 })]);
  const { issuer, jwksUri, clientId } = provider;
  sts = await startLocalSts({ trust: [{ roleArn, issuer, jwksUri, audience: clientId }] });
});

after(async () => {
  await Promise.all([windows?.close(), provider?.stop(), sts?.stop()]);
});

const daypass = (...args: string[]) => windows.run([node, program, ...args, '--profile', 'developer']);
const start = () => windows.start([node, program, '--profile', 'developer']);
const callers = (count: number) => Promise.all(Array.from({ length: count }, () => daypass()));
const log = (name: string) =>
  logged({ sandbox: { home: windows.home } } as Parameters<typeof logged>[0], name);

/** What the provider and STS were asked for. */
const costs = () => {
  const { authorization: tabs, refresh: refreshes, reuse } = provider.counts;
  return { tabs, refreshes, reuse, sts: sts.calls.length };
};

/** Returns what `act` cost. */
async function costOf(act: () => Promise<unknown>): Promise<ReturnType<typeof costs>> {
  const old = costs();
  await act();
  const now = costs();
  return {
    tabs: now.tabs - old.tabs,
    refreshes: now.refreshes - old.refreshes,
    reuse: now.reuse - old.reuse,
    sts: now.sts - old.sts,
  };
}

async function store<Answer>(...words: string[]): Promise<Answer> {
  const file = `${repository}\\test\\windows\\store.ts`;
  const { stdout, stderr } = await windows.run([node, '--require', lacking, file, ...words]);
  assert.ok(stdout, stderr);
  return JSON.parse(stdout);
}

const entries = () => store<{ account: string; bytes: number }[]>('entries');

function assertSame(results: WindowsResult[]): void {
  for (const { code, stderr } of results) assert.deepEqual([code, stderr], [0, '']);
  assert.equal(new Set(results.map(({ stdout }) => stdout)).size, 1);
  assertVersion1(results[0]?.stdout ?? '');
}

const configFile = () => join(windows.home, '.aws', 'config');

/** Returns the line that `configure` has written. */
function processLine(): string {
  const line = /^credential_process = (.*)$/m.exec(readFileSync(configFile(), 'utf8'))?.[1];
  return line ?? assert.fail('configure has written no credential_process');
}

step("keytar's Windows binding", async () => {
  assert.deepEqual(await store('binding'), [
    ...[null, null, true, ['Jörg']],
    ...['The stub received bad data.', true, false, null],
  ]);
});

step('exclusive names of pipes', async () => {
  const script = `
    const { createServer } = require('node:net');
    const path = String.raw\`\\\\.\\pipe\\daypass-test\`;
    const first = createServer().listen(path, () => {
      const second = createServer().listen(path);
      second.on('listening', () => console.log('listening'));
      second.on('error', ({ code }) => {
        console.log(code);
        first.close(() => second.listen(path).on('listening', () => second.close()));
      });
      second.on('close', () => console.log('closed'));
    });`;
  const { stdout } = await windows.run([node, '--require', lacking, '-e', script]);
  assert.equal(stdout, 'EADDRINUSE\nlistening\nclosed\n');
});

step('configure', async () => {
  const values = {
    issuer: provider.issuer,
    'client-id': provider.clientId,
    'role-arn': roleArn,
    region: 'eu-west-1',
    'authorize-params': 'prompt=consent',
    'sts-endpoint': sts.url,
    browser: `"${node}" "${repository}\\test\\support\\sign-in-program.mjs"`,
    log: '~/daypass.log',
  };
  const flags = Object.entries(values).flatMap(([name, value]) => [`--${name}`, value]);
  try {
    // npm's shim, as a person calls it.
    const quoted = flags.map((flag) => `"${flag.replaceAll('"', '\\"')}"`).join(' ');
    const { code, stderr } = await windows.cmd(`daypass configure --profile developer ${quoted}`);
    assert.equal(code, 0, stderr);
    // Go's SDK passes a quoted path to cmd.exe so that it fails: https://github.com/aws/aws-sdk-go-v2/issues/3208
    assert.match(processLine(), /^[^" ]+ [^" ]+ --profile developer$/);
  } finally {
    // The other steps do not depend on this one.
    if (!existsSync(configFile())) {
      mkdirSync(join(windows.home, '.aws'), { recursive: true });
      const { region, ...keys } = values;
      const lines = Object.entries(keys).map(
        ([name, value]) => `daypass_${name.replaceAll('-', '_')} = ${value}\n`,
      );
      writeFileSync(configFile(), `[profile developer]\nregion = ${region}\n${lines.join('')}`);
    }
  }
});

let first: string;

step('first sign-in', async () => {
  const cost = await costOf(async () => {
    const result = await daypass();
    assertSame([result]);
    first = result.stdout;
  });
  assert.deepEqual(cost, { tabs: 1, refreshes: 0, reuse: 0, sts: 1 });
});

step('hit from the Windows credential store', async () => {
  const cost = await costOf(async () => {
    // As Go's SDK calls it.
    const results = [await daypass(), await windows.cmd(processLine())];
    assertSame(results);
    assert.equal(results[0]?.stdout, first);
  });
  assert.deepEqual(cost, { tabs: 0, refreshes: 0, reuse: 0, sts: 0 });
  const found = await entries();
  assert.ok(found.length > 1);
  for (const { bytes } of found) assert.ok(bytes <= 2560);
  // Nothing of it is in a file of the user.
  const secrets = [...provider.secrets, ...sts.secrets];
  assert.deepEqual(findSecrets(filesOf(windows.home), secrets), []);
});

step('silent renewal', async () => {
  await store('leave', '0');
  const cost = await costOf(async () => {
    const result = await daypass();
    assertSame([result]);
    assert.notEqual(result.stdout, first);
  });
  assert.deepEqual(cost, { tabs: 0, refreshes: 1, reuse: 0, sts: 1 });
});

step('20 callers, one sign-in', async () => {
  assert.equal((await daypass('logout')).code, 0);
  const cost = await costOf(async () => assertSame(await callers(20)));
  assert.deepEqual(cost, { tabs: 1, refreshes: 0, reuse: 0, sts: 1 });
});

step('20 callers, one silent renewal', async () => {
  await store('leave', '0');
  const cost = await costOf(async () => assertSame(await callers(20)));
  assert.deepEqual(cost, { tabs: 0, refreshes: 1, reuse: 0, sts: 1 });
});

/** Holds the provider and starts callers one after another until each waits for the renewal that the first started. */
async function startWaiters(count: number) {
  await store('leave', '0');
  // Not the token endpoint: an answer that a killed renewal does not read would spend the refresh token.
  const release = provider.hold('discovery');
  const old = { waiter: log('waiter').length, taken: log('lock-taken').length };
  const waiters = [start()];
  await until(() => log('waiter').length === old.waiter + 1, 'the first caller waits');
  while (waiters.length < count) waiters.push(start());
  await until(() => log('waiter').length === old.waiter + count, 'all callers wait');
  return { waiters, release, renewal: log('lock-taken')[old.taken]?.pid ?? assert.fail('no renewal') };
}

step('TerminateProcess of callers', async () => {
  const cost = await costOf(async () => {
    const { waiters, release } = await startWaiters(4);
    try {
      // Also the caller that started the renewal.
      for (const caller of waiters.slice(0, 2)) {
        await windows.terminate(await caller.pid);
        assert.equal((await caller.exit).code, 1);
      }
    } finally {
      release();
    }
    assertSame(await Promise.all(waiters.slice(2).map(({ exit }) => exit)));
  });
  assert.deepEqual(cost, { tabs: 0, refreshes: 1, reuse: 0, sts: 1 });
});

step('TerminateProcess of the renewal', async () => {
  const cost = await costOf(async () => {
    const { waiters, release, renewal } = await startWaiters(3);
    try {
      await windows.terminate(renewal);
    } finally {
      release();
    }
    // They start one more.
    assertSame(await Promise.all(waiters.map(({ exit }) => exit)));
  });
  assert.deepEqual(cost, { tabs: 0, refreshes: 1, reuse: 0, sts: 1 });
});

step('exec', async () => {
  const print =
    'console.log(JSON.stringify([process.env.AWS_ACCESS_KEY_ID, process.argv.slice(1)])); process.exit(7)';
  const words = ['', 'a b', '"', '\\', 'a\\"b\\\\', '%PATH%', '&|<>^!', 'Jörg'];
  const { code, stdout, stderr } = await daypassExec([node, '-e', print, ...words]);
  assert.deepEqual([code, stderr], [7, '']);
  assert.deepEqual(JSON.parse(stdout), [accessKeyId(await daypass()), words]);
});

step('exec with a .cmd', async () => {
  // As npm, cdk and sam are. It passes its arguments to Node, which prints them.
  mkdirSync(join(windows.home, 'bin'), { recursive: true });
  const print =
    'console.log(JSON.stringify([process.env.AWS_ACCESS_KEY_ID, process.argv.slice(2)])); process.exit(7)';
  writeFileSync(join(windows.home, 'bin', 'tool.js'), print);
  writeFileSync(
    join(windows.home, 'bin', 'tool.cmd'),
    '@"%~dp0..\\..\\..\\Program Files\\nodejs\\node.exe" "%~dp0tool.js" %*\r\n',
  );
  const words = ['a b', 'a & echo injected', '"& echo injected"', '%USERNAME%', '^&', 'a|b', '(c)', 'Jörg'];
  const PATH = `C:\\windows\\system32;${home}\\bin`;
  const { code, stdout, stderr } = await daypassExec(['tool', ...words], { PATH });
  assert.deepEqual([code, stderr], [7, '']);
  assert.deepEqual(JSON.parse(stdout), [accessKeyId(await daypass()), words]);
});

step('env for PowerShell', async () => {
  const { code, stdout, stderr } = await daypass('env');
  assert.deepEqual([code, stderr], [0, '']);
  // Wine's PowerShell runs nothing.
  const variables = Object.fromEntries(
    stdout
      .split(/\r?\n/)
      .filter(Boolean)
      .map((line) => /^\$Env:([A-Z_]+) = '([^']*)'$/.exec(line)?.slice(1) ?? assert.fail(line)),
  );
  assertVariables(variables, await daypass());
});

step('env for cmd', async () => {
  const { code, stdout, stderr } = await daypass('env', '--format', 'cmd');
  assert.deepEqual([code, stderr], [0, '']);
  writeFileSync(join(windows.home, 'env.cmd'), `@echo off\r\n${stdout.replaceAll('\n', '\r\n')}set AWS_\r\n`);
  const shown = await windows.cmd(`${home}\\env.cmd`);
  const variables = Object.fromEntries(
    shown.stdout
      .split(/\r?\n/)
      .filter(Boolean)
      .map((line) => /^([A-Z_]+)=(.*)$/.exec(line)?.slice(1) ?? assert.fail(line)),
  );
  assertVariables(variables, await daypass());
});

step('console --print', async (t) => {
  const federation = await startLocalFederation();
  t.after(() => federation.stop());
  const { code, stdout, stderr } = await daypass(
    'console',
    '--print',
    '--federation-endpoint',
    federation.endpoint,
  );
  assert.deepEqual([code, stderr], [0, '']);
  const [token] = federation.tokens;
  assert.equal(new URL(stdout).searchParams.get('SigninToken'), token);
});

step('doctor', async () => {
  const { code, stdout, stderr } = await daypass('doctor', '--json');
  const checks: { state: string }[] = JSON.parse(stdout).checks;
  const errors = checks.filter(({ state }) => state === 'error');
  assert.deepEqual([code, errors], [0, []], stderr);
});

step('logout', async () => {
  const { revocation } = provider.counts;
  const { code, stderr } = await daypass('logout');
  assert.equal(code, 0, stderr);
  assert.equal(provider.counts.revocation, revocation + 1);
  assert.deepEqual(await entries(), []);
  const without = await daypass('--non-interactive');
  assert.deepEqual([without.code, without.stdout], [2, '']);
  assert.match(without.stderr, /^daypass: sign-in-needed: /);
});

function daypassExec(words: string[], env: Record<string, string> = {}): Promise<WindowsResult> {
  return windows.run([node, program, 'exec', '--profile', 'developer', '--', ...words], { env });
}

function accessKeyId({ stdout }: WindowsResult): string {
  return assertVersion1(stdout).AccessKeyId;
}

function assertVariables(variables: Record<string, string>, { stdout }: WindowsResult): void {
  const { AccessKeyId, SecretAccessKey, SessionToken } = assertVersion1(stdout);
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION } = variables;
  assert.deepEqual(
    [AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION],
    [AccessKeyId, SecretAccessKey, SessionToken, 'eu-west-1'],
  );
}

/** Returns the files below a folder of Windows, apart from those of npm. */
function filesOf(folder: string): Record<string, Buffer> {
  const names = readdirSync(folder, { withFileTypes: true, recursive: false });
  return Object.fromEntries(
    names.flatMap((entry): [string, Buffer][] => {
      const path = join(folder, entry.name);
      if (entry.name === 'npm') return [];
      if (entry.isDirectory()) return Object.entries(filesOf(path));
      return entry.isFile() ? [[path, readFileSync(path)]] : [];
    }),
  );
}
