// Commands that are about every profile of a file: they parse it once, and use one process of the keychain.
// The tests measure no time. https://github.com/fwdcloudsec/granted/issues/172
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arnOf, openStageOfHundreds } from './support/stage-of-hundreds.ts';

/** Three sign-ins: the roles of the first two alternate, and the third has the last role. */
const scopes = ['openid email offline_access', 'openid offline_access', 'openid'];
const signInOf = (count: number) => (index: number) => ({
  daypass_role_arn: arnOf(index),
  daypass_scopes: scopes[index === count - 1 ? 2 : index % 2] ?? '',
});

for (const store of ['keychain', 'file'] as const) {
  test(`status of 100 profiles in the ${store === 'file' ? 'file store' : 'keychain'} parses the config once, does not probe, and reads each record once`, async (t) => {
    const stage = await openStageOfHundreds(t, store);
    const profiles = stage.writeProfiles(100, signInOf(100));
    stage.trust.push({ ...(stage.trust[0] as (typeof stage.trust)[0]), roleArn: arnOf(0) });
    assert.equal((await stage.sandbox.run(['--profile', 'p0'])).code, 0);
    // The last profile has no session.
    await stage.storeSessions(profiles.slice(0, 99));
    for (const args of [['status'], ['status', '--json']]) {
      const { result, configs, keychains, opened } = await stage.ask(...args);
      assert.deepEqual([result.code, result.stderr], [0, '']);
      assert.equal(result.stdout.match(args.length > 1 ? /ada@example\.com/g : / \(\d+ min\) /g)?.length, 99);
      assert.equal(configs, 1);
      const wanted = profiles.flatMap(({ keys }) => [keys.signIn, keys.credentials]);
      const accounts = [...new Set(wanted)].sort();
      assert.equal(accounts.length, 103);
      if (store === 'keychain') {
        assert.equal(keychains.length, 1);
        const read = keychains.flat().filter(({ method }) => method === 'read');
        assert.deepEqual(read.map(({ account }) => account).sort(), accounts);
        assert.equal(keychains.flat().filter(({ method }) => method === 'check').length, 0);
      } else {
        assert.equal(keychains.length, 0);
        const read = opened.flatMap((path) => /(\w{32})\.secret$/.exec(path)?.[1] ?? []);
        assert.deepEqual(read.sort(), accounts);
      }
      // Only a sign-in that the store does not return makes a look into the index.
      for (const [name, count] of [
        ['sign-in.json', 1],
        ['outcome.json', 3],
      ] as const)
        assert.equal(opened.filter((path) => path.endsWith(name)).length, count, name);
    }
  });
}

test('status with a locked keychain asks it once, and every sign-in of 100 profiles has the error', async (t) => {
  const stage = await openStageOfHundreds(t);
  const profiles = stage.writeProfiles(100, signInOf(100));
  stage.trust.push({ ...(stage.trust[0] as (typeof stage.trust)[0]), roleArn: arnOf(0) });
  assert.equal((await stage.sandbox.run(['--profile', 'p0'])).code, 0);
  await stage.storeSessions(profiles.slice(0, 99));
  await stage.keyring.lock();
  const { result, keychains } = await stage.ask('status');
  assert.equal(result.code, 75);
  assert.equal(result.stdout.match(/^✗ p\d+: keychain-locked: /gm)?.length, 99);
  assert.match(result.stdout, /^! p99 .* not signed in$/m);
  assert.equal(keychains.length, 1);
  assert.deepEqual(keychains.flat().filter(({ method }) => method === 'check').length, 1);
  await stage.keyring.unlock();
});

test('login among 500 profiles parses the config once, and names a few of them', async (t) => {
  const stage = await openStageOfHundreds(t);
  stage.writeProfiles(500, signInOf(500));
  const choice = await stage.ask('login');
  assert.equal(choice.result.code, 64);
  assert.match(choice.result.stderr, /several profiles use daypass: p0, p1, p2, p3, p4 and 495 more\n/);
  assert.deepEqual([choice.configs, choice.keychains.length], [1, 0]);
  stage.trust.push({ ...(stage.trust[0] as (typeof stage.trust)[0]), roleArn: arnOf(0) });
  const named = await stage.ask('login', '--profile', 'p0');
  assert.equal(named.result.code, 0, named.result.stderr);
  assert.match(named.result.stdout, /^ {2}also for +p2, p4, p6, p8, p10 and 244 more$/m);
  assert.deepEqual([named.configs, named.keychains.length], [1, 1]);
});

test('doctor and the completion of 500 profiles parse the config once, and doctor probes the keychain once', async (t) => {
  const stage = await openStageOfHundreds(t);
  stage.writeProfiles(500, signInOf(500));
  stage.trust.push({ ...(stage.trust[0] as (typeof stage.trust)[0]), roleArn: arnOf(0) });
  assert.equal((await stage.sandbox.run(['--profile', 'p0'])).code, 0);
  const doctor = await stage.ask('doctor', '--profile', 'p0', '--verbose');
  assert.match(doctor.result.stdout, /^✓ session /m);
  assert.deepEqual([doctor.configs, doctor.keychains.length], [1, 1]);
  assert.deepEqual(
    doctor.keychains.flat().map(({ method }) => method),
    ['check', 'read', 'read'],
  );
  const completion = await stage.ask('completion', 'profiles');
  assert.equal(completion.result.stdout.match(/^p\d+\t\S+ in [\d-]+$/gm)?.length, 500);
  assert.deepEqual([completion.configs, completion.keychains.length], [1, 0]);
});

test('logout --all of 100 sign-ins parses the config once, and uses one process of the keychain', async (t) => {
  const stage = await openStageOfHundreds(t);
  const profiles = stage.writeProfiles(100, (index) => ({
    daypass_role_arn: arnOf(index),
    ...(index > 0 ? { daypass_scopes: `openid scope${index}` } : {}),
  }));
  stage.trust.push({ ...(stage.trust[0] as (typeof stage.trust)[0]), roleArn: arnOf(0) });
  assert.equal((await stage.sandbox.run(['--profile', 'p0'])).code, 0);
  await stage.storeSessions(profiles);
  const { result, configs, keychains } = await stage.ask('logout', '--all');
  assert.deepEqual([result.code, result.stderr], [0, '']);
  assert.equal(result.stdout.match(/^signed out of .* \(p\d+\)$/gm)?.length, 100);
  assert.deepEqual(await stage.keyring.accounts('daypass'), []);
  assert.deepEqual([configs, keychains.length], [1, 1]);
});
