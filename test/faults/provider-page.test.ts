// The provider keeps the person on an error page of its own: case V07 of docs/threats.md.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { navigation, request } from '../support/loopback-attacks.ts';
import { settableClock } from '../support/other-clock.ts';
import { sendRaw } from '../support/raw-http.ts';
import { fault } from './fault.ts';

fault(
  'V07',
  'the terminal and the error name what to check at a provider that does not send the browser back',
  {
    error: 'sign-in-open',
    text: /\nhint: if the browser shows an error of the provider, check .*; else finish it there, then run/,
    tokenRequests: 0,
    act: async (stage) => {
      const { sandbox, launcher, provider } = stage;
      const clock = settableClock(join(sandbox.home, '..', 'clock'), { timers: true });
      const running = sandbox.runInTerminal(['--profile', 'developer', '--timeout', '100'], {
        env: clock.env,
      });
      const link = await launcher.nextLink();
      const { port, host: authority, pathname: startPath } = new URL(link);
      const target = { port: Number(port), authority, startPath, state: '', cookie: '' };
      const opened = request(target, { path: startPath, query: '', headers: navigation });
      assert.equal((await sendRaw(target.port, opened)).status, 302);
      clock.set('+101s');
      // A sleeping process reads the clock when a request wakes it, and its remark wakes the caller.
      await sendRaw(target.port, request(target, { path: '/', query: '' }));
      const { terminal, ...call } = await running.exit;
      const advice = `check that daypass_client_id = ${provider.clientId} is right and that the provider allows this client the redirect address http://127.0.0.1/callback with any port (or register http://127.0.0.1:8400/callback and set daypass_redirect_port = 8400)`;
      assert.equal(
        terminal.split(`daypass: if the browser shows an error of the provider, ${advice}`).length,
        2,
        terminal,
      );
      assert.ok(call.stderr.includes(advice), call.stderr);
      // The sign-in stays open, and the next caller on this terminal may wait for it.
      clock.set('+500s');
      await sendRaw(target.port, request(target, { path: '/', query: '' }));
      return { ...call, seen: { terminal } };
    },
  },
);
