// The cases NW01 to NW09 and TM01 to TM07 of the security research (section 7.7): a network and clocks that misbehave.
import assert from 'node:assert/strict';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, suite } from 'node:test';
import { soon } from '../support/bad-answers.ts';
import { createAuthority } from '../support/certificates.ts';
import { assertVersion1 } from '../support/credentials-format.ts';
import type { Answer } from '../support/hostile-provider.ts';
import { later, settableClock } from '../support/other-clock.ts';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';
import { until } from '../support/until.ts';
import {
  type Call,
  type Case,
  type FaultStage,
  fault,
  faults,
  notApplicable,
  refresh,
  type Stimulus,
  signIn,
} from './fault.ts';

const authority = createAuthority();
const stranger = createAuthority();
const certificates = {
  good: authority.issue('DNS:localhost,IP:127.0.0.1'),
  expired: authority.issue('DNS:localhost,IP:127.0.0.1', '-3d'),
  'wrong host': authority.issue('DNS:idp.example'),
  'unknown authority': stranger.issue('DNS:localhost,IP:127.0.0.1'),
};
after(() => {
  authority.remove();
  stranger.remove();
});
const closedPort = await portOfNobody();
const families = await lookup('localhost', { all: true });

/** No tab opens and nothing is posted. */
const early: Case = { error: 'provider-unreachable', tabs: 0, tokenRequests: 0, ends: true };

/** A provider with a certificate of the company's authority, which the environment names. */
const company: Case = {
  tls: certificates.good,
  prepare: trustCompany,
};

/** The clock is right again afterwards. */
const right = {
  inspect: ({ sandbox }: FaultStage): void => {
    for (const name of [
      'LD_PRELOAD',
      'FAKETIME',
      'FAKETIME_TIMESTAMP_FILE',
      'FAKETIME_NO_CACHE',
      'FAKETIME_DONT_FAKE_MONOTONIC',
      'TZ',
    ])
      delete sandbox.env[name];
  },
};

suite('networks and clocks misbehave', { concurrency: 4 }, () => {
  slownessEnds();
  nobodyAnswers();
  connectionsDrop();
  companyNetworks();
  otherClocks();
  freshnessHolds();
});

function trustCompany({ sandbox }: FaultStage): void {
  sandbox.env.NODE_EXTRA_CA_CERTS = authority.file;
}

