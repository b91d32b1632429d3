import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';

const source = resolve(import.meta.dirname, '../src');
const slashes = (path: string) => path.replaceAll('\\', '/');
const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map(slashes);

/** What each file imports: ours as paths below src, the others as package names. */
const imports = new Map(
  files.map((file) => {
    const text = readFileSync(join(source, file), 'utf8');
    const found = [...text.matchAll(/(?:from|import|import\(|\)\()\s*'([^']+)'/g)].map(([, target = '']) =>
      target.startsWith('.') ? slashes(relative(source, resolve(source, dirname(file), target))) : target,
    );
    return [file, found];
  }),
);

const folder = (file: string) => (file.includes('/') ? file.split('/', 1)[0] : '');

function importersOf(library: string): string[] {
  return [...imports].filter(([, targets]) => targets.includes(library)).map(([file]) => file);
}

for (const [from, forbidden] of [
  ['settings', ['session', 'oidc', 'aws', 'renewal', 'commands']],
  ['session', ['oidc', 'aws', 'renewal', 'commands']],
  ['oidc', ['session', 'aws', 'renewal', 'commands']],
  ['aws', ['session', 'oidc', 'renewal', 'commands']],
  ['renewal', ['commands']],
  ['shell', ['oidc', 'aws', 'renewal', 'commands']],
  ['network', ['settings', 'session', 'oidc', 'aws', 'renewal', 'commands']],
] as const) {
  test(`${from} imports nothing of ${forbidden.join(', ')}`, () => {
    const own = [...imports].filter(([file]) => folder(file) === from);
    assert.ok(own.length > 0, 'nothing was looked at');
    for (const [file, targets] of own) {
      for (const target of targets) {
        assert.ok(
          !(forbidden as readonly string[]).includes(folder(target) ?? ''),
          `${file} imports ${target}`,
        );
      }
    }
  });
}

for (const [library, ...places] of [
  ['keytar', 'store/keytar.ts'],
  ['openid-client', 'oidc/provider-error.ts', 'oidc/provider.ts'],
  ['express', 'browser/loopback-server.ts'],
  ['eta', 'browser/pages.ts'],
  ['open', 'browser/open.ts'],
  ['@aws-sdk/client-sts', 'aws/sts.ts'],
  ['https-proxy-agent', 'network/agent.ts'],
  ['@clack/prompts', 'terminal/prompts.ts'],
] as const) {
  test(`${library} is imported in ${places.join(' and ')} alone (types aside)`, () => {
    const types = library === 'openid-client' ? ['oidc/discovery.ts'] : [];
    assert.deepEqual(
      importersOf(library).filter((file) => !types.includes(file)),
      places,
    );
  });
}

test('no file imports itself by way of others', () => {
  const done = new Set<string>();
  const visit = (file: string, path: string[]) => {
    assert.ok(!path.includes(file), `a circle: ${[...path, file].join(' → ')}`);
    if (done.has(file)) return;
    for (const target of imports.get(file) ?? []) if (imports.has(target)) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of imports.keys()) visit(file, []);
});
