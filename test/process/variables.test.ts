// Windows compares the names of variables without case, and so does process.env there, but no copy of it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { browserEnvironment } from '../../src/browser/environment.ts';
import { ignoredProxies, proxyVariable } from '../../src/network/proxy.ts';
import { childEnvironment } from '../../src/process/child-environment.ts';
import { callersEnvironment } from '../../src/process/node-options.ts';
import { environmentOf } from '../../src/process/variables.ts';
import { readEnvFile } from '../../src/settings/env-file.ts';
import { pretendPlatform } from '../support/pretend-platform.ts';

const root = mkdtempSync(join(tmpdir(), 'daypass-variables-'));
after(() => rmSync(root, { recursive: true }));

test('on Windows an environment finds, sets and deletes a variable in any case', () => {
  const env = environmentOf(Object.entries({ Path: 'a', AWS_profile: 'dev', none: undefined }), true);
  assert.equal(env.PATH, 'a');
  assert.equal(env.path, 'a');
  env.PATH = 'b';
  delete env.AWS_PROFILE;
  assert.ok('pAtH' in env);
  assert.ok(Object.hasOwn(env, 'PATH'));
  assert.deepEqual({ ...env }, { Path: 'b' });
  assert.equal(env.AWS_profile, undefined);
  env.aws_PROFILE = 'new';
  assert.deepEqual(Object.entries(env), [
    ['Path', 'b'],
    ['AWS_profile', 'new'],
  ]);
  assert.deepEqual({ ...environmentOf(Object.entries({ Path: 'a', PATH: 'b' }), true) }, { Path: 'b' });
  assert.equal(env.toString, Object.prototype.toString);
});

test('on other systems two cases are two variables', () => {
  const env = environmentOf(Object.entries({ Path: 'a', PATH: 'b' }), false);
  delete env.PATH;
  assert.deepEqual({ ...env }, { Path: 'a' });
});

test('a variable with the name of a property that every object has is kept', () => {
  const env = environmentOf([['__proto__', 'x']], false);
  assert.deepEqual(Object.entries(env), [['__proto__', 'x']]);
});

test('a program gets such an environment as any other', () => {
  const { PATH = '' } = process.env;
  const env = environmentOf(Object.entries({ PATH, Odd_Name: 'x' }), true);
  const code = 'process.stdout.write(String(process.env.Odd_Name))';
  assert.equal(execFileSync(process.execPath, ['-e', code], { env, encoding: 'utf8' }), 'x');
});

const given = {
  Path: 'C:\\bin',
  SystemRoot: 'C:\\WINDOWS',
  Node_Options: '--require=evil',
  node_v8_coverage: 'x',
  Debug: '*',
  Aws_Secret_Access_Key: 's',
  Daypass_Node_Options: '--no-warnings',
};

test('on Windows no variable in another case changes Node in a process of daypass', (t) => {
  pretendPlatform(t, 'win32');
  assert.deepEqual({ ...childEnvironment(given) }, { Path: given.Path, SystemRoot: given.SystemRoot });
  assert.equal(childEnvironment(given).PATH, given.Path);
  // `open` looks for PowerShell there.
  assert.equal(browserEnvironment(given).SYSTEMROOT, given.SystemRoot);
  assert.equal(childEnvironment(given, false).Debug, '*');
});

test('on Windows the command of exec gets one NODE_OPTIONS, that of the caller', (t) => {
  pretendPlatform(t, 'win32');
  const { Path, SystemRoot, Debug, Node_Options, node_v8_coverage, Aws_Secret_Access_Key, ...options } = {
    ...callersEnvironment(given),
  };
  assert.deepEqual(options, {});
  assert.equal(Node_Options, '--no-warnings');
});

test('on Windows a proxy in any case is one proxy', (t) => {
  const env = environmentOf(Object.entries({ Https_Proxy: 'http://a:1', all_proxy: 'socks5://b:2' }), true);
  pretendPlatform(t, 'win32');
  assert.deepEqual(proxyVariable(env), { name: 'HTTPS_PROXY', value: 'http://a:1' });
  assert.equal(ignoredProxies(env).length, 1);
});

for (const [platform, found] of [
  ['win32', 's'],
  ['linux', undefined],
] as const) {
  test(`on ${platform} the file of --env-file ${found ? 'may have names in any case' : 'has names in capitals'}`, (t) => {
    const path = join(root, `${platform}.env`);
    writeFileSync(path, 'daypass_client_secret=s\n');
    pretendPlatform(t, platform);
    assert.equal(readEnvFile(path).DAYPASS_CLIENT_SECRET, found);
  });
}

test('no file copies an environment into a plain object', () => {
  const source = join(import.meta.dirname, '..', '..', 'src');
  const copying = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
    (name) =>
      name.endsWith('.ts') &&
      /\{[^}]*\.\.\.(\w+\.)*env\b|\.\.\.rest \} = (\w+\.)*env\b|Object\.(assign\([^)]*|fromEntries\(Object\.entries\()(\w+\.)*env\b/.test(
        readFileSync(join(source, name), 'utf8'),
      ),
  );
  assert.deepEqual(copying, []);
});
