// Every empty variable counts as unset: a shell, a compose file or a CI system leaves many empty.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { settingNames, spellings } from '../../src/settings/setting-table.ts';
import { openStage, type Stage, signInProgram } from '../support/stage.ts';

const source = resolve(import.meta.dirname, '../../src');

/** Everything in the sources that could be the name of a variable: more than daypass reads does no harm. */
const named = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .flatMap(
    (name) => readFileSync(join(source, name), 'utf8').match(/\b[A-Z][A-Z0-9]+(_[A-Z0-9]+)*\b/g) ?? [],
  );
const lowerCase = ['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'];
const names = new Set([...named, ...lowerCase, ...settingNames.flatMap((name) => [...spellings(name).env])]);
// simdutf, which Node contains, takes the empty value of this one for a choice, and then finds no text valid.
names.delete('SIMDUTF_FORCE_IMPLEMENTATION');

let stage: Stage;
before(async () => {
  stage = await openStage({ keys: { daypass_browser: signInProgram } });
});
after(() => stage?.close());

/** Every variable but those that make the stage. */
function empty(): Record<string, string> {
  return Object.fromEntries([...names].filter((name) => !stage.sandbox.env[name]).map((name) => [name, '']));
}

test('the sources name the variables that this test is about', () => {
  for (const name of [
    'AWS_PROFILE',
    'AWS_REGION',
    'HTTPS_PROXY',
    'DAYPASS_TIMEOUT',
    'XDG_STATE_HOME',
    'CI',
    'DISPLAY',
  ])
    assert.ok(names.has(name), name);
  assert.ok(names.has('DBUS_SESSION_BUS_ADDRESS') && names.has('AWS_CA_BUNDLE') && names.has('NO_PROXY'));
});

test('commands and calls say and do the same with all variables empty as with none', async () => {
  const env = empty();
  assert.ok(Object.keys(env).length > 60, 'most are empty');
  for (const args of [
    ['login'],
    [],
    ['status', '--json'],
    ['doctor', '--json'],
    ['env', '--format', 'dotenv'],
    ['logout'],
  ]) {
    const [without, withEmpty] = [await stage.daypass(args), await stage.daypass(args, env)];
    // Times pass, and a second login or logout finds what the first one left.
    // An empty AWS_CA_BUNDLE switches the checks of the AWS CLI off, so `doctor` warns of it.
    const same = (stdout: string) => stdout.replace(/\d+/g, 'N').replace(/\{"code":"ca-bundle",[^}]*\},/, '');
    const told = ({ code, stdout, stderr }: typeof without) => [code, same(stdout), stderr];
    if (args[0] === 'login' || args[0] === 'logout')
      assert.deepEqual([withEmpty.code, withEmpty.stderr], [0, '']);
    else assert.deepEqual(told(withEmpty), told(without), args.join(' '));
  }
});

test('an empty address of the session bus leads to that of the runtime folder', async () => {
  await stage.daypass(['login']);
  const env = { DBUS_SESSION_BUS_ADDRESS: '' };
  for (const args of [[], ['status', '--json'], []]) {
    const { code, stderr } = await stage.daypass(args, env);
    assert.deepEqual([code, stderr], [0, ''], args.join(' '));
  }
});
