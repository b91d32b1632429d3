// Pages of other origins attack from the browser of the sign-in: cases B01 and B02 of docs/threats.md.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { deferred } from '../../src/process/deferred.ts';
import { evilHost, type HostilePages, startHostilePages } from '../support/hostile-page.ts';
import { code, marker } from '../support/loopback-attacks.ts';
import { fault, faultsInOneCall } from './fault.ts';
import { arrive, goOn, type Meeting, stillWaits, targetOf, withPerson } from './person-in-chromium.ts';

let hostile: HostilePages;
before(async () => {
  hostile = await startHostilePages();
});
after(() => hostile?.stop());

// In B01 the browser holds the cookie, and the page of the other origin even knows the state.

interface Visited extends Meeting {
  callback: string;
}

const probes: [what: string, body: (url: string) => string][] = [
  ['<img>', (url) => `<img src="${url}">`],
  ['<script>', (url) => `<script src="${url}"></script>`],
  ['<link> to a style', (url) => `<link rel="stylesheet" href="${url}">`],
  ['<iframe>', (url) => `<iframe src="${url}"></iframe>`],
  ['<object>', (url) => `<object data="${url}"></object>`],
  ['<video>', (url) => `<video src="${url}" autoplay muted></video>`],
  ['fetch()', (url) => `<script>fetch("${url}", {credentials: "include"})</script>`],
  [
    'fetch() without CORS',
    (url) => `<script>fetch("${url}", {mode: "no-cors", credentials: "include"})</script>`,
  ],
  [
    'fetch() with a preflight',
    (url) => `<script>fetch("${url}", {method: "PUT", headers: {x: "y"}})</script>`,
  ],
  ['sendBeacon()', (url) => `<script>navigator.sendBeacon("${url}", "code=x")</script>`],
  ['EventSource', (url) => `<script>new EventSource("${url}", {withCredentials: true})</script>`],
  ['prefetch', (url) => `<link rel="prefetch" href="${url}">`],
  ['form that posts', (url) => `<form method="post" action="${url}"></form>${submit}`],
  [
    'form that posts into a frame',
    (url) => `<iframe name="f"></iframe><form method="post" target="f" action="${url}"></form>${submit}`,
  ],
  [
    'form that asks in a frame',
    (url) =>
      `<iframe name="f"></iframe><form target="f" action="${url}"><input name="code" value="${code}"></form>${submit}`,
  ],
];
const submit = '<script>document.forms[0].submit()</script>';

async function probe(visited: Visited, host: typeof evilHost | '127.0.0.1', body: string): Promise<void> {
  const { context, link } = visited;
  const page = await context.newPage();
  const { origin } = new URL(link);
  const answer = deferred<string>();
  page.on('response', (response) => {
    if (response.url().startsWith(origin)) answer.resolve(String(response.status()));
  });
  page.on('requestfailed', (failed) => {
    if (failed.url().startsWith(origin)) answer.resolve(failed.failure()?.errorText ?? '');
  });
  await page.goto(hostile.page(host, body));
  // The listener has also answered the responses that Chromium hides from the page.
  assert.match(await answer.promise, /^4\d\d$|BLOCKED_BY|net::ERR_(ABORTED|FAILED)/);
  await page.close();
  await stillWaits(visited);
}

faultsInOneCall<Visited>(
  'other pages cannot use the sign-in that is open in the same browser',
  { within: 120_000 },
  (['127.0.0.1', evilHost] as const).flatMap((host) => [
    ...probes.map(([what, body]) => ({
      id: 'B01',
      what: `the listener refuses ${what} on ${host === evilHost ? 'another site' : 'another port'}`,
      run: (visited: Visited) => probe(visited, host, body(visited.callback)),
    })),
    {
      id: 'B01',
      what: `the listener refuses a link on ${host} that does not know the state`,
      run: (visited: Visited) =>
        probe(
          visited,
          host,
          `<script>location = "${visited.callback.replace(/state=.*/, 'state=x')}"</script>`,
        ),
    },
    {
      id: 'B01',
      what: `the listener refuses an <img> of the sign-in link on ${host}`,
      run: (visited: Visited) => probe(visited, host, `<img src="${visited.link}">`),
    },
  ]),
  async (stage, tryAll) =>
    withPerson(async (meeting) => {
      const page = await arrive(meeting);
      const state = new URL(page.url()).searchParams.get('state');
      const callback = `${new URL(meeting.link).origin}/callback?code=${code}&state=${state}`;
      await tryAll({ ...meeting, callback });
      await goOn(page);
    })(stage),
);

fault('B02', 'the listener answers 421 to another host name that resolves to this machine', {
  act: withPerson(async (meeting) => {
    const page = await arrive(meeting);
    const { port, startPath } = await targetOf(meeting);
    const state = new URL(page.url()).searchParams.get('state');
    const other = await meeting.context.newPage();
    for (const path of ['/', startPath, '/done', `/callback?code=${code}&state=${state}`]) {
      const response = await other.goto(`http://${evilHost}:${port}${path}`);
      assert.equal(response?.status(), 421, path);
      assert.ok(!(await other.content()).includes(marker));
    }
    await stillWaits(meeting);
    await goOn(page);
  }),
});
