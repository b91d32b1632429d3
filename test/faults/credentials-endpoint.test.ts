// Hostile requests and bad moments at the endpoint of exec --server: cases WA01 to WA18 of docs/threats.md.
import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { leaveRefreshToken } from '../support/aged-credentials.ts';
import { hostileRequests, type Row, refused, request, served } from '../support/endpoint-attacks.ts';
import { startFlood } from '../support/flood.ts';
import { killRenewals } from '../support/logging-stage.ts';
import { refusal } from '../support/loopback-attacks.ts';
import { sendAsNobody } from '../support/nobody.ts';
import { signalAll } from '../support/processes.ts';
import { sendRaw } from '../support/raw-http.ts';
import { type Serving, startServing } from '../support/serving.ts';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';
import { until } from '../support/until.ts';
import {
  type Attempt,
  type Call,
  type Case,
  type FaultStage,
  fault,
  faultsInOneCall,
  notApplicable,
  signIn,
} from './fault.ts';
import { withOwnKeyring } from './own-keyring.ts';

/** The command prints the address and the token. */
const given: Case = { prints: /^http:\/\/127\.0\.0\.1:\d+\/credentials [\w-]{43}\n$/ };

const canBeNobody = process.platform === 'linux' && process.getuid?.() === 0;

const ofTable = (row: Row): Attempt<Serving> => ({
  id: row[0],
  what: `the endpoint answers ${row[2]}: ${row[1]}`,
  run: (serving) => refused(serving, row),
});

const attempts: Attempt<Serving>[] = [
  ...hostileRequests.map(ofTable),
  {
    id: 'WA08',
    what: 'five requests in one packet get one answer',
    async run(serving) {
      const { raw } = await sendRaw(serving.port, request(serving).repeat(5));
      assert.equal(raw.split('HTTP/1.1 ').length - 1, 1);
    },
  },
  {
    id: 'WA09',
    what: 'the endpoint has no address of the network, no ::1 and no other one of loopback',
    async run({ port }) {
      const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
      const others = addresses.filter(({ internal, scopeid }) => !internal && !scopeid);
      for (const address of [...others.map(({ address }) => address), '::1', '127.0.0.2'])
        assert.equal(await refusal(port, address), 'ECONNREFUSED', address);
    },
  },
  {
    id: 'WA10',
    what: 'headers that never end, and silence, are cut',
    async run(serving) {
      const slow = [request(serving).slice(0, -2), 'GET /cred', ''];
      const answers = await Promise.all(slow.map((text) => sendRaw(serving.port, text)));
      assert.deepEqual(new Set(answers.map(({ raw }) => raw)), new Set(['']));
    },
  },
  ...(canBeNobody
    ? [
        {
          id: 'WA12',
          what: 'another account with the token gets 403',
          async run(serving: Serving) {
            const answer = await sendAsNobody(serving.port, request(serving));
            assert.match(answer, /^HTTP\/1\.1 403 [\s\S]*another account/);
            assert.doesNotMatch(answer, /SecretAccessKey/);
          },
        },
      ]
    : []),
];
if (!canBeNobody) notApplicable('WA12', 'only root on Linux can be another account');

faultsInOneCall('hostile requests', { ...given, within: 120_000 }, attempts, async (stage, tryAll) => {
  const { seen = {} } = await signIn(stage);
  const serving = await startServing(stage);
  await tryAll(serving);
  await served(serving);
  return { ...(await serving.end()), seen };
});

/** Returns an act: signs in, starts the command, and ends it after `meanwhile`. */
function whileServing(
  meanwhile: (stage: FaultStage, serving: Serving) => Promise<Record<string, string> | undefined>,
  args: string[] = [],
): NonNullable<Case['act']> {
  return async (stage): Promise<Call> => {
    const { seen = {} } = await signIn(stage);
    const serving = await startServing(stage, { args });
    const more = await meanwhile(stage, serving);
    return { ...(await serving.end()), seen: { ...seen, ...more } };
  };
}

fault('WA11', '10,000 connections, of which most say nothing, keep no client out', {
  ...{ ...given, within: 120_000 },
  act: whileServing(async (_stage, serving) => {
    const flood = startFlood(serving, 10_000);
    try {
      const { connected, closed, answers, waits, again, failed } = await flood.whileServed();
      const slowest = Math.max(...waits);
      console.log(
        `${connected} connected, ${closed} closed, ${answers} answers 401; ${waits.length} clients served, the slowest after ${slowest} ms, ${again.length} tries more`,
      );
      assert.equal(connected, 10_000);
      assert.deepEqual(failed, []);
    } finally {
      flood.stop();
    }
    await served(serving);
    return undefined;
  }),
});

