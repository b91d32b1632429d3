import assert from 'node:assert/strict';
import { DaypassError, type ErrorCode } from '../../src/errors.ts';
import { discover } from '../../src/oidc/discovery.ts';
import { Provider } from '../../src/oidc/provider.ts';
import type { Settings } from '../../src/settings/settings.ts';
import { type HostileProvider, signedIdToken, startHostileProvider } from './hostile-provider.ts';
import type { Random } from './random.ts';

const redirectUri = 'http://127.0.0.1:7777/callback';

/** Sends mutated ID tokens after a code. Only a token with unchanged claims may be accepted. */
export async function fuzzIdTokens(rounds: number, random: Random): Promise<void> {
  await withProvider(async (provider) => {
    const settings = { issuer: provider.issuer, clientId: provider.clientId, authorizeParams: {} };
    const client = await Provider.discover(settings as Settings);
    let taken = 0;
    for (let round = 0; round < rounds; round++) {
      const request = await client.authorizationRequest(redirectUri);
      const code = `code-${round}`;
      const mutated = random.whole(3) === 0 ? claimsOfAnotherType(random) : undefined;
      const good = String(signedIdToken(provider, {}, { nonce: request.nonce, ...mutated }));
      const idToken = mutated ? good : mutatedText(good, random, tokenCharacters);
      const body = { access_token: 'the-access-token', token_type: 'Bearer', id_token: idToken };
      provider.token = () => ({ body });
      const callback = new URLSearchParams({ code, state: request.state });
      const right = !mutated && sameToken(idToken, good);
      try {
        await client.exchange(request, callback);
        assert.ok(right, `taken: ${idToken}`);
        taken += 1;
      } catch (error) {
        assertRefused(error, ['bad-id-token', 'provider-failed'], idToken);
        assert.ok(!right, `refused: ${idToken}`);
      }
    }
    // The test proves nothing if every token is rejected.
    assert.ok(taken > 0 || rounds < 1000, 'some tokens stay unchanged');
  });
}

/** Serves mutated discovery documents. An accepted one must have this issuer and safe endpoints. */
export async function fuzzDiscovery(rounds: number, random: Random): Promise<void> {
  await withProvider(async (provider) => {
    const response = await fetch(`${provider.issuer}/.well-known/openid-configuration`);
    const good = await response.text();
    const codes: ErrorCode[] = ['bad-discovery', 'issuer-mismatch', 'provider-failed'];
    for (let round = 0; round < rounds; round++) {
      const text =
        random.whole(2) === 0 ? mutatedText(good, random, jsonCharacters) : withOddField(good, random);
      provider.discovery = () => ({ body: text });
      try {
        const { metadata } = await discover({ issuer: provider.issuer });
        assertSafe(metadata as unknown as Record<string, unknown>, provider.issuer, text);
      } catch (error) {
        if ((error as Error).name === 'AssertionError') throw error;
        assertRefused(error, codes, text);
      }
    }
  });
}

async function withProvider(use: (provider: HostileProvider) => Promise<void>): Promise<void> {
  const provider = await startHostileProvider();
  try {
    await use(provider);
  } finally {
    await provider.stop();
  }
}

const tokenCharacters = [...'ABCxyz019-_.=+/ %\u0000é"'];
const jsonCharacters = [...'{}[]",:\\/0x\u0000é \n'];

/** Changes, inserts or deletes one to four characters, doubles a piece, or cuts the text. */
export function mutatedText(text: string, random: Random, characters: readonly string[]): string {
  let mutated = text;
  for (let times = 1 + random.whole(4); times > 0; times--) {
    const at = random.whole(mutated.length);
    const [before, here, after] = [mutated.slice(0, at), mutated.slice(at, at + 1), mutated.slice(at + 1)];
    mutated = random.pick([
      () => before + random.pick(characters) + after,
      () => before + random.pick(characters) + here + after,
      () => before + after,
      () => before + here + here + after,
      () => mutated + mutated.slice(at, at + 5),
      () => (random.whole(10) === 0 ? before : mutated),
    ])();
  }
  return mutated;
}

/**
 * Returns whether the parts are equal. The last bits of base64url may be unused; the signature covers the
 * text.
 */
function sameToken(one: string, other: string): boolean {
  const [head, signature] = [one.slice(0, one.lastIndexOf('.')), one.slice(one.lastIndexOf('.') + 1)];
  const [rightHead, right] = [
    other.slice(0, other.lastIndexOf('.')),
    other.slice(other.lastIndexOf('.') + 1),
  ];
  const bytes = (text: string) => Buffer.from(text, 'base64url');
  return head === rightHead && /^[\w-]*$/.test(signature) && bytes(signature).equals(bytes(right));
}

const odd = [null, true, 0, -1, '', 'x', [], {}, [null], { a: 1 }, '\u0000', Number.MAX_VALUE, '1e3'];

/** Returns claims of which one has a wrong value; the token is signed correctly. */
function claimsOfAnotherType(random: Random): Record<string, unknown> {
  const name = random.pick(['iss', 'aud', 'nonce', 'exp', 'iat']);
  const far = typeof odd[11] === 'number' && name === 'exp';
  const values = odd.filter((value) => !(far && value === Number.MAX_VALUE));
  return { [name]: random.pick(values) };
}

function withOddField(text: string, random: Random): string {
  const metadata: Record<string, unknown> = JSON.parse(text);
  const urls = [
    'javascript:alert(1)',
    'http://idp.example/',
    'https://a@idp.example/',
    'https://idp.example/#x',
    '//idp.example/x',
    'https://idp.example/\u0000',
    'file:///etc/passwd',
  ];
  const name = random.pick([...Object.keys(metadata), '__proto__', 'constructor', 'issuer']);
  const value = random.pick([...odd, ...urls, undefined]);
  return JSON.stringify(Object.defineProperty(metadata, name, { value, enumerable: true }));
}

function assertSafe(metadata: Record<string, unknown>, issuer: string, text: string): void {
  assert.equal(metadata.issuer, issuer, text);
  for (const name of ['authorization_endpoint', 'token_endpoint', 'jwks_uri']) {
    const { protocol, hostname, username, hash } = new URL(String(metadata[name]));
    assert.ok(protocol === 'https:' || (protocol === 'http:' && hostname === '127.0.0.1'), text);
    assert.equal(username + hash, '', text);
  }
  for (const algorithm of metadata.id_token_signing_alg_values_supported as string[])
    assert.match(algorithm, /^(RS|ES)\d{3}$/, text);
}

/** Asserts that the error is readable and repeats nothing of the input. */
export function assertRefused(error: unknown, codes: readonly ErrorCode[], sent: string): void {
  assert.ok(error instanceof DaypassError, `${(error as Error)?.stack}\n${sent}`);
  assert.ok(codes.includes(error.code), `${error.code} for ${sent}`);
  assert.ok(error.hint, `${error.code} has no hint`);
  const told = error.faults.join('\n') + error.hint;
  assert.doesNotMatch(told, /[\p{Cc}\p{Cf}]/u, sent);
  assert.ok(!/eyJ[\w-]{20}/.test(told), told);
}
