import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { later } from '../support/other-clock.ts';
import { openStage, type Stage, signInProgram } from '../support/stage.ts';
import { until } from '../support/until.ts';

const keys = { daypass_browser: signInProgram, daypass_store: 'file' };

/** Signs in. Returns the folder of the sign-in and the file of its record, too. */
async function signedIn(t: TestContext): Promise<Stage & { folder: string; record: string }> {
  const stage = await openStage({ keys });
  t.after(() => stage.close());
  assert.equal((await stage.daypass()).code, 0);
  const state = join(stage.sandbox.home, '.local/state/daypass');
  const [signIn = ''] = readdirSync(state);
  const folder = join(state, signIn);
  return { ...stage, folder, record: join(folder, `${signIn}.secret`) };
}

/** Collects the refresh tokens that daypass revokes. */
function revoked({ provider }: Stage): string[] {
  const tokens: string[] = [];
  provider.answer('revocation', async (request, response) => {
    tokens.push(new URLSearchParams(await text(request)).get('token') ?? '');
    response.end();
  });
  return tokens;
}

test('a refresh that brings a bad ID token: the refresh token that came with it stays', async (t) => {
  const stage = await signedIn(t);
  const tokens = revoked(stage);
  const answer = {
    access_token: 'a',
    token_type: 'bearer',
    refresh_token: 'rotated',
    id_token: 'e30.e30.bad',
  };
  stage.provider.answer('token', (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  const { code, stderr } = await stage.daypass(['--non-interactive'], later('+3h'));
  assert.equal(code, 69);
  assert.match(
    stderr,
    /if it keeps happening, sign in again, run: daypass login --force --profile developer/,
  );
  assert.deepEqual(tokens, []);
  assert.equal(JSON.parse(readFileSync(stage.record, 'utf8')).refreshToken, 'rotated');
  assert.ok(!readdirSync(stage.folder).includes('refreshing.json'), 'the token was answered');
});

test('a rotated refresh token that cannot be saved is revoked, and the credentials are printed', async (t) => {
  const stage = await signedIn(t);
  const tokens = revoked(stage);
  const release = stage.provider.hold('token');
  const caller = stage.daypass([], later('+3h'));
  await until(() => stage.provider.counts.refresh === 1, 'the refresh begins');
  rmSync(stage.record);
  mkdirSync(stage.record);
  release();
  assert.equal((await caller).code, 0);
  await until(() => stage.sandbox.processes().length === 0, 'the renewal ends');
  assert.deepEqual(tokens, [stage.provider.latestRefreshToken()]);
});

test('without the keys of the provider no refresh token is posted or marked as posted', async (t) => {
  const stage = await signedIn(t);
  stage.provider.answer('jwks', (_request, response) => void response.writeHead(503).end());
  assert.equal((await stage.daypass(['--non-interactive'], later('+3h'))).code, 69);
  assert.equal(stage.provider.counts.refresh, 0);
  assert.ok(!readdirSync(stage.folder).includes('refreshing.json'));
});

test('credentials of another person than the one who is signed in count as none', async (t) => {
  const stage = await signedIn(t);
  assert.match((await stage.daypass(['status'])).stdout, /^✓ Signed in as /);
  const record = { ...JSON.parse(readFileSync(stage.record, 'utf8')), sub: 'bob' };
  writeFileSync(stage.record, JSON.stringify(record));
  const { stdout } = await stage.daypass(['status', '--json']);
  assert.equal(JSON.parse(stdout).expiration, null, stdout);
  const { stdout: told } = await stage.daypass(['status']);
  assert.match(told, /^! Signed in as .*, but calls still get the credentials of another person/);
});
