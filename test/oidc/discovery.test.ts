// The cases I01 to I14 of docs/threats.md that concern the provider's metadata.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { DaypassError } from '../../src/errors.ts';
import { type Discovered, discover } from '../../src/oidc/discovery.ts';
import { isPlainUrl } from '../../src/oidc/endpoint-gate.ts';
import {
  bombs,
  hostileEndpoints,
  json,
  noMetadata,
  otherIssuers,
  pkceMethods,
} from '../support/bad-metadata.ts';

let issuer = '';
let answer: RequestListener;
let paths: string[] = [];
const server = createServer((request, response) => {
  paths.push(request.url ?? '');
  answer(request, response);
});

before(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => {
  server.close();
  server.closeAllConnections();
});

function metadata(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    code_challenge_methods_supported: ['S256'],
    id_token_signing_alg_values_supported: ['RS256'],
    ...changes,
  };
}

function discovered(from: RequestListener, configured = issuer, deadline?: number): Promise<Discovered> {
  answer = from;
  paths = [];
  return discover({ issuer: configured }, deadline);
}

function refused(code: string, text: RegExp): (error: DaypassError) => true {
  return (error) => {
    assert.equal(error.code, code, error.message);
    assert.match(error.message, text);
    assert.doesNotMatch(error.faults.join('') + error.hint, /[\p{Cc}\p{Cf}]/u);
    return true;
  };
}

suite('the issuer', () => {
  for (const [id, what, named] of otherIssuers) {
    test(`${id} oidcc-client-test-discovery-issuer-mismatch: ${what}`, async () => {
      await assert.rejects(
        discovered(json(metadata({ issuer: named(issuer) }))),
        refused('issuer-mismatch', /calls itself/),
      );
    });
  }

  test("of Microsoft's shared metadata names the tenant that is missing", async () => {
    const shared = 'https://login.microsoftonline.com/{tenantid}/v2.0';
    const isRefused = refused('issuer-mismatch', /calls itself/);
    await assert.rejects(
      discovered(json(metadata({ issuer: shared }))),
      (error: DaypassError) => isRefused(error) && /your tenant's id instead/.test(String(error.hint)),
    );
  });

  test('may end in a slash or have a path, if the provider says the same', async () => {
    for (const path of ['/', '/realms/x', '/realms/x/']) {
      const configured = issuer + path;
      const { metadata: found } = await discovered(json(metadata({ issuer: configured })), configured);
      assert.equal(found.issuer, configured);
      assert.deepEqual(paths, [`${path.replace(/\/$/, '')}/.well-known/openid-configuration`]);
    }
  });
});

suite('an unusable answer', () => {
  for (const [id, what, code, text, from] of noMetadata) {
    test(`${id} ${what}: ${code}`, () => assert.rejects(discovered(from), refused(code, text)));
  }

  for (const status of [301, 302, 303, 307, 308]) {
    test(`I06 redirect ${status} is not followed`, async () => {
      const redirect: RequestListener = (request, response) => {
        if (request.url === '/elsewhere') return json(metadata())(request, response);
        return response.writeHead(status, { location: '/elsewhere' }).end();
      };
      await assert.rejects(
        discovered(redirect),
        refused('provider-failed', new RegExp(`answered ${status}`)),
      );
      assert.deepEqual(paths, ['/.well-known/openid-configuration']);
    });
  }

  test('I07 __proto__ changes nothing', async () => {
    const polluted = JSON.stringify(metadata()).replace('{', '{"__proto__":{"polluted":true},');
    const { metadata: found } = await discovered((_, response) => response.end(polluted));
    assert.equal(({} as { polluted?: true }).polluted, undefined);
    assert.equal(Object.getPrototypeOf(found), Object.prototype);
    const onlyThere = `{"__proto__":${JSON.stringify(metadata())}}`;
    await assert.rejects(
      discovered((_, response) => response.end(onlyThere)),
      refused('bad-discovery', /OIDC provider/),
    );
  });

  test('I07 of two issuers in one object the last is compared', async () => {
    const twice = JSON.stringify(metadata()).replace(/}$/, ',"issuer":"https://evil.example"}');
    await assert.rejects(
      discovered((_, response) => response.end(twice)),
      refused('issuer-mismatch', /evil\.example/),
    );
  });
});

