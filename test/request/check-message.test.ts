import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkMessage } from '../../src/request/check-message.ts';
import type { ToReader } from '../../src/request/protocol.ts';
import type { Settings } from '../../src/settings/settings.ts';

const settings = { profile: 'developer', signInFlags: '--profile developer' } as Settings;
const shown = { type: 'link', print: true, browser: true } as const;
const request = 'https://id.example/auth?client_id=app&redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2F&state=x';

const kept: readonly ToReader[] = [
  { type: 'holding' },
  { type: 'lost' },
  { type: 'goes-on' },
  { type: 'remark', text: 'the role allows 3600 s at most' },
  { type: 'remark', text: 'an answer came from another container', asksAddress: true },
  { type: 'paste-refused', reason: 'no state', providerLink: undefined },
  { type: 'paste-refused', reason: 'a scope', providerLink: request },
  { ...shown, link: 'http://localhost:40123/start/abc-_', providerLink: undefined },
  { ...shown, link: 'http://localhost:40123/start/abc', providerLink: undefined, reason: 'token-refused' },
  { ...shown, link: 'http://[::1]:40123/start/abc', browser: false, providerLink: request },
  { type: 'outcome', outcome: { ok: true, credentials: 'ab' }, unsaved: undefined },
  { type: 'outcome', outcome: { ok: true, credentials: 'ab', identity: 'ada' }, unsaved: undefined },
  {
    type: 'outcome',
    outcome: {
      ...{ ok: false, scope: 'role', credentials: 'ab' },
      error: { code: 'trust-policy', faults: ['no'], hint: { advice: 'add this', again: true, paste: '{}' } },
    },
    unsaved: undefined,
  },
];
for (const message of kept) {
  test(`a caller uses ${JSON.stringify(message)} unchanged`, () => {
    assert.deepEqual(checkMessage(message, settings), message);
  });
}

test('a caller that allows device codes shows one, and opens no browser for it', () => {
  const message: ToReader = { ...shown, link: 'https://id.example/device', userCode: 'WDJB-MJHT' };
  const device = { ...settings, deviceCode: true };
  assert.deepEqual(checkMessage(message, device), { ...message, browser: false });
  assert.throws(() => checkMessage(message, settings), { code: 'renewal-running' });
});

test('a caller refuses an unsafe link that is to replace the one of a pasted address', () => {
  for (const providerLink of ['http://evil.example/a', 'file:///etc/passwd', `${request}\u001b[2J`, 7]) {
    const message = { type: 'paste-refused', reason: 'a scope', providerLink } as unknown as ToReader;
    assert.throws(() => checkMessage(message, settings), { code: 'renewal-running' });
  }
});

test('a caller shows no reason that it does not know, and no control characters in a name', () => {
  const link = {
    ...shown,
    link: 'http://localhost:40123/start/abc',
    reason: 'toString',
  } as unknown as ToReader;
  assert.ok(!('reason' in (checkMessage(link, settings) ?? {})));
  const outcome = { ok: true, credentials: 'ab', identity: 'ada\u001b[2J' } as const;
  const checked = checkMessage({ type: 'outcome', outcome }, settings);
  assert.deepEqual(checked?.type === 'outcome' && checked.outcome, { ...outcome, identity: 'ada\ufffd[2J' });
  const odd = { type: 'outcome', outcome: { ...outcome, identity: 7 } } as unknown as ToReader;
  assert.deepEqual(checkMessage(odd, settings), {
    ...{ type: 'outcome', outcome: { ok: true, credentials: 'ab' }, unsaved: undefined },
  });
});

test('the hint of an older renewal, which is one line, is kept', () => {
  const error = { code: 'denied', faults: [], hint: 'run: x\u001b[2J' };
  const outcome = { ok: false, scope: 'role', credentials: '', error };
  const checked = checkMessage({ type: 'outcome', outcome } as unknown as ToReader, settings);
  assert.deepEqual(checked?.type === 'outcome' && !checked.outcome.ok && checked.outcome.error.hint, {
    advice: 'run: x\ufffd[2J',
  });
});
