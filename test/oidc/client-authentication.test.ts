import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClientAuthentication } from '../../src/oidc/client-authentication.ts';
import type { ClientSettings } from '../../src/settings/settings.ts';

const basic = ['client_secret_basic'];
const post = ['client_secret_post'];

/** Sends a request that is refused until `accepted` returns true. Returns the requests that were sent. */
async function sent(
  settings: { clientId?: string; clientSecret?: string },
  listed: readonly string[] | undefined,
  accepted: (credentials: string) => boolean = () => true,
  refusal = Response.json({ error: 'invalid_client' }, { status: 401 }),
): Promise<string[]> {
  const authentication = new ClientAuthentication({ clientId: 'app', ...settings } as ClientSettings, listed);
  const all: string[] = [];
  await authentication.send(
    { body: new URLSearchParams({ client_id: 'app', code: 'c' }) },
    async (options) => {
      const header = new Headers(options.headers).get('authorization')?.replace('Basic ', '');
      const form = new URLSearchParams(options.body as URLSearchParams);
      assert.equal(form.get('code'), 'c');
      assert.equal(form.has('client_id'), header === undefined, 'the id is sent once');
      const secret = form.get('client_secret');
      const credentials = header ? Buffer.from(header, 'base64').toString() : secret && `post ${secret}`;
      all.push(credentials ?? 'none');
      return accepted(credentials ?? '') ? Response.json({}) : refusal.clone();
    },
  );
  return all;
}

test('a public client sends no secret', async () => {
  assert.deepEqual(await sent({}, basic), ['none']);
});

test('a header that both kinds of providers read alike is sent literally', async () => {
  const clientSecret = 'a-b_c.d~e/f=&g h';
  for (const listed of [basic, undefined, [...basic, ...post]])
    assert.deepEqual(await sent({ clientSecret }, listed), [`app:${clientSecret}`]);
});

test('a secret that they read differently goes into the body where the provider takes it', async () => {
  assert.deepEqual(await sent({ clientSecret: 'a%b+c' }, [...basic, ...post]), ['post a%b+c']);
  assert.deepEqual(await sent({ clientSecret: 'a%b+c' }, post), ['post a%b+c']);
});

test('else it is encoded as RFC 6749 says, and literally after a refusal of the client', async () => {
  const clientSecret = 'a%b+cé';
  const encoded = 'app:a%25b%2Bc%C3%A9';
  assert.deepEqual(await sent({ clientSecret }, basic), [encoded]);
  const literal = `app:${clientSecret}`;
  assert.deepEqual(await sent({ clientSecret }, basic, (said) => said === literal), [encoded, literal]);
});

test('a client that is registered for the body alone is tried with it', async () => {
  const all = await sent({ clientSecret: 's' }, [...basic, ...post], (said) => said.startsWith('post'));
  assert.deepEqual(all, ['app:s', 'post s']);
});

test('an error about the code or the token is not tried again', async () => {
  for (const [error, status] of [
    ['invalid_grant', 400],
    ['invalid_grant', 401],
    ['unauthorized_client', 400],
    ['invalid_client', 503],
  ] as const) {
    const refusal = Response.json({ error }, { status });
    assert.equal(
      (await sent({ clientSecret: 'a%b' }, [...basic, ...post], () => false, refusal)).length,
      1,
      error,
    );
  }
});

test('the way that worked is used for the next request', async () => {
  const client = { clientId: 'app', clientSecret: 'a%b' } as ClientSettings;
  const authentication = new ClientAuthentication(client, basic);
  let requests = 0;
  const post = async (options: RequestInit) => {
    requests += 1;
    const header = new Headers(options.headers).get('authorization') ?? '';
    const literal = Buffer.from(header.slice(6), 'base64').toString() === 'app:a%b';
    return literal ? Response.json({}) : Response.json({ error: 'invalid_client' }, { status: 400 });
  };
  for (const expected of [2, 3]) {
    await authentication.send({ body: new URLSearchParams() }, post);
    assert.equal(requests, expected);
  }
});
