// Checks which folder may import which, types included, and that each library is imported in one place.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';
import { buildSync } from 'esbuild';

const root = resolve(import.meta.dirname, '..');
const source = join(root, 'src');
const slashes = (path: string) => path.replaceAll('\\', '/');
const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map(slashes);

/**
 * Every folder and every loose file of src/, with the rows that it may import. An import leads to a row
 * below, so a new import between two rows is a decision that shows here.
 */
const plan: Readonly<Record<string, readonly string[]>> = {
  // The start of a call.
  'bin.ts': ['start.ts', 'cli.ts', 'process', 'errors.ts'],
  executable: ['start.ts', 'cli.ts', 'network', 'state', 'process', 'errors.ts'],
  'start.ts': [
    'cli.ts',
    'credential-process.ts',
    'known-call',
    'session',
    'store',
    'aws',
    'process',
    'terminal',
    'errors.ts',
  ],
  'cli.ts': [
    'credential-process.ts',
    'commands',
    'known-call',
    'context.ts',
    'session',
    'network',
    'settings',
    'aws-config',
    'state',
    'log.ts',
    'process',
    'terminal',
    'errors.ts',
  ],
  // Printing credentials, and the commands.
  'credential-process.ts': [
    'reuse-else-renew.ts',
    'request',
    'context.ts',
    'session',
    'store',
    'aws',
    'terminal',
  ],
  commands: [
    'doctor',
    'team',
    'configure',
    'server',
    'request',
    'shell',
    'context.ts',
    'session',
    'store',
    'browser',
    'loopback',
    'oidc',
    'aws',
    'network',
    'settings',
    'aws-config',
    'state',
    'log.ts',
    'process',
    'terminal',
    'errors.ts',
  ],
  doctor: [
    'context.ts',
    'session',
    'browser',
    'loopback',
    'oidc',
    'aws',
    'network',
    'settings',
    'aws-config',
    'state',
    'process',
    'terminal',
    'errors.ts',
  ],
  team: ['configure', 'oidc', 'network', 'settings', 'aws-config', 'process', 'terminal', 'errors.ts'],
  configure: ['oidc', 'settings', 'aws-config', 'state', 'process', 'terminal', 'errors.ts'],
  'known-call': ['context.ts', 'session', 'settings', 'aws-config', 'state'],
  server: [
    'reuse-else-renew.ts',
    'context.ts',
    'session',
    'store',
    'loopback',
    'aws-config',
    'state',
    'log.ts',
    'process',
    'terminal',
    'errors.ts',
  ],
  'reuse-else-renew.ts': ['request', 'context.ts', 'session'],
  // A renewal process, and the callers that wait for it.
  renewal: [
    'request',
    'session',
    'store',
    'browser',
    'loopback',
    'oidc',
    'aws',
    'network',
    'settings',
    'state',
    'log.ts',
    'process',
    'errors.ts',
  ],
  request: [
    'context.ts',
    'session',
    'store',
    'browser',
    'oidc',
    'settings',
    'state',
    'process',
    'terminal',
    'errors.ts',
  ],
  // Settings, records and context of a call.
  shell: ['session', 'settings', 'terminal', 'errors.ts'],
  'context.ts': ['session', 'settings', 'log.ts'],
  session: ['store', 'aws', 'settings', 'state', 'process', 'terminal', 'errors.ts'],
  // Keychain, browser, provider, AWS and network. They do not import one another.
  store: ['settings', 'state', 'process', 'terminal', 'errors.ts'],
  browser: ['loopback', 'settings', 'process', 'terminal', 'errors.ts'],
  loopback: ['terminal', 'errors.ts'],
  oidc: ['network', 'settings', 'terminal', 'errors.ts'],
  aws: ['network', 'settings', 'terminal', 'errors.ts'],
  network: ['log.ts', 'process', 'terminal', 'errors.ts'],
  settings: ['aws-config', 'process', 'terminal', 'errors.ts'],
  'aws-config': ['process', 'terminal', 'errors.ts'],
  state: ['process', 'terminal', 'errors.ts'],
  // What everything shares.
  'log.ts': ['process', 'terminal', 'errors.ts'],
  process: ['terminal', 'errors.ts'],
  terminal: ['errors.ts'],
  'errors.ts': [],
};

/** The files that may import each library. */
const libraries: Readonly<Record<string, readonly string[]>> = {
  keytar: ['process/program.ts'],
  'openid-client': ['oidc/provider-error.ts', 'oidc/provider.ts'],
  express: ['browser/loopback-server.ts'],
  eta: ['browser/pages.ts'],
  open: ['browser/open.ts'],
  '@aws-sdk/client-sts': ['aws/sts.ts'],
  'https-proxy-agent': ['network/agent.ts'],
  '@clack/prompts': ['terminal/prompts.ts'],
};

