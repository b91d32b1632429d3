import assert from 'node:assert/strict';
import { test } from 'node:test';
import { providerPageAdvice } from '../../src/request/provider-page-advice.ts';
import type { Settings } from '../../src/settings/settings.ts';

const base = {
  clientId: '0oa1b2c3',
  redirectHost: 'localhost',
  redirectPath: '/callback',
  redirectPorts: [],
};
const rows: [what: string, settings: object, link: string, advice: RegExp][] = [
  [
    'any port',
    {},
    'http://localhost:40123/start/x',
    /check that daypass_client_id = 0oa1b2c3 is right and .* the redirect address http:\/\/localhost\/callback with any port \(or register http:\/\/localhost:8400\/callback and set daypass_redirect_port = 8400\)$/,
  ],
  [
    'a fixed port',
    { redirectPorts: [8400] },
    'http://localhost:8400/start/x',
    /allows this client the redirect address http:\/\/localhost:8400\/callback$/,
  ],
  [
    'no path',
    { redirectPorts: [8400], redirectPath: '' },
    'http://localhost:8400/start/x',
    /allows this client the redirect address http:\/\/localhost:8400$/,
  ],
];
for (const [what, settings, link, advice] of rows) {
  test(`the advice names the client and the redirect address to register: ${what}`, () => {
    assert.match(providerPageAdvice({ ...base, ...settings } as unknown as Settings, link), advice);
  });
}
