// Hostile requests reach the listener of a sign-in: cases L01 to L109 of docs/threats.md.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { deferred } from '../../src/process/deferred.ts';
import {
  absentHeaders,
  anyState,
  assertNothingReflected,
  assertPage,
  code,
  exactHeaders,
  hostileRequests,
  marker,
  occupy,
  type Row,
  refusal,
  refused,
  request,
} from '../support/loopback-attacks.ts';
import {
  assertStillWaits,
  finish,
  get,
  type OpenSignIn,
  openSignIn,
  providersAnswer,
} from '../support/open-sign-in.ts';
import { type RawAnswer, received, sendRaw } from '../support/raw-http.ts';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';
import { until } from '../support/until.ts';
import { type Attempt, type Call, type FaultStage, fault, faultsInOneCall } from './fault.ts';

/** The sign-in, the answers of the listener, and `release`, which lets the provider answer the code. */
interface Subject extends OpenSignIn {
  answers: RawAnswer[];
  release: () => void;
  /** The query of the accepted callback. */
  callback: string;
  /** The last page. */
  page?: RawAnswer;
}

type Try = (subject: Subject) => Promise<RawAnswer | undefined>;

/** Returns an attempt after which the sign-in must still wait. */
function harmless(id: string, what: string, attack: Try): Attempt<Subject> {
  return {
    id,
    what,
    run: async (subject) => {
      const answer = await attack(subject);
      if (answer) subject.answers.push(answer);
      await assertStillWaits(subject);
    },
  };
}

function ofTable(row: Row): Attempt<Subject> {
  const [id, what, expected] = row;
  return harmless(id, `the listener answers ${expected}: ${what}`, (subject) =>
    refused(subject, subject.styleHash, row),
  );
}

const stray = (subject: Subject) => request(subject, { query: `?code=${code}&state=${marker}` });

/** Returns the milliseconds until the listener ends a connection that `talk` keeps busy. */
async function lifeOf(
  port: number,
  talk: (socket: ReturnType<typeof connect>) => () => void,
): Promise<number> {
  const socket = connect(port, '127.0.0.1');
  const end = received(socket);
  await once(socket, 'connect');
  const began = performance.now();
  const stop = talk(socket);
  await end;
  stop();
  return performance.now() - began;
}

/** The attempts while the sign-in waits. Each limit has 2 s more than the title says, for busy machines. */
const whileItWaits: Attempt<Subject>[] = [
  ...hostileRequests.filter(([id]) => /^L\d+$/.test(id)).map(ofTable),
  harmless('L32', 'a preflight gets no Access-Control header', async (subject) => {
    const headers = [
      'Origin: https://evil.example',
      'Access-Control-Request-Method: GET',
      'Access-Control-Request-Private-Network: true',
    ];
    const answer = await sendRaw(subject.port, request(subject, { method: 'OPTIONS', headers }));
    assert.doesNotMatch(Object.keys(answer.headers).join(), /access-control/);
    return answer;
  }),
  harmless('L72', 'five requests in one packet get one answer', async (subject) => {
    const answer = await sendRaw(subject.port, stray(subject).repeat(4) + request(subject, {}));
    assert.equal(answer.raw.split('HTTP/1.1 ').length - 1, 1);
    return answer;
  }),
  harmless('L73', 'a header that never ends is cut within 4.5 s', async (subject) => {
    const life = await lifeOf(subject.port, (socket) => {
      socket.write(`GET /callback HTTP/1.1\r\nHost: ${subject.authority}\r\n`);
      const drip = setInterval(() => socket.write('X'), 200);
      return () => clearInterval(drip);
    });
    assert.ok(life <= 6500, `${life} ms`);
    return undefined;
  }),
  harmless('L74', 'a silent connection is cut within 7 s', async ({ port }) => {
    const life = await lifeOf(port, () => () => {});
    assert.ok(life <= 9000, `${life} ms`);
    return undefined;
  }),
  {
    id: 'L75',
    what: 'the listener holds 32 of a hundred connections',
    run: async ({ port }) => {
      let [open, closed] = [0, 0];
      const ends = Array.from({ length: 100 }, async () => {
        const socket = connect(port, '127.0.0.1');
        const end = received(socket);
        await once(socket, 'connect');
        open += 1;
        await end;
        closed += 1;
      });
      await delay(1500);
      assert.equal(open, 100);
      assert.ok(open - closed > 0 && open - closed <= 32, `${open - closed} are held`);
      await Promise.all(ends);
    },
  },
  harmless('L76', 'the listener accepts connections again afterwards', async (subject) => {
    const answer = await sendRaw(subject.port, stray(subject));
    assert.equal(answer.status, 400);
    return answer;
  }),
  harmless('L77', 'the listener has no address of the network', async ({ port }) => {
    for (const addresses of Object.values(networkInterfaces()))
      for (const { address, internal, scopeid } of addresses ?? [])
        if (!internal && !scopeid) assert.equal(await refusal(port, address), 'ECONNREFUSED', address);
    return undefined;
  }),
  ...(['::1', '127.0.0.2'] as const).map((address, index) =>
    harmless(`L7${8 + index}`, `the listener does not listen on ${address}`, async ({ port }) => {
      assert.equal(await refusal(port, address), 'ECONNREFUSED');
      return undefined;
    }),
  ),
  ...(['127.0.0.1', '0.0.0.0'] as const).map((address, index) =>
    harmless(`L8${index}`, `another program cannot listen on ${address}`, async ({ port }) => {
      await assert.rejects(occupy(port, address), { code: 'EADDRINUSE' });
      return undefined;
    }),
  ),
];