/** The files that import only types of a library. */
const typesAlone: Readonly<Record<string, readonly string[]>> = {
  'openid-client': ['oidc/discovery.ts'],
  keytar: ['store/keytar.ts'],
};

/** Rows that must never import one another, whatever the plan allows. */
const places = ['store', 'state', 'known-call'];
const session = ['session', ...places];
const oidc = ['oidc', 'browser'];
const renewal = ['renewal', 'request'];
const strangers: readonly (readonly [from: readonly string[], forbidden: readonly string[]])[] = [
  [
    ['settings', 'aws-config'],
    [...session, ...oidc, 'aws', ...renewal, 'commands'],
  ],
  [['session'], [...oidc, ...renewal, 'commands']],
  [places, [...oidc, 'aws', ...renewal, 'commands']],
  [oidc, [...session, 'aws', ...renewal, 'commands']],
  [['aws'], [...session, ...oidc, ...renewal, 'commands']],
  [renewal, ['commands']],
  [['shell'], [...oidc, 'aws', ...renewal, 'commands']],
  [['network'], ['settings', 'aws-config', ...session, ...oidc, 'aws', ...renewal, 'commands']],
];

/** The imports of each file: own files as paths below src, libraries as package names. */
const imports = new Map(
  files.map((file) => {
    const text = readFileSync(join(source, file), 'utf8');
    const found = [...text.matchAll(/(?:from\s+|import\s+|import\(\s*|\)\(\s*)'([^']+)'/g)].map(
      ([, target = '']) =>
        target.startsWith('.') ? slashes(relative(source, resolve(source, dirname(file), target))) : target,
    );
    return [file, found];
  }),
);

/** Returns the folder of a file, or the file itself if it is in none. */
const rowOf = (file: string) => file.split('/', 1)[0] ?? '';
const rows = Object.keys(plan);

/** Every import of a file in another row. */
const arrows = [...imports].flatMap(([file, targets]) =>
  targets
    .filter((target) => imports.has(target) && rowOf(target) !== rowOf(file))
    .map((target) => ({ from: rowOf(file), to: rowOf(target), told: `${file} imports ${target}` })),
);

test('the plan lists every folder and every loose file of src, and nothing else', () => {
  assert.deepEqual([...new Set(files.map(rowOf))].sort(), [...rows].sort());
  const deeper = files.filter((file) => file.split('/').length > 2);
  assert.deepEqual(deeper, [], 'folders are one level deep');
});

test('src itself holds at most 8 files', () => {
  const loose = readdirSync(source, { withFileTypes: true }).filter((entry) => entry.isFile());
  assert.ok(loose.length <= 8, loose.map(({ name }) => name).join(' '));
});

test('every relative import leads to a file of src', () => {
  const lost = [...imports].flatMap(([file, targets]) =>
    targets
      .filter((target) => target.endsWith('.ts') && !imports.has(target))
      .map((target) => `${file}: ${target}`),
  );
  assert.deepEqual(lost, []);
});

for (const [index, row] of rows.entries()) {
  test(`${row} imports only rows that the plan allows and that are below it`, () => {
    const allowed = plan[row] ?? [];
    const above = allowed.filter((name) => rows.indexOf(name) <= index);
    assert.deepEqual(above, [], 'the plan itself allows a row above');
    const own = arrows.filter(({ from }) => from === row);
    for (const { to, told } of own) assert.ok(allowed.includes(to), told);
    const unused = allowed.filter((name) => !own.some(({ to }) => to === name));
    assert.deepEqual(unused, [], 'the plan allows a row that no file imports');
  });
}

for (const [own, forbidden] of strangers) {
  test(`${own.join(', ')} never import ${forbidden.join(', ')}`, () => {
    for (const row of own) assert.ok(rows.includes(row), `${row} does not exist`);
    for (const { from, to, told } of arrows) assert.ok(!own.includes(from) || !forbidden.includes(to), told);
  });
}

test('session imports only the form of the credentials from aws', () => {
  const own = arrows.filter(({ from, to }) => from === 'session' && to === 'aws');
  for (const { told } of own) assert.match(told, / imports aws\/process-credentials\.ts$/);
});

test('the hit of a known call is bundled from at most 12 files', () => {
  const { metafile, errors } = buildSync({
    entryPoints: [join(source, 'bin.ts')],
    bundle: true,
    platform: 'node',
    packages: 'external',
    metafile: true,
    write: false,
    outdir: root,
    absWorkingDir: root,
    logLevel: 'silent',
  });
  assert.deepEqual(errors, []);
  const parts = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.entries(inputs));
  const bundled = parts.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([file]) => file);
  assert.ok(bundled.includes('src/start.ts'), bundled.join(' '));
  assert.ok(bundled.length <= 12, `${bundled.length}: ${bundled.join(' ')}`);
});

