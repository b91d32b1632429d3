// Another user of the machine fills the listener before and during a sign-in of the victim.
import assert from 'node:assert/strict';
import { accountTest } from '../support/accounts.ts';
import { browserRequest, openSignIn } from '../support/listener-peers.ts';

for (const count of [10, 40, 200])
  for (const kind of ['idle connections', 'half requests']) {
    accountTest(`the browser of the victim gets through ${count} ${kind}`, async (t, all) => {
      const signIn = await openSignIn(t, all);
      const { attacker, person, link } = signIn;
      const text = kind === 'half requests' ? browserRequest(link, link.path).slice(0, 40) : '';
      assert.equal(await attacker.do('hold', { port: link.port, count, text }), count);
      const { url, body } = await person.do('browse', { url: link.link, stops: true });
      assert.match(url, /\/callback\?/, body);
      await attacker.do('hold', { port: link.port, count, text });
      await signIn.assertSignedIn(await person.do('browse', { url }));
    });
  }

accountTest('the browser of the victim gets through a user who connects again and again', async (t, all) => {
  const signIn = await openSignIn(t, all);
  const { attacker, person, link } = signIn;
  await attacker.do('keepHolding', { port: link.port, count: 200 });
  await signIn.assertSignedIn(await person.do('browse', { url: link.link }));
});
