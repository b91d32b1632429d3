// The provider cannot be reached: cases NW01, NW04 and NW08 of docs/threats.md.
import assert from 'node:assert/strict';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { suite } from 'node:test';
import { freePort } from '../support/free-port.ts';
import { later } from '../support/other-clock.ts';
import { certificates, company, early, trustCompany } from './company-authority.ts';
import { type Call, type FaultStage, fault, faults, notApplicable, type Stimulus, signIn } from './fault.ts';

const closedPort = await freePort();
const families = await lookup('localhost', { all: true });

suite('the provider cannot be reached', { concurrency: 4 }, () => {
  providersAreUnreachable();
  onlyIpv4Answers();
  offline();
});

function providersAreUnreachable(): void {
  const told = new Set<string>();
  /** Asserts that each reason has a text of its own. */
  const distinct = (_stage: FaultStage, { stderr }: Call): void => {
    const reason = /cannot reach the provider at \S+: (.*)/.exec(stderr)?.[1] ?? stderr;
    assert.ok(!told.has(reason), `the same text twice: ${reason}`);
    told.add(reason);
  };
  const issuers: [what: string, issuer: string, text: RegExp][] = [
    ['its name is unknown', 'https://idp.invalid', /name/],
    ['the connection is refused', `https://127.0.0.1:${closedPort}`, /refused/],
    // Linux has no route to this address for TCP.
    ['the network is unreachable', 'https://255.255.255.255', /unreachable/],
  ];
  const servers = Object.entries(certificates).filter(([what]) => what !== 'good');
  const texts: Record<string, RegExp> = {
    expired: /expired/,
    'wrong host': /another host/,
    'unknown authority': /authority.*\n.*NODE_EXTRA_CA_CERTS/,
  };
  faults('a provider that cannot be reached', [
    ...issuers.map(
      ([what, issuer, text]): Stimulus => [
        'NW01',
        `daypass names the reason: ${what}`,
        {
          ...{ ...early, text },
          arrange: ({ sandbox, config }) => sandbox.writeConfig(config({ daypass_issuer: issuer })),
          inspect: distinct,
        },
      ],
    ),
    ...servers.map(
      ([what, certificate]): Stimulus => [
        'NW01',
        `daypass rejects a certificate: ${what}`,
        {
          ...{ ...early, text: texts[what] ?? /^$/ },
          act: async (stage) => {
            const server = createTlsServer(certificate).listen(0, '127.0.0.1');
            await once(server, 'listening');
            trustCompany(stage);
            const issuer = `https://localhost:${(server.address() as AddressInfo).port}`;
            stage.sandbox.writeConfig(stage.config({ daypass_issuer: issuer }));
            return signIn(stage).finally(() => server.close());
          },
          inspect: distinct,
        },
      ],
    ),
  ]);

  /** Builds a call with 90 s left, which tries to renew and then prints the stored credentials. */
  const served = (what: string, broken: (stage: FaultStage) => () => unknown): Stimulus => [
    'NW01',
    `daypass prints credentials with 90 s left: ${what}`,
    {
      ...{ session: true, tokenRequests: 0 },
      act: async (stage) => {
        const calls = stage.sts.calls.length;
        const repair = broken(stage);
        const call = await stage.daypass([], later(`+${stage.hour * 3600 + 3510}`));
        await repair();
        assert.equal(stage.sts.calls.length, calls);
        assert.match(`${stage.sandbox.files()['daypass.log']}`, /refresh-failed code=provider-unreachable/);
        return call;
      },
    },
  ];
  const stimuli = [
    served('the connection is refused', (stage) => {
      const server = tlsServerOf(stage);
      const { port } = server.address() as AddressInfo;
      server.close();
      server.closeAllConnections();
      return () => once(server.listen(port, '127.0.0.1'), 'listening');
    }),
    ...servers.map(([what, certificate]) =>
      served(`certificate: ${what}`, (stage) => {
        tlsServerOf(stage).setSecureContext(certificate);
        return () => tlsServerOf(stage).setSecureContext(certificates.good);
      }),
    ),
  ];
  for (const [id, what, given] of stimuli) fault(id, what, { ...given, ...company });
}

function tlsServerOf({ provider: { tlsServer } }: FaultStage): NonNullable<typeof tlsServer> {
  assert.ok(tlsServer);
  return tlsServer;
}

function onlyIpv4Answers(): void {
  const dual = families.some(({ family }) => family === 6);
  if (!dual)
    notApplicable(
      'NW04',
      `localhost has no IPv6 address here, and no other name leads to loopback by both families`,
    );
  else fault('NW04', 'daypass reaches a provider that answers over IPv4 alone', company);
}

function offline(): void {
  fault('NW08', 'valid credentials are printed offline, without a request', {
    session: true,
    act: async (stage) => {
      const { provider, sts } = stage;
      const asked = [provider.requests.length, sts.calls.length];
      const call = await stage.daypass();
      assert.deepEqual([provider.requests.length, sts.calls.length], asked);
      return call;
    },
    tokenRequests: 0,
  });
}