test('the files that ARCHITECTURE.md and docs/ name exist', () => {
  const pages = ['ARCHITECTURE.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)];
  for (const page of pages.filter((name) => name.endsWith('.md'))) {
    const named = [
      ...readFileSync(join(root, page), 'utf8').matchAll(/`((?:[\w-]+\/)+[\w-]+\.ts)(?::\d+)?`/g),
    ];
    for (const [, path = ''] of named) {
      // Some pages name a file by its folder alone.
      const places = [root, source, join(root, 'test')];
      assert.ok(
        places.some((place) => existsSync(join(place, path))),
        `${page} names ${path}`,
      );
    }
  }
});

for (const [library, places] of Object.entries(libraries)) {
  test(`${library} is imported only in ${places.join(' and ')}, except for types`, () => {
    const importers = [...imports].filter(([, targets]) => targets.includes(library)).map(([file]) => file);
    const types = typesAlone[library] ?? [];
    assert.deepEqual(importers.filter((file) => !types.includes(file)).sort(), places);
  });
}

test('every imported library has a place and is a dependency of the package', () => {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  assert.deepEqual(Object.keys(dependencies).sort(), Object.keys(libraries).sort());
  const imported = [...imports.values()].flat().filter((target) => !/^node:|\.(cjs|ts)$/.test(target));
  assert.deepEqual([...new Set(imported)].sort(), Object.keys(libraries).sort());
});

test('files that may import only types of a library do so', () => {
  for (const [library, importers] of Object.entries(typesAlone)) {
    for (const file of importers) {
      const text = readFileSync(join(source, file), 'utf8');
      const statements = [...text.matchAll(/^import (?:[^;]*?from )?'([^']+)';/gm)];
      const own = statements.filter(([, target]) => target === library).map(([statement]) => statement);
      assert.ok(own.length > 0, `${file} does not import ${library}`);
      for (const statement of own) assert.match(statement, /^import type /, file);
    }
  }
});

test('every connection passes agentFor, which refuses unverified TLS', () => {
  const having = (pattern: RegExp) =>
    files.filter((file) => pattern.test(readFileSync(join(source, file), 'utf8')));
  const clients = having(/^import (?!type |{ createServer,).* from 'node:(http|https|http2|tls)'/m);
  assert.deepEqual(
    clients.filter((file) => !file.startsWith('network/')),
    [],
  );
  const passing = having(/await agentFor\(/).sort();
  assert.deepEqual(passing, ['aws/sts.ts', 'network/bounded-fetch.ts']);
  // Comments aside.
  assert.deepEqual(
    having(/^(?! *[/*]).*(?<![.#\w])(fetch|fetchThrough|new STSClient)\((?!agent: )/m).sort(),
    passing,
  );
});

// A child opens such a descriptor for reading and writing, and on Windows a pipe that is not overlapped then blocks
// each write until the pending read ends: https://github.com/nodejs/node/issues/43936
test('each pipe to a child beyond stdin, stdout and stderr is overlapped', () => {
  const extra = files.flatMap((file) => {
    const text = readFileSync(join(source, file), 'utf8');
    const lists = [...text.matchAll(/stdio: \[([^\]]*)\]/g)].map(([, list = '']) => list.split(/,\s*/));
    return lists.flatMap((list) => list.slice(3).map((word) => `${file} ${word}`));
  });
  assert.deepEqual(extra.sort(), [
    "request/start-renewal.ts 'overlapped'",
    "store/keychain-process.ts 'overlapped'",
  ]);
});

test('imports form no circle', () => {
  const done = new Set<string>();
  const visit = (file: string, path: string[]) => {
    assert.ok(!path.includes(file), `a circle: ${[...path, file].join(' → ')}`);
    if (done.has(file)) return;
    for (const target of imports.get(file) ?? []) if (imports.has(target)) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of imports.keys()) visit(file, []);
});

test('every folder of tests mirrors a folder of src or is about the whole program', () => {
  const others = [
    'accounts',
    'bench',
    'browsers',
    'clients',
    'docs',
    'faults',
    'packages',
    'release',
    'scripts',
    'soak',
    'sts',
    'support',
    'systems',
    'windows',
  ];
  const folders = readdirSync(join(root, 'test'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  assert.deepEqual(
    folders.filter((name) => !rows.includes(name) && !others.includes(name)),
    [],
  );
});
