import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unreachable } from '../../src/network/unreachable.ts';

// What Node 20 and Bun 1.4.5 throw for answers that are not HTTP. Their fetch puts the code into different places.
const causes: Error[] = [
  Object.assign(new TypeError('fetch failed'), { cause: { code: 'HPE_INVALID_CONSTANT' } }),
  ...[
    'Malformed_HTTP_Response',
    'InvalidHTTPResponse',
    'InvalidContentLength',
    'UnsupportedTransferEncoding',
    'UnrequestedUpgrade',
  ].map((code) => Object.assign(new TypeError(`${code} fetching`), { code })),
];

for (const cause of causes) {
  test(`"${cause.message}" has a reason in words`, () => {
    const asked = { peer: 'the provider at idp.example', url: 'https://idp.example', setting: 'issuer' };
    const { faults } = unreachable('provider-unreachable', asked, cause, {}).toReport();
    assert.deepEqual(faults, ['cannot reach the provider at idp.example: its answer is not HTTP']);
  });
}
