// The redirect address as it is registered: cases B10, B19, B20, V05 and V06 of docs/threats.md.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from '../support/free-port.ts';
import { occupy, request } from '../support/loopback-attacks.ts';
import { sendRaw } from '../support/raw-http.ts';
import { type RunResult, testedProgram } from '../support/sandbox.ts';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';
import { type FaultStage, fault, notApplicable } from './fault.ts';
import { allGone, arrive, goOn, signInWith, stillWaits, targetOf, withPerson } from './person-in-chromium.ts';

notApplicable('B10', 'only Windows lets a second process bind a port that is taken');

let taken: Awaited<ReturnType<typeof occupy>>;
/** Ports that a profile can fix, of no program that names none. */
const [port, nextPort, localhostPort] = [await freePort(), await freePort(), await freePort()].map(
  String,
) as [string, string, string];

fault('B19', 'the error names a fixed port that is taken, and no other port is used', {
  keys: { daypass_redirect_port: port },
  error: 'port-busy',
  text: new RegExp(`port ${port} of 127\\.0\\.0\\.1`),
  tabs: 0,
  tokenRequests: 0,
  arrange: async () => {
    taken = await occupy(Number(port), '127.0.0.1');
  },
  inspect: () => taken.close(),
});

fault('B19', 'the second of two ports is used if the first is taken', {
  keys: { daypass_redirect_port: `${port} ${nextPort}` },
  arrange: async () => {
    taken = await occupy(Number(port), '127.0.0.1');
  },
  act: withPerson(async (meeting) => {
    assert.equal(new URL(meeting.link).port, nextPort);
    await signInWith(meeting);
  }),
  inspect: () => taken.close(),
});

const localhost = { daypass_redirect_host: 'localhost' };
fault('B20', 'localhost is listened on over IPv4 and IPv6', {
  keys: localhost,
  act: withPerson(async (meeting) => {
    assert.equal(new URL(meeting.link).hostname, 'localhost');
    const page = await arrive(meeting);
    const target = await targetOf(meeting);
    for (const host of ['127.0.0.1', '::1']) {
      const { status } = await sendRaw(target.port, request(target, { query: '?code=x&state=y' }), { host });
      assert.equal(status, 400, host);
    }
    await stillWaits(meeting);
    await goOn(page);
  }),
});

fault('B20', 'the error names the port if another program has it on ::1', {
  keys: { ...localhost, daypass_redirect_port: localhostPort },
  error: 'port-busy',
  text: new RegExp(`port ${localhostPort} of localhost`),
  tabs: 0,
  tokenRequests: 0,
  arrange: async () => {
    taken = await occupy(Number(localhostPort), '::1');
  },
  inspect: () => taken.close(),
});

for (const [setting, registered] of [
  ['none', /^http:\/\/localhost:\d+$/],
  ['/', /^http:\/\/localhost:\d+\/$/],
] as const) {
  const sent: (string | null)[] = [];
  fault('V05', `the redirect path ${setting} is sent as registered, with the code too`, {
    keys: { ...localhost, daypass_redirect_path: setting },
    arrange: ({ provider }) => {
      const { token } = provider;
      provider.authorize = (parameters, honest) => {
        sent.push(parameters.get('redirect_uri'));
        return honest;
      };
      provider.token = (form) => {
        sent.push(form.get('redirect_uri'));
        return token(form);
      };
    },
    inspect: () => {
      const [first, second] = sent;
      assert.match(first ?? '', registered);
      assert.equal(second, first);
    },
  });
}

/** Adds a profile with a sign-in of its own and the same port. */
function addOther({ sandbox, config }: FaultStage): void {
  const own = config({ daypass_scopes: 'openid profile' }).replace('[profile developer]', '[profile other]');
  sandbox.writeConfig(`${config()}\n${own}`);
}

fault('V06', 'a second sign-in on the same fixed port waits for the end of the first', {
  keys: { daypass_redirect_port: port },
  tabs: 2,
  tokenRequests: 2,
  arrange: addOther,
  act: async ({ sandbox, launcher }) => {
    const first = sandbox.start(['--profile', 'developer']);
    const link = await launcher.nextLink();
    const second = sandbox.runInTerminal(['--profile', 'other']);
    await second.waitForTerminal(
      new RegExp(`another sign-in of daypass uses port ${port}, and this one waits`),
    );
    assert.equal(launcher.launches.length, 1);
    await signInOverHttp(link);
    assert.equal((await first.exit).code, 0);
    await signInOverHttp(await launcher.nextLink());
    const { terminal, ...result } = await second.exit;
    return { ...result, seen: { terminal } };
  },
});

fault('V06', 'a second sign-in takes the next port of its list', {
  keys: { daypass_redirect_port: `${port} ${nextPort}` },
  tabs: 2,
  tokenRequests: 2,
  arrange: addOther,
  act: async ({ sandbox, launcher }) => {
    const calls = ['developer', 'other'].map((profile) => sandbox.start(['--profile', profile]));
    const links = [await launcher.nextLink(), await launcher.nextLink()];
    assert.deepEqual(links.map((link) => new URL(link).port).sort(), [port, nextPort].sort());
    for (const link of links) await signInOverHttp(link);
    const results = await Promise.all(calls.map(({ exit }) => exit));
    assert.equal(results[0]?.code, 0);
    return results[1] as RunResult;
  },
});

fault('V06', 'a second sign-in opens no tab after its last caller has gone', {
  keys: { daypass_redirect_port: port },
  error: 'renewal-running',
  arrange: addOther,
  act: async (stage) => {
    const { sandbox, launcher } = stage;
    const first = sandbox.start(['--profile', 'developer']);
    const link = await launcher.nextLink();
    const result = await sandbox.run(['--profile', 'other', '--timeout', '2']);
    await signInOverHttp(link);
    assert.equal((await first.exit).code, 0);
    await allGone(stage);
    return result;
  },
});

/** The commands of a network namespace without IPv6. */
const withoutIpv6 =
  'PATH=$PATH:/usr/sbin; ip link set lo up && echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6 && exec "$@"';
const inNetwork = ['-rn', 'sh', '-c', withoutIpv6, 'sh'];
if (spawnSync('unshare', [...inNetwork, 'true']).status === 0) {
  // The provider is not in that network, so the sign-in gets past its listener and no further.
  fault('B20', 'localhost is listened on without IPv6', {
    keys: localhost,
    error: 'provider-unreachable',
    tabs: 0,
    tokenRequests: 0,
    act: async ({ sandbox }) => {
      const words = [...inNetwork, ...testedProgram.words, '--profile', 'developer'];
      const child = spawn('unshare', words, { cwd: sandbox.home, env: sandbox.env, detached: true });
      return ended(child);
    },
  });
} else {
  notApplicable('B20', 'no network can be made here in which IPv6 is switched off');
}

async function ended(child: ReturnType<typeof spawn>): Promise<RunResult> {
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.on('data', (chunk) => {
      said[name] += chunk;
    });
  }
  const [status, signal] = await once(child, 'close');
  return { code: status, signal, ...said };
}
