// Another user of the machine wants a sign-in of the victim to end with an account of his own.
import assert from 'node:assert/strict';
import { accountTest } from '../support/accounts.ts';
import { ask, browserRequest, loot, openSignIn } from '../support/listener-peers.ts';

accountTest('a user who takes the link first does not sign in for the victim', async (t, all) => {
  const signIn = await openSignIn(t, all);
  const { attacker, person, link } = signIn;
  const stolen = await ask(attacker, link);
  await attacker.do('hold', { port: link.port, count: 40 });
  if (stolen.location) {
    const { url } = await attacker.do('browse', { url: stolen.location, login: 'mallory', stops: true });
    const { pathname, search } = new URL(url);
    await ask(attacker, link, `${pathname}${search}`, stolen.cookie);
  }
  const page = await person.do('browse', { url: link.link });
  await signIn.assertSignedIn(page);
  assert.equal(stolen.location, undefined);
  assert.equal(stolen.cookie, undefined);
  assert.equal(stolen.status, 403, stolen.raw);
});

accountTest('a user with the cookie, the state and a code of his own is refused', async (t, all) => {
  const signIn = await openSignIn(t, all);
  const { attacker, person, link } = signIn;
  const { cookie, callback, own } = await loot(signIn);
  const answer = await ask(attacker, link, callback, cookie);
  const again = await ask(attacker, link, link.path, cookie);
  const done = await ask(attacker, link, '/done', cookie);
  await signIn.assertSignedIn(await person.do('browse', { url: own }));
  assert.equal(answer.status, 403, answer.raw);
  assert.equal(again.status, 403, again.raw);
  assert.equal(again.location, undefined, 'the attacker has the authorization request');
  assert.ok([403, 404].includes(done.status), done.raw);
});

for (const [leave, how] of Object.entries({ close: 'closes', reset: 'resets', half: 'half-closes' })) {
  accountTest(`a user who sends the link and ${how} at once changes nothing`, async (t, all) => {
    const signIn = await openSignIn(t, all);
    const { attacker, person, link } = signIn;
    const text = browserRequest(link, link.path);
    for (const host of ['127.0.0.1', '::ffff:127.0.0.1'])
      for (let time = 0; time < 10; time++) await attacker.do('send', { port: link.port, text, host, leave });
    await signIn.assertSignedIn(await person.do('browse', { url: link.link }));
  });

  accountTest(`a user who sends a callback and ${how} at once changes nothing`, async (t, all) => {
    const signIn = await openSignIn(t, all);
    const { attacker, person, link } = signIn;
    const { cookie, callback, own } = await loot(signIn);
    const text = browserRequest(link, callback, cookie);
    for (const host of ['127.0.0.1', '::ffff:127.0.0.1'])
      for (let time = 0; time < 10; time++) await attacker.do('send', { port: link.port, text, host, leave });
    await signIn.assertSignedIn(await person.do('browse', { url: own }));
  });
}

accountTest('a user who connects by a mapped address is refused like any other', async (t, all) => {
  const signIn = await openSignIn(t, all);
  const { attacker, person, link } = signIn;
  const send = (target: string, cookie?: string): Promise<string> =>
    attacker.do('send', {
      port: link.port,
      text: browserRequest(link, target, cookie),
      host: '::ffff:127.0.0.1',
    });
  const refused = /^HTTP\/1\.1 403 /;
  assert.match(await send(link.path), refused);
  const { cookie, callback, own } = await loot(signIn);
  assert.match(await send(callback, cookie), refused);
  await signIn.assertSignedIn(await person.do('browse', { url: own }));
});
