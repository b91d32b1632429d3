import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clockSkew, peerTime } from '../../src/network/clock-skew.ts';

const hour = 3_600_000;
const http = (time: number) => new Date(time).toUTCString();

function skew(date: string | undefined, headers: Record<string, string> = {}, asked = Date.now()) {
  return clockSkew(
    new Response('', { headers: { ...(date === undefined ? {} : { date }), ...headers } }),
    asked,
  );
}

test('TM07 the Date header tells how far a clock is off, if it is more than noise', () => {
  const now = Date.now();
  assert.ok(Math.abs((skew(http(now + hour)) ?? 0) - 3600) <= 1);
  assert.ok(Math.abs((skew(http(now - hour)) ?? 0) + 3600) <= 1);
  assert.equal(skew(http(now + 20_000)), 0);
  assert.equal(skew(undefined), undefined);
  assert.equal(skew('yesterday'), undefined);
});

test('TM05 a machine that slept while it waited for the answer has no wrong clock', () => {
  const asked = Date.now() - 6 * hour;
  assert.equal(skew(http(asked), {}, asked), 0);
  assert.equal(skew(http(Date.now()), {}, asked), 0);
});

const kept: Record<string, string>[] = [
  { age: '2400' },
  { age: '0' },
  { age: '5059', 'cache-control': 'no-store' },
  { 'cache-control': 'public, max-age=3600' },
  { 'cache-control': 'max-age=60' },
  { 'cache-control': 'private, S-MaxAge="600"' },
  { 'cache-control': 'immutable' },
  { expires: http(Date.now() - 60_000) },
  { expires: http(Date.now() + hour) },
];
for (const headers of kept) {
  test(`T01 an answer with ${JSON.stringify(headers)} tells no time`, () => {
    assert.equal(skew(http(Date.now() - hour), headers), undefined);
    assert.equal(peerTime(new Headers({ date: http(Date.now()), ...headers })), undefined);
  });
}

const current: Record<string, string>[] = [
  {},
  { 'cache-control': 'no-store' },
  // Spring Security and ASP.NET send these together: https://docs.spring.io/spring-security/reference/features/exploits/headers.html
  { 'cache-control': 'no-cache, no-store, max-age=0, must-revalidate', pragma: 'no-cache', expires: '0' },
  { 'cache-control': 'no-store, no-cache', expires: 'Thu, 01 Jan 1970 00:00:00 GMT' },
  { 'cache-control': 'max-age=0' },
  { 'cache-control': 'private' },
];
for (const headers of current) {
  test(`T02 an answer with ${JSON.stringify(headers)} tells the time`, () => {
    assert.ok(Math.abs((skew(http(Date.now() - hour), headers) ?? 0) + 3600) <= 1);
  });
}