fault('WA13', 'the command has no keys in its environment, and a killed daypass leaves no endpoint', {
  ...given,
  act: withOwnKeyring(async (stage) => {
    const { seen = {} } = await signIn(stage);
    const killed = await startServing(stage);
    killed.running.kill('SIGKILL');
    await until(() => killed.running.child.signalCode !== null, 'daypass is killed');
    assert.equal(await refusal(killed.port), 'ECONNREFUSED');
    const shells = stage.sandbox.processes().filter(({ command }) => command.startsWith('/bin/sh'));
    signalAll(shells, 'SIGTERM');
    await killed.running.exit;
    const serving = await startServing(stage);
    return { ...(await serving.end()), seen };
  }),
});

fault('WA14', '200 requests at an expired session cost one renewal', {
  ...{ ...given, tokenRequests: 2, within: 60_000 },
  act: withOwnKeyring((stage, keyring) =>
    whileServing(async ({ sts, launcher }, serving) => {
      await leaveRefreshToken(keyring);
      const before = [sts.calls.length, launcher.launches.length];
      await Promise.all(Array.from({ length: 200 }, () => served(serving)));
      assert.deepEqual([sts.calls.length - 1, launcher.launches.length], before);
      return undefined;
    })(stage),
  ),
});

fault('WA15', 'a renewal that is killed while a request waits is started again', {
  ...{ ...given, tokenRequests: 2, within: 60_000 },
  act: withOwnKeyring((stage, keyring) =>
    whileServing(async ({ sts }, serving) => {
      await leaveRefreshToken(keyring);
      const release = sts.hold();
      const calls = sts.calls.length;
      const answer = served(serving);
      await until(() => sts.calls.length > calls, 'STS is asked');
      killRenewals(stage);
      release();
      await answer;
      return undefined;
    })(stage),
  ),
});

fault('WA16', 'a locked keyring is reported, and a request after it is unlocked gets credentials', {
  ...{ ...given, within: 60_000 },
  act: withOwnKeyring((stage, keyring) =>
    whileServing(async (_stage, serving) => {
      await keyring.lock();
      const { status, body } = await sendRaw(serving.port, request(serving));
      assert.deepEqual([status, JSON.parse(body).Code], [403, 'keychain-locked']);
      assert.match(JSON.parse(body).Message, /the keychain is locked; hint: /);
      await keyring.unlock();
      await served(serving);
      return undefined;
    })(stage),
  ),
});

/** The refresh token is no longer accepted. */
function revoke({ provider }: FaultStage): void {
  const honest = provider.token;
  provider.token = (form, authorization) =>
    form.get('grant_type') === 'refresh_token'
      ? { status: 400, body: { error: 'invalid_grant' } }
      : honest(form, authorization);
}

fault('WA17', 'without a person, a revoked sign-in is reported at once, after a single refresh', {
  ...{ ...given, tokenRequests: 2, within: 60_000 },
  act: withOwnKeyring((stage, keyring) =>
    whileServing(
      async ({ provider }, serving) => {
        await leaveRefreshToken(keyring);
        revoke(stage);
        for (let times = 0; times < 5; times++) {
          const { status, body } = await sendRaw(serving.port, request(serving));
          assert.deepEqual([status, JSON.parse(body).Code], [403, 'sign-in-needed']);
          assert.match(JSON.parse(body).Message, /hint: run: daypass login --profile developer/);
        }
        assert.equal(provider.counts.refresh, 1);
        return undefined;
      },
      ['--non-interactive'],
    )(stage),
  ),
});

fault(
  'WA18',
  'a person gets one tab; clients that give up learn of it, and those that wait get credentials',
  {
    ...{ ...given, tabs: 2, tokenRequests: 3, within: 90_000 },
    act: withOwnKeyring((stage, keyring) =>
      whileServing(async ({ launcher }, serving) => {
        await leaveRefreshToken(keyring);
        revoke(stage);
        const patient = served(serving);
        // As botocore: 2 s for each of 3 tries, with a second between them.
        const tries: string[] = [];
        for (let times = 0; times < 4 && !tries.at(-1)?.startsWith('HTTP'); times++) {
          const options = { headers: { Authorization: serving.token }, signal: AbortSignal.timeout(2000) };
          const answer = await fetch(`http://${serving.authority}${serving.path}`, options).then(
            async (response) => `HTTP ${response.status} ${await response.text()}`,
            ({ name }) => String(name),
          );
          tries.push(answer);
          await new Promise((resolve) => setTimeout(resolve, 1000));
        }
        assert.deepEqual(tries.slice(0, 2), ['TimeoutError', 'TimeoutError']);
        assert.match(tries.at(-1) ?? '', /^HTTP 403 \{"Code":"sign-in-open",.*hint: /);
        assert.equal(launcher.launches.length, 2);
        const { body } = await signInOverHttp(launcher.launches[1]?.argv.at(-1) ?? '');
        await patient;
        assert.equal(launcher.launches.length, 2);
        return { body };
      })(stage),
    ),
  },
);
