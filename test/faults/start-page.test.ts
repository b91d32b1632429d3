// What asks for the sign-in link is not always a browser that navigates: cases V01 and V02 of docs/threats.md.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as ask, createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before } from 'node:test';
import type { Browser } from 'playwright-core';
import { startChromium } from '../support/chromium.ts';
import { request } from '../support/loopback-attacks.ts';
import { sendRaw } from '../support/raw-http.ts';
import { fault } from './fault.ts';
import { arrive, goOn, signInWith, stillWaits, targetOf, withPerson } from './person-in-chromium.ts';

/** The headers of programs that look at a link before, or instead of, the browser. */
const lookers: [what: string, headers: string[]][] = [
  ["KDE's kioclient", ['User-Agent: Mozilla/5.0 (X11; Linux x86_64) KHTML/5.115.0 (like Gecko) Konqueror/5']],
  [
    'a scanner that is called a browser',
    ['User-Agent: Mozilla/5.0 (Windows NT 10.0) Chrome/126.0', 'Accept: text/html'],
  ],
  ['curl', ['User-Agent: curl/8.5.0', 'Accept: */*']],
  ['a chat program', ['User-Agent: TelegramBot (like TwitterBot)', 'Range: bytes=0-65535']],
];

fault('V01', 'an opener, a scanner and a preview neither spend the link nor learn anything', {
  act: withPerson(async (meeting) => {
    const { link, stage } = meeting;
    const target = { ...(await targetOf(meeting)), cookie: '' };
    const look = async () => {
      for (const [what, headers] of lookers) {
        const answer = await sendRaw(
          target.port,
          request(target, { path: target.startPath, query: '', headers }),
        );
        assert.equal(answer.status, 200, what);
        assert.deepEqual(
          [answer.headers.location, answer.headers['set-cookie']],
          [undefined, undefined],
          what,
        );
        for (const secret of [
          stage.provider.issuer,
          stage.provider.clientId,
          'state',
          new URL(link).pathname,
        ])
          assert.ok(!answer.raw.includes(secret), `${what} learns ${secret}`);
      }
    };
    await look();
    const page = await arrive(meeting);
    await look();
    await stillWaits(meeting);
    await goOn(page);
    assert.equal(await page.title(), 'Signed in – daypass');
  }),
});

let proxy: Server;
let browser: Browser;
before(async () => {
  proxy = createServer((request, response) => {
    const headers = Object.entries(request.headers).filter(([name]) => !name.startsWith('sec-fetch-'));
    const options = { method: request.method, headers: Object.fromEntries(headers), agent: false as const };
    const onward = ask(request.url ?? '', options, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const { port } = proxy.address() as AddressInfo;
  browser = await startChromium([`--proxy-server=127.0.0.1:${port}`, '--proxy-bypass-list=<-loopback>']);
});
after(async () => {
  await browser?.close();
  proxy?.close();
  proxy?.closeAllConnections();
});

fault('V02', 'a browser without Sec-Fetch headers signs in by itself', {
  act: withPerson(signInWith, { open: () => browser.newContext() }),
});

fault('V02', 'a browser without Sec-Fetch headers and without scripts signs in by a button', {
  act: withPerson(
    async ({ context, link }) => {
      const page = await context.newPage();
      await page.goto(link);
      await page.getByRole('button', { name: 'Go on' }).click();
      await page.getByRole('link', { name: 'Continue' }).waitFor();
      await goOn(page);
      assert.equal(await page.title(), 'Signed in – daypass');
    },
    { open: () => browser.newContext({ javaScriptEnabled: false }) },
  ),
});
