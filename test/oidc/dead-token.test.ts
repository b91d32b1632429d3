import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeadAtRevocation, isDeadRefreshToken } from '../../src/oidc/dead-token.ts';

const dex = {
  token_endpoint: 'https://dex.example/token',
  device_authorization_endpoint: 'https://dex.example/device/code',
};

const refusals: [status: number, error: string, description: string, metadata: object, dead: boolean][] = [
  [400, 'invalid_grant', '', {}, true],
  [401, 'invalid_grant', '', {}, true],
  [403, 'invalid_grant', 'Unknown or invalid refresh token.', {}, true],
  [400, 'invalid_request', 'Refresh token expired.', {}, true],
  [400, 'invalid_request', '', dex, true],
  [500, 'invalid_request', '', dex, false],
  [400, 'invalid_request', 'Missing parameter: client_id', {}, false],
  [401, 'token_inactive', '', {}, true],
  [400, 'interaction_required', 'AADSTS50076', {}, true],
  [429, 'invalid_grant', '', {}, false],
  [500, 'invalid_grant', '', {}, false],
  [503, 'invalid_grant', '', {}, false],
  [400, 'invalid_client', '', dex, false],
  [401, 'invalid_client', '', {}, false],
  [400, 'unauthorized_client', '', dex, false],
  [400, 'temporarily_unavailable', '', {}, false],
];

for (const [status, error, description, metadata, dead] of refusals) {
  test(`${status} ${error} "${description}" ${metadata === dex ? 'of Dex ' : ''}means ${dead ? 'dead' : 'nothing'}`, () => {
    assert.equal(isDeadRefreshToken({ status, error, error_description: description }, metadata), dead);
  });
}

test('a revocation finds a dead token by invalid_token, and by nothing about the client', () => {
  assert.ok(isDeadAtRevocation({ status: 400, error: 'invalid_token' }));
  for (const error of ['invalid_client', 'unsupported_token_type', 'invalid_request'])
    assert.ok(!isDeadAtRevocation({ status: 400, error }));
  assert.ok(!isDeadAtRevocation({ status: 503, error: 'invalid_token' }));
});
