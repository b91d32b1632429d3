import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerFields, usableFields, usableKeys } from '../../src/oidc/answer-fields.ts';

const misfits = [null, '', 7.5, -1, true, [], {}, [null], 'x'];

test('fields of another type count as absent, and fields that are not in the table are dropped', () => {
  const honest = { id_token: 'a.b.c', refresh_token: 'r' };
  assert.deepEqual(usableFields('tokens', { ...honest, access_token: 'secret', more: 1 }), {
    ...honest,
    access_token: 'unused',
    token_type: 'bearer',
  });
  for (const value of misfits.slice(0, -1)) {
    const { refresh_token: token } = usableFields('tokens', { ...honest, refresh_token: value });
    assert.equal(token, undefined, JSON.stringify(value));
  }
});

test('a needed field that cannot be used is named', () => {
  const device = { device_code: 'd', user_code: 'ABCD', verification_uri: 'https://idp.example/' };
  for (const name of Object.keys(device)) {
    for (const value of [undefined, null, '', 7, {}]) {
      assert.throws(() => usableFields('device', { ...device, [name]: value }), {
        code: 'provider-failed',
        message: `the provider's device-code answer has no usable ${name}`,
      });
    }
  }
});

test('an ID token that is absent is not one that has another type', () => {
  for (const absent of [undefined, null, ''])
    assert.ok(!('id_token' in usableFields('tokens', { id_token: absent })));
  for (const wrong of [7, {}, ['a.b.c']])
    assert.throws(() => usableFields('tokens', { id_token: wrong }), /no usable id_token/);
});

test('numbers may be text, and other values have their default', () => {
  const device = { device_code: 'd', user_code: 'ABCD', verification_url: 'https://idp.example/' };
  const times = (fields: object) => {
    const { expires_in: lifetime, interval } = usableFields('device', { ...device, ...fields });
    return [lifetime, interval];
  };
  assert.deepEqual(times({ expires_in: '900', interval: '2' }), [900, 2]);
  for (const value of [null, '', 0, -1, 'soon', '1e3', Number.NaN, {}, []])
    assert.deepEqual(times({ expires_in: value, interval: value }), [600, 5], JSON.stringify(value));
});

test('inherited names are not fields', () => {
  const answer = Object.create({ refresh_token: 'inherited' });
  assert.ok(!('refresh_token' in usableFields('tokens', answer)));
});

test('a key set keeps its objects, each with what its kind needs', () => {
  const key = { kty: 'RSA', kid: 'one', n: 'AA', e: 'AQAB' };
  const { keys } = usableKeys({ keys: [null, 7, { ...key, alg: null, use: '', x5c: ['MII'] }] });
  assert.deepEqual(keys, [key]);
  assert.throws(() => usableKeys({ keys: [] }), /no usable keys/);
});

test('every field of the table has one type', () => {
  for (const of of Object.values(answerFields))
    for (const { type } of Object.values(of)) assert.match(type, /^(text|number|flag|texts|objects)$/);
});