function nobodyAnswers(): void {
  const told = new Set<string>();
  /** The text after the address is another one for each. */
  const distinct = (_stage: FaultStage, { stderr }: Call): void => {
    const reason = /cannot reach the provider at \S+: (.*)/.exec(stderr)?.[1] ?? stderr;
    assert.ok(!told.has(reason), `told twice: ${reason}`);
    told.add(reason);
  };
  const issuers: [what: string, issuer: string, text: RegExp][] = [
    ['its name is unknown', 'https://idp.invalid', /name/],
    ['the connection is refused', `https://127.0.0.1:${closedPort}`, /refused/],
    // Linux has no route to it for TCP, and sends nothing.
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
        what,
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
        `certificate: ${what}`,
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

  /** A call while 90 s are left: it tries to renew, and prints what there is. */
  const served = (what: string, broken: (stage: FaultStage) => () => unknown): Stimulus => [
    'NW01',
    `${what}, credentials still good for 90 s`,
    {
      ...{ session: true, tokenRequests: 0 },
      act: async (stage) => {
        const calls = stage.sts.calls.length;
        const mend = broken(stage);
        const call = await stage.daypass([], later(`+${stage.hour * 3600 + 3510}`));
        await mend();
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

function slownessEnds(): void {
  const slow = (text: RegExp, arrange: NonNullable<Case['arrange']>): Case => ({
    ...{ error: 'provider-unreachable', ends: true, text, arrange },
    within: 30_000,
  });
  fault('NW02', 'headers that never end, a byte a second', {
    ...slow(/in time/, ({ provider }) => {
      provider.discovery = (request) => void trickle(request.socket, 'HTTP/1.1 200 OK\r\nx: ');
    }),
    tabs: 0,
    tokenRequests: 0,
  });
  fault('NW02', 'a body that never ends, a byte a second', {
    ...slow(/in time/, ({ provider }) => {
      provider.discovery = (request) => void trickle(request.socket, 'HTTP/1.1 200 OK\r\n\r\n{');
    }),
    tabs: 0,
    tokenRequests: 0,
  });
  const silent: NonNullable<Case['arrange']> = ({ provider }) => {
    provider.token = () => new Promise(() => {});
  };
  fault('NW02', 'no answer to a code', slow(/in time/, silent));
  fault('NW02', 'no answer to a refresh', {
    ...slow(/in time/, silent),
    ...{ session: true, ends: false, tokenRequests: 1 },
  });
  fault('NW02', 'no keys before a refresh', {
    ...slow(/in time/, ({ provider }) => {
      provider.jwks = () => new Promise(() => {});
    }),
    ...{ session: true, ends: false, tokenRequests: 0 },
  });

  const portal: Answer = {
    headers: { 'content-type': 'text/html' },
    body: '<html><title>Free Wi-Fi</title>',
  };
  const behind: Case = { error: 'provider-failed', text: /JSON[\s\S]*captive portal/ };
  faults('a captive portal', [
    [
      'NW03',
      'at the metadata',
      {
        ...{ ...behind, ends: true, tabs: 0, tokenRequests: 0 },
        arrange: ({ provider }) => {
          provider.discovery = () => portal;
        },
      },
    ],
    [
      'NW03',
      'at the token endpoint',
      {
        ...{ ...behind, ends: true },
        arrange: ({ provider }) => {
          provider.token = () => portal;
        },
      },
    ],
    [
      'NW03',
      'at the keys',
      {
        ...{ ...behind, ends: true },
        arrange: ({ provider }) => {
          provider.jwks = () => portal;
        },
      },
    ],
  ]);
  faults('a captive portal at a refresh', [
    [
      'NW03',
      'at the metadata, at a refresh',
      {
        ...{ ...behind, session: true, tokenRequests: 0 },
        arrange: ({ provider }) => {
          provider.discovery = () => portal;
        },
      },
    ],
    [
      'NW03',
      'at the token endpoint, at a refresh',
      {
        ...{ ...behind, session: true },
        arrange: ({ provider }) => {
          provider.token = () => portal;
        },
      },
    ],
    [
      'NW03',
      'at the keys, at a refresh',
      {
        ...{ ...behind, session: true, tokenRequests: 0 },
        arrange: ({ provider }) => {
          provider.jwks = () => portal;
        },
      },
    ],
  ]);
}

function connectionsDrop(): void {
  const cut: Answer = { cut: true };
  fault('NW06', 'dropped after the code was posted', {
    ...{ error: 'provider-unreachable', text: /was cut/, ends: true },
    arrange: ({ provider }) => {
      provider.token = () => cut;
    },
  });
  fault('NW06', 'dropped once after the refresh token was posted, which was not spent', {
    ...{ session: true, tokenRequests: 2 },
    arrange: ({ provider }) => {
      let times = 0;
      provider.token = (form) => (times++ ? provider.tokens(form) : cut);
    },
  });
  fault('NW06', 'dropped whenever the refresh token is posted: everything is kept', {
    ...{ session: true, tokenRequests: 2, error: 'provider-unreachable', text: /was cut/ },
    arrange: ({ provider }) => {
      provider.token = () => cut;
    },
  });
  fault('NW06', 'dropped after the refresh token was spent: a person is needed', {
    ...{ session: true, ends: true, tokenRequests: 2, error: 'sign-in-needed' },
    arrange: ({ provider }) => {
      let times = 0;
      provider.token = () => (times++ ? { status: 400, body: { error: 'invalid_grant' } } : cut);
    },
  });
  const dropping = (stage: FaultStage, drops: number) => {
    let times = 0;
    stage.sts.answer((_parameters, response) => {
      times += 1;
      if (times >= drops) stage.sts.answer(undefined);
      response.destroy();
    });
  };
  fault('NW07', 'dropped once between the request to STS and its answer', {
    session: true,
    arrange: (stage) => dropping(stage, 1),
  });
  fault('NW07', 'dropped whenever STS is asked: everything is kept', {
    ...{ session: true, error: 'sts-unreachable' },
    arrange: (stage) => dropping(stage, Number.POSITIVE_INFINITY),
  });
  fault('NW08', 'offline with credentials that are good', {
    session: true,
    act: async (stage) => {
      const { provider, sts } = stage;
      // Even a question would be one too many.
      const asked = [provider.requests.length, sts.calls.length];
      const call = await stage.daypass();
      assert.deepEqual([provider.requests.length, sts.calls.length], asked);
      return call;
    },
    ...{ tokenRequests: 0, within: 1500 },
  });
}

function companyNetworks(): void {
  const dual = families.some(({ family }) => family === 6);
  if (!dual)
    notApplicable(
      'NW04',
      `localhost has no IPv6 address here, and no other name leads to loopback by both families`,
    );
  else fault('NW04', 'a provider that answers by IPv4 alone', company);

  fault('NW09', 'NODE_EXTRA_CA_CERTS', { ...company, session: true });
  fault('NW09', 'NODE_EXTRA_CA_CERTS holds for STS', { act: throughTlsSts('NODE_EXTRA_CA_CERTS') });
  fault('NW09', 'AWS_CA_BUNDLE', {
    ...company,
    session: true,
    prepare: ({ sandbox }) => {
      sandbox.env.AWS_CA_BUNDLE = authority.file;
    },
  });
  fault('NW09', 'AWS_CA_BUNDLE holds for STS', { act: throughTlsSts('AWS_CA_BUNDLE') });
  const bundles: [what: string, path: (stage: FaultStage) => string, text: RegExp][] = [
    ['names no file', () => '/nowhere/ca.pem', /AWS_CA_BUNDLE \/nowhere\/ca\.pem: ENOENT/],
    ['is not PEM', ({ sandbox }) => join(sandbox.home, '.aws', 'config'), /it has no certificates/],
  ];
  for (const [what, path, text] of bundles) {
    fault('NW09', `AWS_CA_BUNDLE ${what}`, {
      ...{ ...early, error: 'bad-configuration', text, tls: certificates.good },
      prepare: (stage) => {
        stage.sandbox.env.AWS_CA_BUNDLE = path(stage);
      },
      inspect: (stage) => {
        stage.sandbox.env.AWS_CA_BUNDLE = authority.file;
      },
    });
  }

  fault('NW05', 'HTTPS_PROXY and HTTP_PROXY are not asked for loopback', {
    act: async (stage) => {
      const proxy = await startProxy();
      for (const name of ['HTTPS_PROXY', 'HTTP_PROXY', 'https_proxy', 'http_proxy'])
        stage.sandbox.env[name] = proxy.url;
      const call = await signIn(stage);
      proxy.stop();
      assert.deepEqual(proxy.asked, []);
      return call;
    },
  });
  fault('NW05', 'a proxy that ends every connection is named, without its password', {
    ...{ ...early, error: 'proxy-unusable', text: /the proxy 127\.0\.0\.1:\d+ cannot be used/ },
    act: async (stage) => {
      const proxy = await startProxy();
      stage.sandbox.env.HTTPS_PROXY = proxy.url.replace('//', '//ada:proxy-password@');
      stage.sandbox.writeConfig(stage.config({ daypass_issuer: 'https://idp.invalid' }));
      const call = await signIn(stage);
      delete stage.sandbox.env.HTTPS_PROXY;
      proxy.stop();
      assert.deepEqual(proxy.asked, ['idp.invalid:443']);
      assert.doesNotMatch(call.stderr, /proxy-password/);
      return call;
    },
  });
}

function otherClocks(): void {
  const clocks = [
    ['an hour ahead', '+1h'],
    ['an hour behind', '-1h'],
    ['in 1970', offsetTo('1970-01-02T00:00:00Z')],
    ['in 2100', offsetTo('2100-01-01T00:00:00Z')],
  ] as const;
  for (const [what, offset] of clocks) {
    // The provider's and STS's Date headers tell the difference, so it does not matter (design, section 4).
    fault('TM01', `a sign-in with a clock ${what}`, {
      act: async (stage) => {
        Object.assign(stage.sandbox.env, later(offset));
        const call = await signIn(stage);
        const again = await stage.daypass();
        assert.equal(again.stdout, call.stdout, 'no sign-in loop');
        return call;
      },
      ...right,
    });
    fault('TM01', `a session whose clock is then ${what}`, {
      ...{ session: true, tokenRequests: 1 },
      act: (stage) => stage.daypass(['--non-interactive'], later(offset)),
    });
  }
  for (const offset of ['+1d', '-1d']) {
    fault('TM01', `a clock that is off by ${offset}, and nobody says so`, {
      ...{ error: 'bad-id-token', text: /clock/ },
      act: async (stage) => {
        stage.provider.discovery = withoutDate;
        Object.assign(stage.sandbox.env, later(offset));
        return signIn(stage);
      },
      ...right,
    });
  }

  fault('TM02', 'credentials from the future', {
    session: true,
    arrange: async (stage) => {
      // Made three hours ahead; then the clock is right again.
      await refresh(stage);
      stage.hour = 0;
    },
    tokenRequests: 1,
    act: async (stage) => {
      const calls = stage.sts.calls.length;
      const call = await stage.daypass(['--non-interactive']);
      const again = await stage.daypass(['--non-interactive']);
      assert.equal(again.stdout, call.stdout, 'one renewal, not one for each call');
      assert.equal(stage.sts.calls.length, calls + 1);
      return call;
    },
  });
  fault('TM02', 'the clock is set back while STS is asked', {
    act: async (stage) => {
      const clock = settableClock(join(stage.sandbox.home, '..', 'clock'));
      clock.set('+2h');
      Object.assign(stage.sandbox.env, clock.env);
      const release = stage.sts.hold();
      const running = signIn(stage);
      await until(() => stage.sts.calls.length > 0, 'STS is asked');
      clock.set('-2h');
      release();
      const call = await running;
      const again = await stage.daypass(['--non-interactive']);
      assert.equal(again.stdout, call.stdout);
      return call;
    },
    ...right,
  });

  fault('TM05', 'suspended while STS is asked, for six hours', {
    act: suspended,
    ...right,
  });

  for (const zone of [
    'Australia/Lord_Howe',
    'America/New_York',
    'No/Such_Zone',
    ':/dev/null',
    'XXX-25:99',
    'right/UTC',
  ]) {
    fault('TM06', `TZ=${zone}`, {
      ...{ session: true, tokenRequests: 0 },
      act: async (stage) => {
        const here = await stage.daypass();
        const call = await stage.daypass([], { TZ: zone });
        assert.equal(call.stdout, here.stdout);
        assert.ok(
          Math.abs(Date.parse(assertVersion1(call.stdout).Expiration) - Date.now() - 3600_000) < 60_000,
        );
        return call;
      },
    });
  }
  for (const [what, moment] of [
    ['summer time ends', offsetTo('2026-10-25T00:59:58Z')],
    ['summer time begins', offsetTo('2026-03-29T00:59:58Z')],
    ['a leap second', offsetTo('2016-12-31T23:59:58Z')],
  ] as const) {
    fault('TM06', `a sign-in while ${what}`, {
      act: async (stage) => {
        Object.assign(stage.sandbox.env, later(moment), { TZ: 'Europe/Berlin' });
        return signIn(stage);
      },
      ...right,
      inspect: (stage, call) => {
        right.inspect(stage);
        // STS's own time, whatever our clock says.
        assert.ok(
          Math.abs(Date.parse(assertVersion1(call.stdout).Expiration) - Date.now() - 3600_000) < 60_000,
        );
      },
    });
  }

  for (const seconds of [25, 35, 300]) {
    const ahead = (told: boolean): NonNullable<Case['arrange']> => {
      return ({ provider }) => {
        provider.clockAhead = seconds * 1000;
        if (!told) provider.discovery = withoutDate;
        provider.token = (form) =>
          provider.tokens(form, {
            claims: () => ({ iat: soon(seconds), nbf: soon(seconds), exp: soon(seconds + 3600) }),
          });
      };
    };
    // Ours knows the provider's clock by its Date header. STS here allows as much as AWS: 5 minutes.
    const taken: Case = { arrange: ahead(true), act: lenientSts };
    fault('TM07', `the provider's clock is ${seconds} s ahead, and it says so`, taken);
    const refused: Case = { arrange: ahead(false), error: 'bad-id-token', text: /clock/, ends: true };
    fault(
      'TM07',
      `the provider's clock is ${seconds} s ahead, and nobody says so`,
      seconds === 25 ? { arrange: ahead(false), act: lenientSts } : refused,
    );
  }
}

/** So that the clock is at a moment now and goes on from there in every process. */
function offsetTo(moment: string): string {
  const seconds = Math.round((Date.parse(moment) - Date.now()) / 1000);
  return seconds < 0 ? `${seconds}` : `+${seconds}`;
}

function freshnessHolds(): void {
  /** A call with so many seconds left, and what came of it once the background has done its part. */
  const withLeft = (seconds: number, renewed: 'before' | 'behind' | 'not'): Case => ({
    session: true,
    tokenRequests: renewed === 'not' ? 0 : 1,
    act: async (stage) => {
      const { stdout } = await stage.daypass();
      const call = await stage.daypass([], later(`+${3600 - seconds}`));
      await until(() => stage.sandbox.processes().length === 0, 'the background ends');
      assert.equal(call.stdout === stdout, renewed !== 'before', 'what is printed');
      assert.equal(stage.sts.calls.length, renewed === 'not' ? 1 : 2);
      return call;
    },
  });
  // Each call comes some seconds after the sign-in, so a second more or less is left than is written.
  fault('TM03', '59 s left: renewed first', withLeft(59, 'before'));
  fault('TM03', '10 min left: printed, and renewed behind', withLeft(600, 'behind'));
  fault('TM03', '15 min left: printed, and renewed behind', withLeft(900, 'behind'));
  fault('TM03', '16 min left and less: printed, and renewed behind', withLeft(958, 'behind'));
  fault('TM03', 'more than 16 min left: printed', withLeft(990, 'not'));

  fault('TM04', 'sessions of 15 minutes: STS is asked once in four minutes', {
    tokenRequests: 1,
    act: async (stage) => {
      stage.sts.sessionSeconds = 900;
      const call = await signIn(stage);
      for (const seconds of [0, 60, 120, 240, 400]) {
        const again = await stage.daypass(['--non-interactive'], later(`+${seconds}`));
        assert.equal(again.stdout, call.stdout);
      }
      assert.equal(stage.sts.calls.length, 1);
      await stage.daypass(['--non-interactive'], later('+500'));
      await until(() => stage.sandbox.processes().length === 0, 'the background ends');
      assert.equal(stage.sts.calls.length, 2);
      return call;
    },
  });
}

/** Both processes stand still while the clock runs on for six hours; a caller that comes meanwhile starts nothing of its own. */
async function suspended(stage: FaultStage): Promise<Call> {
  const { sandbox, launcher, sts, provider } = stage;
  const clock = settableClock(join(sandbox.home, '..', 'clock'));
  Object.assign(sandbox.env, clock.env);
  const release = sts.hold();
  const first = sandbox.start(['--profile', 'developer']);
  const page = signInOverHttp(await launcher.nextLink());
  await until(() => sts.calls.length > 0, 'STS is asked');
  const asleep = sandbox.processes();
  assert.ok(asleep.length >= 2);
  for (const { pid } of asleep) process.kill(pid, 'SIGSTOP');
  clock.set('+6h');
  const second = sandbox.start(['--profile', 'developer']);
  await until(() => /looked[\s\S]*looked/.test(`${sandbox.files()['daypass.log']}`), 'the second call looks');
  for (const { pid } of asleep) process.kill(pid, 'SIGCONT');
  release();
  const [one, two, { body }] = await Promise.all([first.exit, second.exit, page]);
  assert.equal(two.stdout, one.stdout, two.stderr);
  assert.equal(provider.counts.codeExchange, 1);
  return { ...one, seen: { pages: body } };
}

/** A sign-in at an STS whose clock goes with the provider's. */
async function lenientSts(stage: FaultStage): Promise<Call> {
  const { sts } = stage;
  sts.answer((_parameters, response) => {
    const expiration = new Date(Date.now() + 3600_000).toISOString();
    const credentials = `<AccessKeyId>ASIAABCDEFGHIJKLMNOP</AccessKeyId><SecretAccessKey>${'s'.repeat(40)}</SecretAccessKey><SessionToken>${'t'.repeat(400)}</SessionToken><Expiration>${expiration}</Expiration>`;
    response
      .writeHead(200, { 'content-type': 'text/xml' })
      .end(
        `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials>${credentials}</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`,
      );
  });
  return signIn(stage);
}

/** A sign-in whose STS has a certificate of the company's authority, which this variable names. */
function throughTlsSts(variable: string): NonNullable<Case['act']> {
  return async (stage) => {
    const { port } = new URL(stage.sts.url);
    // What stands in front of STS passes on what it has deciphered.
    const front = createTlsServer(certificates.good);
    front.on('secureConnection', (socket) => {
      const back = connect(Number(port), '127.0.0.1');
      for (const each of [socket, back]) each.on('error', () => {});
      socket.pipe(back).pipe(socket);
    });
    front.removeAllListeners('request');
    await once(front.listen(0, '127.0.0.1'), 'listening');
    stage.sandbox.env[variable] = authority.file;
    const url = `https://localhost:${(front.address() as AddressInfo).port}`;
    stage.sandbox.writeConfig(stage.config({ daypass_sts_endpoint: url }));
    return signIn(stage).finally(() => front.close());
  };
}

/** A proxy that leads nowhere, and tells who asked for what. */
async function startProxy(): Promise<{ url: string; asked: string[]; stop(): void }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(502).end();
  });
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    asked.push(request.url ?? '');
    socket.destroy();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    stop: () => server.close(),
  };
}

/** A port on which somebody listened a moment ago. */
async function portOfNobody(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function trickle(socket: Socket, beginning: string): void {
  socket.on('error', () => {});
  socket.write(beginning);
  const timer = setInterval(() => socket.write('a'), 1000);
  socket.once('close', () => clearInterval(timer));
}

function withoutDate(_request: IncomingMessage, response: ServerResponse, honest: Answer): Answer {
  response.sendDate = false;
  response.removeHeader('date');
  return honest;
}
