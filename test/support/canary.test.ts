import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findSecrets } from './canary.ts';

const secret = 'wJ+alr/XUt>nFE"MI\\K7~ä?';

const leaks: Record<string, string | Buffer> = {
  'plain text': `token=${secret}&`,
  'plain text in a Buffer': Buffer.from(`\0\xff${secret}`),
  'percent-encoding': `https://a/?t=${encodeURIComponent(secret)}&b`,
  'percent-encoding in lower case': encodeURIComponent(secret).replace(/%../g, (hex) => hex.toLowerCase()),
  'percent-encoding of a whole URL': encodeURI(`https://a/?t=${secret}`),
  'percent-encoding of every byte': Buffer.from(secret).toString('hex').replace(/../g, '%$&'),
  'percent-encoding of a form': new URLSearchParams({ token: `${secret} b` }).toString(),
  'percent-encoding twice': encodeURIComponent(`https://a/?t=${encodeURIComponent(secret)}`),
  'a JSON string': JSON.stringify({ token: secret }),
  'a JSON string with every character escaped': [...secret].map(unicodeEscape).join(''),
  'UTF-16LE': Buffer.from(`x${secret}`, 'utf16le'),
  hex: `<${Buffer.from(secret).toString('hex')}>`,
  'hex in capitals': Buffer.from(`é${secret}`).toString('hex').toUpperCase(),
  base64: Buffer.from(secret).toString('base64'),
  'base64 after one byte': Buffer.from(`:${secret}:`).toString('base64'),
  'base64 after two bytes': Buffer.from(`::${secret}:`).toString('base64'),
  base64url: Buffer.from(`>>>${secret}`).toString('base64url'),
  'base64url after one byte': Buffer.from(`u:::${secret}???`).toString('base64url'),
  'base64url after two bytes': Buffer.from(`me${secret}`).toString('base64url'),
};

for (const [name, haystack] of Object.entries(leaks)) {
  test(`findSecrets finds a secret as ${name}`, () => {
    const findings = findSecrets({ clean: 'nothing here', stderr: haystack }, [secret]);
    assert.equal(findings.length, 1);
    assert.match(findings[0] ?? '', /^wJ\+alr… in stderr as /);
    const encoding = findings[0]?.split(' as ')[1] ?? '';
    assert.ok(name.startsWith(encoding), `${name} was called ${encoding}`);
  });
}

test('findSecrets finds nothing in a clean text, half a secret and other secrets', () => {
  const half = secret.slice(0, 12);
  const other = 'AQoDYXdzEJr+Another/Secret==';
  const clean = [half, other].flatMap((text) => [
    text,
    encodeURIComponent(text),
    JSON.stringify(text),
    ...(['hex', 'base64', 'base64url'] as const).map((encoding) => Buffer.from(text).toString(encoding)),
  ]);
  assert.deepEqual(
    findSecrets({ stdout: clean.join('\n'), file: Buffer.from(half, 'utf16le') }, [secret]),
    [],
  );
});

test('findSecrets finds a secret beside a text that looks like a JSON escape', () => {
  const program = Buffer.from(`\0\\N \\U0041 \\u00zz ${JSON.stringify(secret)}`);
  assert.deepEqual(findSecrets({ program }, [secret]), ['wJ+alr… in program as a JSON string']);
});

test('findSecrets reports each secret for each haystack that has it', () => {
  const findings = findSecrets({ log: 'first-secret second-secret', stderr: 'second-secret' }, [
    'first-secret',
    'second-secret',
    'third-secret',
  ]);
  assert.deepEqual(findings, [
    'first-… in log as plain text',
    'second… in log as plain text',
    'second… in stderr as plain text',
  ]);
});

test('findSecrets rejects a secret that is too short', () => {
  assert.throws(() => findSecrets({}, ['short']), /too short/);
});

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