suite('an answer without end', () => {
  for (const [what, reason, deadline, from] of bombs) {
    test(`I08 ${what} is cut off`, { timeout: 30_000 }, async () => {
      const before = process.memoryUsage().rss;
      const closed = new Promise((resolve) =>
        server.once('request', (request) => request.socket.once('close', resolve)),
      );
      await assert.rejects(discovered(from, issuer, deadline), refused('provider-unreachable', reason));
      await closed;
      assert.ok(process.memoryUsage().rss - before < 150 * 1024 * 1024);
    });
  }
});

suite('an endpoint', () => {
  for (const [id, endpoint] of hostileEndpoints) {
    test(`${id} ${JSON.stringify(endpoint)} is refused`, async () => {
      for (const name of ['authorization_endpoint', 'token_endpoint', 'jwks_uri']) {
        await assert.rejects(
          discovered(json(metadata({ [name]: endpoint }))),
          refused('bad-discovery', new RegExp(`the provider's ${name} is`)),
        );
      }
      for (const name of ['revocation_endpoint', 'device_authorization_endpoint', 'end_session_endpoint']) {
        const { metadata: found } = await discovered(json(metadata({ [name]: endpoint })));
        assert.ok(!(name in found), `${name} counts as absent`);
      }
    });
  }

  test('that is missing, or not text, is refused', async () => {
    for (const name of ['authorization_endpoint', 'token_endpoint', 'jwks_uri']) {
      for (const value of [undefined, null, 7, [], {}, '']) {
        await assert.rejects(
          discovered(json(metadata({ [name]: value }))),
          refused('bad-discovery', new RegExp(name)),
        );
      }
    }
  });

  test('I10 whose characters a URL encodes is passed on encoded', async () => {
    const raw = 'https://idp.example/`id`?a="b"\n&c=\u2019';
    const { metadata: found } = await discovered(json(metadata({ authorization_endpoint: raw })));
    assert.ok(isPlainUrl(new URL(String(found.authorization_endpoint)).href));
  });

  test('may have a query of its own, and be on another host', async () => {
    const endpoint = 'https://login.idp.example/authorize?tenant=a&policy=b';
    const { metadata: found } = await discovered(json(metadata({ authorization_endpoint: endpoint })));
    assert.equal(found.authorization_endpoint, endpoint);
  });
});

suite('what the provider supports', () => {
  for (const [supported, accepted] of pkceMethods) {
    test(`I14 PKCE methods ${JSON.stringify(supported)} are ${accepted ? 'enough' : 'refused'}`, async () => {
      const found = discovered(json(metadata({ code_challenge_methods_supported: supported })));
      await (accepted ? found : assert.rejects(found, refused('bad-discovery', /PKCE with S256/)));
    });
  }

  const algorithms: [listed: unknown, kept: string[]][] = [
    [
      ['none', 'HS256', 'RS256', 'PS256', 'EdDSA', 'ES512'],
      ['RS256', 'ES512'],
    ],
    [undefined, ['RS256']],
    [['none', 'HS256'], []],
    [[], ['RS256']],
    ['RS256', ['RS256']],
    [null, ['RS256']],
  ];
  for (const [listed, kept] of algorithms) {
    test(`I16 I17 of the algorithms ${JSON.stringify(listed)} ${kept.join(' ') || 'none'} is left`, async () => {
      const found = discovered(json(metadata({ id_token_signing_alg_values_supported: listed })));
      if (kept.length === 0) await assert.rejects(found, refused('bad-discovery', /no algorithm/));
      else assert.deepEqual((await found).metadata.id_token_signing_alg_values_supported, kept);
    });
  }
});

suite('a good answer', () => {
  test('oidcc-client-test-discovery-openid-config', async () => {
    assert.deepEqual((await discovered(json(metadata()))).metadata, metadata());
    assert.deepEqual(paths, ['/.well-known/openid-configuration']);
  });

  test('may have the type HTML, and may be compressed', async () => {
    await discovered(json(metadata(), { 'content-type': 'text/html' }));
    await discovered((_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(JSON.stringify(metadata()))),
    );
  });
});
