import assert from 'node:assert/strict';

export interface ProcessCredentials {
  Version: 1;
  AccessKeyId: string;
  SecretAccessKey: string;
  SessionToken: string;
  Expiration: string;
  AccountId: string;
}

/** Asserts that `stdout` is one line that every AWS client can read, and returns its fields. */
export function assertVersion1(stdout: string): ProcessCredentials {
  assert.match(stdout, /^[\x20-\x7e]+\n$/, 'one line of ASCII and a line feed');
  assert.ok(stdout.length < 8000, `${stdout.length} bytes are too many for the Go SDK`);
  const credentials = JSON.parse(stdout);
  assert.deepEqual(Object.keys(credentials).sort(), [
    'AccessKeyId',
    'AccountId',
    'Expiration',
    'SecretAccessKey',
    'SessionToken',
    'Version',
  ]);
  assert.equal(credentials.Version, 1);
  for (const name of ['AccessKeyId', 'SecretAccessKey', 'SessionToken']) {
    assert.ok(typeof credentials[name] === 'string' && credentials[name] !== '', `${name} is no text`);
  }
  assert.match(credentials.Expiration, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.ok(Number.isFinite(Date.parse(credentials.Expiration)), `${credentials.Expiration} is no time`);
  assert.match(credentials.AccountId, /^\d{12}$/);
  return credentials;
}