/** The headers whose exact value is a case, on every kind of answer. */
const headerCases: [id: string, name: string][] = [
  ['L83', 'content-security-policy'],
  ['L84', 'x-content-type-options'],
  ['L85', 'x-frame-options'],
  ['L86', 'referrer-policy'],
  ['L87', 'cache-control'],
  ['L88', 'cross-origin-opener-policy'],
  ['L89', 'cross-origin-resource-policy'],
  ['L90', 'permissions-policy'],
];

/** The attempts after the person has returned. The provider answers the code only after the replay. */
const atTheEnd: Attempt<Subject>[] = [
  {
    id: 'L82',
    what: 'one of two simultaneous callbacks is accepted',
    run: async (subject) => {
      subject.callback = await providersAnswer(subject);
      const racing = [1, 2].map(() => get(subject, '/callback', subject.callback));
      const answers = await Promise.all(racing);
      subject.answers.push(...answers);
      assert.deepEqual(answers.map(({ status }) => status).sort(), [303, 410]);
      assert.equal(answers.find(({ status }) => status === 303)?.headers.location, '/done');
    },
  },
  {
    id: 'L95',
    what: 'a repeated callback gets 410 while the code is exchanged',
    run: async (subject) => {
      const answer = await get(subject, '/callback', subject.callback);
      assert.equal(answer.status, 410);
      assertPage(answer, subject.styleHash);
      assertNothingReflected(answer, subject);
      subject.answers.push(answer);
    },
  },
  {
    id: 'L93',
    what: 'the browser gets its page, and the caller its credentials',
    run: async (subject) => {
      const page = get(subject, '/done');
      subject.release();
      subject.page = await page;
      assert.equal(subject.page.status, 200);
      assert.match(subject.page.body, /Signed in/);
      assert.equal((await subject.running.exit).code, 0);
    },
  },
  ...headerCases.map(([id, name]) => ({
    id,
    what: `${name} is exact`,
    run: (subject: Subject) => {
      const value = Object.entries(exactHeaders(subject.styleHash)).find(([own]) => own === name)?.[1];
      for (const { status, headers } of allPages(subject)) assert.equal(headers[name], value, `${status}`);
    },
  })),
  {
    id: 'L83',
    what: 'its hash is that of the style in the page',
    run: ({ page, styleHash }) => {
      const style = /<style>([\s\S]*?)<\/style>/.exec(page?.body ?? '')?.[1] ?? '';
      assert.equal(styleHash, `sha256-${createHash('sha256').update(style).digest('base64')}`);
    },
  },
  {
    id: 'L91',
    what: 'no header tells what answers here',
    run: (subject) => {
      for (const { headers } of allPages(subject))
        for (const name of Object.keys(headers)) assert.doesNotMatch(name, absentHeaders);
    },
  },
  {
    id: 'L92',
    what: 'no answer has the code or the state',
    run: (subject) => {
      const own = new URLSearchParams(subject.callback);
      for (const { raw } of allPages(subject)) {
        for (const name of ['code', 'state']) assert.ok(!raw.includes(own.get(name) ?? 'nothing'), name);
      }
    },
  },
  {
    id: 'L95',
    what: 'the same callback again, after the success',
    run: async (subject) => {
      await until(() => subject.stage.sandbox.processes().length === 0, 'the page alone is kept');
      assert.equal((await get(subject, '/callback', subject.callback)).status, 410);
      assert.equal(subject.stage.provider.counts.codeExchange, 1);
    },
  },
  {
    id: 'L94',
    what: 'the port is closed after the success',
    run: async ({ port, stage }) => {
      await until(() => stage.sandbox.pageKeepers().length === 0, 'the page is kept no longer');
      assert.equal(await refusal(port), 'ECONNREFUSED');
    },
  },
  {
    id: 'L99',
    what: 'nothing listens there, on whichever address',
    run: async ({ port }) => {
      const server = await occupy(port, '127.0.0.1');
      server.close();
      assert.equal(await refusal(port, '::1'), 'ECONNREFUSED');
    },
  },
];

