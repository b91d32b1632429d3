// The callback comes from another container or profile, or by TLS: cases V03 and V04 of docs/threats.md.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';
import { fault } from './fault.ts';
import { arrive, askOnAPage, browser, type Meeting, withPerson } from './person-in-chromium.ts';

/** Opens the link in one container, and the provider's answer in another. Returns the address of its page. */
async function answerElsewhere(meeting: Pick<Meeting, 'context' | 'link'>): Promise<string> {
  const page = await arrive(meeting);
  const callback = (await page.getByRole('link', { name: 'Continue' }).getAttribute('href')) ?? '';
  const container = await browser.newContext();
  const other = await container.newPage();
  const response = await other.goto(callback);
  assert.equal(response?.status(), 403);
  const text = (await other.textContent('main')) ?? '';
  assert.match(text, /container or profile.* did not open the sign-in link/);
  assert.match(text, /paste there the address of this page:\s+daypass login --profile developer/);
  const address = other.url();
  assert.equal(address, callback, 'the person can copy it');
  await container.close();
  return address;
}

fault('V03', 'an answer from another container ends nothing, and a login beside it accepts its address', {
  tabs: 2,
  act: withPerson(async (meeting) => {
    const address = await answerElsewhere(meeting);
    const { stage } = meeting;
    const login = stage.sandbox.runInTerminal(['login', '--profile', 'developer'], { wholly: true });
    await login.waitForTerminal(/container or profile that did not open its link[\s\S]* address: /);
    login.type(`${address}\r`);
    const { code, terminal } = await login.exit;
    assert.equal(code, 0, terminal);
  }),
});

fault('V03', 'a login on a local terminal asks for the address once it helps', {
  act: async (stage) => {
    askOnAPage(stage.provider);
    const login = stage.sandbox.runInTerminal(['login', '--profile', 'developer'], { wholly: true });
    const link = await stage.launcher.nextLink();
    await login.waitForTerminal(/your browser opens/);
    assert.doesNotMatch(login.terminalText(), /address:/);
    const context = await browser.newContext();
    const address = await answerElsewhere({ context, link });
    await context.close();
    await login.waitForTerminal(/ address: /);
    login.type('https://evil.example/callback\r');
    await login.waitForTerminal(/not accepted: it does not begin with/);
    login.type(`${address}\r`);
    const { code, terminal } = await login.exit;
    assert.equal(code, 0, terminal);
    return {
      ...(await stage.daypass(['--non-interactive'])),
      seen: { login: terminal.replaceAll(address, '') },
    };
  },
});

fault('V04', 'TLS at the listener is named on the terminal once, and the sign-in goes on', {
  keys: { daypass_redirect_host: 'localhost' },
  act: async (stage) => {
    const running = stage.sandbox.runInTerminal(['--profile', 'developer']);
    const link = await stage.launcher.nextLink();
    for (let time = 0; time < 2; time++) {
      const socket = connect({ port: Number(new URL(link).port), host: '127.0.0.1' });
      const [error] = await once(socket, 'error');
      assert.match(String((error as NodeJS.ErrnoException).code), /SSL|EPROTO|ECONNRESET/);
    }
    await running.waitForTerminal(/began TLS .* HTTPS-only mode for localhost, .*#hsts/);
    const { body } = await signInOverHttp(link);
    const { terminal, ...call } = await running.exit;
    assert.equal(terminal.split('began TLS').length, 2, terminal);
    return { ...call, seen: { terminal, body } };
  },
});
