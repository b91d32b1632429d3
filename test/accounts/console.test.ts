// Another user of the machine tries to open the console of the victim.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { type AccountStage, openAccountStage } from '../support/account-stage.ts';
import { type Accounts, type Actor, accountTest } from '../support/accounts.ts';
import { ask, browserRequest, type Link, stolenLink } from '../support/listener-peers.ts';
import { type LocalFederation, startLocalFederation } from '../support/local-federation.ts';

interface Console {
  stage: AccountStage;
  federation: LocalFederation;
  attacker: Actor;
  /** The link, as the attacker has read it. */
  link: Link;
  /** Opens the link in the victim's own browser, and returns its page and the output of the command. */
  finish(): Promise<{ page: string; code: number | null; stdout: string; stderr: string }>;
}

/** Runs `console` as the victim, up to its link. */
async function openConsole(t: TestContext, accounts: Accounts): Promise<Console> {
  const federation = await startLocalFederation();
  t.after(() => federation.stop());
  const stage = await openAccountStage(t, accounts);
  assert.equal((await stage.signIn()).code, 0);
  const [attacker, person] = [await stage.actor(accounts.attacker), await stage.actor(accounts.victim)];
  const release = stage.launcher.hold();
  const call = stage.start(['console', '--federation-endpoint', federation.endpoint]);
  const link = await stolenLink(attacker, accounts, 'open');
  return {
    ...{ stage, federation, attacker, link },
    async finish() {
      const { status, body } = await person.do('browse', { url: link.link });
      release();
      const { code, stdout, stderr } = await call.exit;
      return { page: `${status} ${body}`, code, stdout, stderr };
    },
  };
}

function assertOpened({ page, code, stdout, stderr }: Awaited<ReturnType<Console['finish']>>): void {
  assert.match(page, /^200 <title>Console/, "the victim's own browser has no console");
  assert.equal(code, 0, stderr);
  assert.match(stdout, /opened the AWS console as DeveloperAccess\n$/);
}

for (const count of [0, 40, 200]) {
  accountTest(
    `a user who opens the link of console first gets nothing, with ${count} connections`,
    async (t, all) => {
      const { attacker, link, federation, finish } = await openConsole(t, all);
      const stolen = await ask(attacker, link);
      await attacker.do('hold', { port: link.port, count });
      const finished = await finish();
      assert.equal(stolen.location, undefined, 'the attacker has the sign-in of the console');
      assert.equal(stolen.cookie, undefined);
      assert.equal(stolen.status, 403, stolen.raw);
      for (const token of federation.tokens) assert.ok(!stolen.raw.includes(token));
      assertOpened(finished);
    },
  );
}

accountTest('console names both accounts if the browser of another user opens its link', async (t, all) => {
  const { attacker, link, finish } = await openConsole(t, all);
  const { status, raw } = await ask(attacker, link);
  const { stdout, stderr } = await finish();
  assert.equal(status, 403, raw);
  for (const text of [raw, `${stdout}${stderr}`])
    for (const { name } of [all.victim, all.attacker]) assert.ok(text.includes(name), `${name}: ${text}`);
});

accountTest(
  '200 connections with half a request do not keep the browser from the console',
  async (t, all) => {
    const { attacker, link, finish } = await openConsole(t, all);
    const text = browserRequest(link, link.path).slice(0, 40);
    await attacker.do('hold', { port: link.port, count: 200, text });
    assertOpened(await finish());
  },
);

for (const [leave, how] of Object.entries({ close: 'closes', reset: 'resets', half: 'half-closes' })) {
  accountTest(`a user who sends the link of console and ${how} at once changes nothing`, async (t, all) => {
    const { attacker, link, finish } = await openConsole(t, all);
    const text = browserRequest(link, link.path);
    for (const host of ['127.0.0.1', '::ffff:127.0.0.1'])
      for (let time = 0; time < 5; time++) await attacker.do('send', { port: link.port, text, host, leave });
    assertOpened(await finish());
  });
}