/** Returns the answers that can have a page; an answer to broken HTTP has no headers. */
function allPages({ answers, page }: Subject): RawAnswer[] {
  assert.ok(page);
  return [page, ...answers.filter(({ headers }) => headers['content-security-policy'] !== undefined)];
}

const whole = [...whileItWaits, ...atTheEnd];
faultsInOneCall(
  'a sign-in meets every hostile request',
  { within: 180_000 },
  whole,
  async (stage, tryAll) => {
    const { provider } = stage;
    const answer = deferred<void>();
    provider.token = async (form) => {
      await answer.promise;
      return provider.tokens(form);
    };
    const signIn = await openSignIn(stage);
    const subject = { ...signIn, answers: [], release: answer.resolve, callback: '' } as Subject;
    try {
      await tryAll(subject);
    } finally {
      answer.resolve();
    }
    return seen(signIn, subject.answers, subject.page);
  },
);

async function seen({ running }: OpenSignIn, answers: readonly RawAnswer[], page?: RawAnswer): Promise<Call> {
  const pages = [...answers, ...(page ? [page] : [])].map(({ raw }) => raw).join('\n');
  return { ...(await running.exit), seen: { pages } };
}

for (const what of ['GET', 'HEAD'] as const) {
  fault('L55', `${what} with an error and without the state is refused before the link is opened`, {
    act: async (stage) => {
      const running = stage.sandbox.start(['--profile', 'developer', '--timeout', '600']);
      const link = await stage.launcher.nextLink();
      const { host, port } = new URL(link);
      const target = { port: Number(port), authority: host, startPath: '', state: '', cookie: '' };
      for (const query of ['?error=access_denied', `?error=access_denied&state=${anyState}`]) {
        const answer = await sendRaw(target.port, request(target, { method: what, query }));
        assert.equal(answer.status, what === 'GET' ? 403 : 405);
      }
      return finishFrom(stage, link, running);
    },
  });
}

/** Opens the link and signs in. */
async function finishFrom(stage: FaultStage, link: string, running: OpenSignIn['running']): Promise<Call> {
  const { body } = await signInOverHttp(link);
  assert.equal(stage.provider.counts.codeExchange, 1);
  return { ...(await running.exit), seen: { page: body } };
}

fault('L96', "the provider's error with the right state ends the sign-in and is not reflected", {
  error: 'denied',
  text: /access_denied/,
  tokenRequests: 0,
  act: async (stage) => {
    const signIn = await openSignIn(stage);
    const query = `?error=access_denied&error_description=<b>${marker}</b>&error_uri=https://evil.example/&state=${anyState}`;
    const answer = await sendRaw(signIn.port, request(signIn, { query: query.replaceAll(' ', '+') }));
    assert.equal(answer.status, 303);
    assertPage(answer, signIn.styleHash, answer.headers['content-type']);
    assertNothingReflected(answer, signIn);
    const page = await get(signIn, '/done');
    assertPage(page, signIn.styleHash);
    assert.match(page.body, /Sign-in was denied/);
    assert.doesNotMatch(page.body, /<b>|evil\.example/);
    return seen(signIn, [answer], page);
  },
});

fault('L97', 'the page reports a code that cannot be exchanged, without a secret', {
  error: 'provider-failed',
  text: /invalid_client/,
  arrange: ({ provider }) => {
    provider.token = (form) => ({
      status: 400,
      body: { error: 'invalid_client', error_description: `<script>${form.get('code')}</script>` },
    });
  },
  act: async (stage) => {
    const signIn = await openSignIn(stage);
    const page = await finish(signIn);
    assertPage(page, signIn.styleHash);
    assert.match(page.body, /failed/i);
    assert.match(page.body, /invalid_client/);
    assert.doesNotMatch(page.body, /Signed in|<script/);
    return seen(signIn, [], page);
  },
});

fault('L98', 'the sign-in succeeds if the tab is closed while the code is exchanged', {
  act: async (stage) => {
    const { provider } = stage;
    const answer = deferred<void>();
    const asked = deferred<void>();
    provider.token = async (form) => {
      asked.resolve();
      await answer.promise;
      return provider.tokens(form);
    };
    const signIn = await openSignIn(stage);
    await get(signIn, '/callback', await providersAnswer(signIn));
    const tab = connect(signIn.port, '127.0.0.1');
    tab.write(request(signIn, { path: '/done', query: '' }));
    await asked.promise;
    tab.destroy();
    await once(tab, 'close');
    answer.resolve();
    return seen(signIn, []);
  },
});
