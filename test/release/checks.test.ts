// Each fault that `npm run release:check` finds, and its advice.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { suite, test } from 'node:test';
import { changelogFaults, sectionsOf } from '../../scripts/release/changelog.mjs';
import { checksums } from '../../scripts/release/checksums.mjs';
import type { Fault } from '../../scripts/release/fault.mjs';
import { lockfileFaults } from '../../scripts/release/lockfiles.mjs';
import { packedFiles, packFaults } from '../../scripts/release/pack.mjs';
import { withVersion } from '../../scripts/release/pages.mjs';
import { placeholderFaults } from '../../scripts/release/placeholders.mjs';
import { sameBuildFaults } from '../../scripts/release/same-build.mjs';
import { executableSbom, formFaults, packageSbom, sbomFaults } from '../../scripts/release/sbom.mjs';
import { treeFaults } from '../../scripts/release/tree.mjs';
import { versionFaults } from '../../scripts/release/version.mjs';
import { type Fixture, hash, type Json, openFixture, shown, today } from './fixture.ts';

const root = resolve(import.meta.dirname, '../..');
const node = process.execPath;

type Case = readonly [title: string, change: (fixture: Fixture) => void, fault: RegExp];

/** Each change gives exactly one fault, and without a change there is none. */
function cases(name: string, faultsOf: (root: string) => Fault[], all: readonly Case[]): void {
  suite(name, () => {
    test('a package that can be released has no fault', (t) => {
      assert.deepEqual(faultsOf(openFixture(t).root), []);
    });
    for (const [title, change, pattern] of all)
      test(title, (t) => {
        const fixture = openFixture(t);
        change(fixture);
        const faults = shown(faultsOf(fixture.root));
        assert.equal(faults.length, 1, faults.join('\n'));
        assert.match(faults[0] ?? '', pattern);
      });
  });
}

cases('version', (folder) => versionFaults(folder, undefined), [
  [
    'a version that is not of SemVer is a fault',
    ({ change }) => change('package.json', (about) => (about.version = '1.2')),
    /^package\.json has the version 1\.2, which is not of SemVer → run: npm version/,
  ],
  [
    'another version in package-lock.json is a fault',
    ({ change }) => change('package-lock.json', (lock) => (lock.packages[''].version = '1.2.2')),
    /^package-lock\.json has the version 1\.2\.2, and package\.json 1\.2\.3 → run: npm install --package-lock-only$/,
  ],
  [
    'a tag of this version at another commit is a fault',
    (fixture) => {
      fixture.git('tag', 'v1.2.3');
      fixture.write('README.md', 'changed\n');
      fixture.commit();
    },
    /^v1\.2\.3 is the tag of another commit \([\da-f]{10}\) → run: npm version patch/,
  ],
  [
    'a page with commands for another version is a fault',
    (fixture) => {
      fixture.write(
        'docs/install.md',
        'https://github.com/a/b/releases/download/v1.2.2/daypass-1.2.2.tar.gz\n',
      );
      fixture.commit();
    },
    /^docs\/install\.md has commands for the version 1\.2\.2 → run: node scripts\/release\/pages\.mjs 1\.2\.2 1\.2\.3$/,
  ],
  [
    'a copy of the version is a fault',
    (fixture) => {
      fixture.write(
        'src/version.ts',
        "// Since 1.2.3.\nexport const version = '1.2.3';\nconst ip = '1.2.3.4';\n",
      );
      fixture.write('test/version.ts', "const version = '1.2.3';\n");
      fixture.write('man/daypass.1', '.TH DAYPASS 1 2027-03-04 "daypass 1.2.3"\n');
      fixture.write('scripts/executable/package-lock.json', '{ "version": "1.2.3" }\n');
      fixture.commit();
    },
    /^another file has the version: src\/version\.ts:2: export const version = '1\.2\.3'; → take it from package\.json/,
  ],
]);

test('the tag has to be that of the version', (t) => {
  const fixture = openFixture(t);
  fixture.git('tag', 'v1.2.3');
  assert.deepEqual(versionFaults(fixture.root, 'v1.2.3'), []);
  const [fault, ...others] = shown(versionFaults(fixture.root, 'v1.2.4'));
  assert.deepEqual(others, []);
  assert.match(
    fault ?? '',
    /^the tag is v1\.2\.4, and package\.json has the version 1\.2\.3 → delete the tag/,
  );
});

test('a page gets the new version, and other numbers stay', () => {
  const page = 'v1.2.3/daypass-1.2.3-linux-x64.tar.gz daypass_1.2.3_amd64.deb 1.2.3. 11.2.3 1.2.3.4 1.2.30';
  assert.equal(
    withVersion(page, '1.2.3', '1.3.0'),
    'v1.3.0/daypass-1.3.0-linux-x64.tar.gz daypass_1.3.0_amd64.deb 1.3.0. 11.2.3 1.2.3.4 1.2.30',
  );
});

cases('changelog', (folder) => changelogFaults(folder, today), [
  [
    'entries in no version are a fault',
    ({ replace }) => replace('CHANGELOG.md', '[Unreleased]\n', '[Unreleased]\n\n- New.\n'),
    /^CHANGELOG\.md has entries that are in no version → move .* below the heading ## \[1\.2\.3\] - 2027-03-04$/,
  ],
  [
    'no [Unreleased] is a fault',
    ({ replace }) => replace('CHANGELOG.md', '## [Unreleased]\n', ''),
    /^CHANGELOG\.md does not begin with ## \[Unreleased\]/,
  ],
  [
    'no entry is a fault',
    ({ replace }) => replace('CHANGELOG.md', '[1.2.3]', '[1.2.1]'),
    /^CHANGELOG\.md has no entry for 1\.2\.3 → add the heading ## \[1\.2\.3\] - 2027-03-04, with what changed$/,
  ],
  [
    'no date is a fault',
    ({ replace }) => replace('CHANGELOG.md', '[1.2.3] - 2027-03-04', '[1.2.3]'),
    /^CHANGELOG\.md has no date for 1\.2\.3 → write the heading as ## \[1\.2\.3\] - 2027-03-04$/,
  ],
  [
    'a date that does not exist is a fault',
    ({ replace }) => replace('CHANGELOG.md', '2027-03-04', '2027-02-30'),
    /^CHANGELOG\.md has no date for 1\.2\.3/,
  ],
  [
    'an empty entry is a fault',
    ({ replace }) => replace('CHANGELOG.md', '- A thing.', ''),
    /^the entry for 1\.2\.3 in CHANGELOG\.md is empty/,
  ],
  [
    'a newer version below is a fault',
    ({ replace }) => replace('CHANGELOG.md', '## [1.2.3]', '## [1.3.0] - 2027-03-03\n\n- New.\n\n## [1.2.3]'),
    /^CHANGELOG\.md has 1\.3\.0 above 1\.2\.3 → put the newest version first/,
  ],
]);

test('the entry of a version is printed for the page of the release', () => {
  const sections = sectionsOf(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'));
  const last = sections.at(-1);
  assert.equal(last?.version, '0.1.0');
  const script = join(root, 'scripts/release/changelog.mjs');
  assert.equal(execFileSync(node, [script, '0.1.0'], { encoding: 'utf8' }), `${last.text}\n`);
  const unknown = spawnSync(node, [script, '9.9.9'], { encoding: 'utf8' });
  assert.notEqual(unknown.status, 0);
  assert.match(unknown.stderr, /CHANGELOG\.md has no entry for 9\.9\.9/);
});

cases('tree', treeFaults, [
  [
    'a changed file is a fault',
    ({ write }) => write('README.md', 'changed\n'),
    /^files are not committed: README\.md → commit them, or run: git stash --include-untracked$/,
  ],
  [
    'many new files are one fault',
    ({ write }) => {
      for (let index = 0; index < 7; index += 1) write(`new-${index}.txt`, '');
    },
    /^files are not committed: new-0\.txt, .*new-4\.txt and 2 more → /,
  ],
]);

cases('placeholders', (folder) => placeholderFaults(folder, 'somebody/daypass'), [
  ...['https://github.com/OWNER/daypass', 'brew install OWNER/tap/daypass', '* @OWNER'].map(
    (text): Case => [
      `the placeholder is a fault: ${text}`,
      (fixture) => {
        fixture.write('docs/install.md', `# Install\n${text}\n`);
        fixture.write('launcher/daypass', '# unchangeable MODE LINKS OWNER GROUP\n');
        fixture.write('test/release.ts', 'https://github.com/OWNER/daypass\n');
        fixture.commit();
      },
      /^the owner is a placeholder: docs\/install\.md:2: .* → run: git grep -lz OWNER -- .* perl -pi -e 's\/\\bOWNER\\b\/your-name\/g'/,
    ],
  ),
  [
    'an unfinished text is a fault',
    (fixture) => {
      fixture.write('docs/install.md', 'TODO: how\n');
      fixture.commit();
    },
    /^unfinished: docs\/install\.md:1: TODO: how → finish or delete it$/,
  ],
  [
    'no repository is a fault',
    ({ change }) => change('package.json', (about) => delete about.repository),
    /^package\.json has the repository none → set repository\.url to git\+https:\/\/github\.com\//,
  ],
  [
    'the homepage of another repository is a fault',
    ({ change }) => change('package.json', (about) => (about.homepage = 'https://example.com')),
    /^homepage of package\.json is of another repository than repository\.url → set it to https:\/\/github\.com\/somebody/,
  ],
  [
    'an address for bugs of another repository is a fault',
    ({ change }) => change('package.json', (about) => delete about.bugs),
    /^bugs\.url of package\.json is of another repository/,
  ],
]);

test('another repository that publishes is a fault', (t) => {
  const { root: folder } = openFixture(t);
  assert.deepEqual(placeholderFaults(folder, undefined), []);
  const [fault] = shown(placeholderFaults(folder, 'else/daypass'));
  assert.match(
    fault ?? '',
    /^package\.json names the repository somebody\/daypass, and else\/daypass publishes → /,
  );
});

cases('lockfiles', lockfileFaults, [
  [
    'no lockfile is a fault',
    ({ git }) => void git('rm', '--quiet', 'package-lock.json'),
    /^there is no package-lock\.json → run: npm install --package-lock-only$/,
  ],
  [
    'another dependency is a fault',
    ({ change }) => change('package.json', (about) => (about.dependencies.open = '^12.0.0')),
    /^dependencies of package\.json and package-lock\.json differ → run: npm install --package-lock-only$/,
  ],
  [
    'a package without a hash is a fault',
    ({ change }) =>
      change('package-lock.json', (lock) => delete lock.packages['node_modules/open'].integrity),
    /^open in package-lock\.json has no SHA-512 → delete it there/,
  ],
  [
    'a package from elsewhere is a fault',
    ({ change }) =>
      change('package-lock.json', (lock) => {
        lock.packages['node_modules/open'].resolved = 'https://example.com/open.tgz';
      }),
    /^open in package-lock\.json is from https:\/\/example\.com\/open\.tgz → depend on a package of https:\/\/registry/,
  ],
  [
    'the lockfile of the executable is checked too',
    ({ write }) => {
      write(
        'scripts/executable/package.json',
        '{ "optionalDependencies": { "@oven/bun-linux-x64": "1.4.5" } }',
      );
      write(
        'scripts/executable/package-lock.json',
        JSON.stringify({
          packages: {
            '': { optionalDependencies: { '@oven/bun-linux-x64': '1.4.4' } },
            'node_modules/@oven/bun-linux-x64': { version: '1.4.4', integrity: hash },
          },
        }),
      );
    },
    /^optionalDependencies of package\.json and scripts[\\/]executable[\\/]package-lock\.json differ → run: npm install --package-lock-only --prefix scripts\/executable$/,
  ],
]);

cases('pack', packFaults, [
  [
    'a bin that is not built is a fault',
    ({ change }) => change('package.json', (about) => (about.bin.daypass = 'dist/other.cjs')),
    /^the npm package lacks dist\/other\.cjs → build or add it, or delete it from files in package\.json$/,
  ],
  [
    'a secret beside the program is a fault',
    ({ write }) => write('dist/.env', 'SECRET=1\n'),
    /^the npm package contains dist\/\.env → name what users need in files of package\.json, and nothing else$/,
  ],
  [
    'a large package is a fault',
    ({ write }) => write('dist/large.cjs', 'x'.repeat(5_100_000)),
    /^the npm package has 5\.1 MB, more than 5 → find the large files/,
  ],
]);

test('files of npm pack that package.json does not name are faults', (t) => {
  const { root: folder } = openFixture(t);
  const files = [...packedFiles(folder), { path: 'CHANGELOG.md', size: 1, mode: 0o644 }];
  const [fault, ...others] = shown(packFaults(folder, files));
  assert.deepEqual(others, []);
  assert.match(fault ?? '', /^the npm package contains CHANGELOG\.md → /);
});

suite('sbom', () => {
  const sbom = packageSbom(root);

  test('it has every package of package-lock.json that users get, and no other', () => {
    assert.deepEqual(sbomFaults(root, sbom), []);
    assert.equal(sbom.metadata.component.name, 'daypass');
    assert.ok(sbom.components.length > 50, `${sbom.components.length}`);
    const names = sbom.components.map(({ name }) => name);
    // npm sbom --omit dev leaves it out.
    assert.ok(names.includes('jose'));
    assert.ok(!names.includes('esbuild'));
  });

  const faultsOf = (by: (changed: Json) => void) => {
    const changed = structuredClone(sbom);
    by(changed);
    return shown(sbomFaults(root, changed));
  };

  const wrong: readonly (readonly [title: string, by: (changed: Json) => void, fault: RegExp])[] = [
    [
      'a missing package',
      ({ components }) => components.splice(0, 1, components[1]),
      /^the SBOM is not valid: two comp/,
    ],
    [
      'another program',
      ({ metadata }) => (metadata.component.name = 'else'),
      /^the SBOM is of else \(pkg:npm\/daypass@/,
    ],
    [
      'another format',
      (changed) => (changed.bomFormat = 'SPDX'),
      /^the SBOM is not valid: bomFormat is SPDX → run node/,
    ],
    ['an old version', (changed) => (changed.specVersion = '1.2'), /not valid: specVersion is 1\.2/],
    ['another number', (changed) => (changed.serialNumber = '1'), /not valid: serialNumber is 1/],
    [
      'a package without licence',
      ({ components }) => delete components[3].licenses,
      /not valid: \S+ has no licence/,
    ],
    [
      'a wrong hash',
      ({ components }) => (components[3].hashes[0].content = 'a'),
      /not valid: the hash of \S+ is SHA-512 a /,
    ],
    [
      'an unknown reference',
      ({ dependencies }) => dependencies[0].dependsOn.push('x'),
      /no component has the bom-ref x/,
    ],
    [
      'a package of another version',
      ({ components }) => (components[3].purl += '1'),
      /^the SBOM lacks pkg:npm\/\S+ → .*\nthe SBOM has pkg:npm\/\S+1, and package-lock\.json does not → /,
    ],
  ];
  for (const [title, by, pattern] of wrong)
    test(`${title} is a fault`, () => assert.match(faultsOf(by).join('\n'), pattern));

  test('that of the executables also has Bun and its libraries', () => {
    const versions = { bun: '1.4.5', boringssl: 'abc' };
    const made = executableSbom(sbom, versions);
    assert.deepEqual(formFaults(made), []);
    const added = made.components.slice(sbom.components.length);
    assert.deepEqual([added[0]?.name, added[0]?.version], ['bun', '1.4.5']);
    assert.equal(added.find(({ name }) => name === 'BoringSSL')?.version, 'abc');
    assert.notEqual(made.serialNumber, sbom.serialNumber);
  });
});

test('a build that gives other bytes the second time is a fault, and one that gives nothing', (t) => {
  const { root: folder } = openFixture(t);
  const writing = (value: string) => (place: string) =>
    [node, '-e', `require('fs').writeFileSync(process.argv[1] + '/a.txt', String(${value}))`, place] as const;
  assert.deepEqual(sameBuildFaults(folder, { same: writing('1') }), []);
  assert.deepEqual(
    shown(
      sameBuildFaults(folder, { other: writing('process.pid'), nothing: () => [node, '-e', ''] as const }),
    ),
    [
      'other gives another a.txt the second time → remove times, random values and paths of this machine from what the build writes',
      'nothing built nothing → run nothing, and read its output',
    ],
  );
});

test('the checksums are those of sha256sum, and a name has only characters that GitHub keeps', (t) => {
  const { root: folder } = openFixture(t);
  const place = join(folder, 'release');
  mkdirSync(place);
  for (const file of ['daypass_1.0.0~rc.1_amd64.deb', 'a.tgz', 'SHA256SUMS'])
    writeFileSync(join(place, file), 'abc');
  const hashOfAbc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  assert.equal(checksums(place), `${hashOfAbc}  a.tgz\n${hashOfAbc}  daypass_1.0.0.rc.1_amd64.deb\n`);
  assert.deepEqual(readdirSync(place).sort(), ['SHA256SUMS', 'a.tgz', 'daypass_1.0.0.rc.1_amd64.deb']);
});

suite('the command', () => {
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('GITHUB_')),
  );
  const run = (folder: string, words: readonly string[]) =>
    spawnSync(words[0] ?? '', words.slice(1), {
      cwd: folder,
      encoding: 'utf8',
      env: environment,
      shell: process.platform === 'win32',
    });
  const check = (folder: string, ...words: string[]) =>
    run(folder, ['node', 'scripts/release/check.mjs', ...words]);

  /** The scripts find the package that they are in. */
  const withScripts = (fixture: Fixture) => {
    for (const path of ['release', 'executable'])
      cpSync(join(root, 'scripts', path), join(fixture.root, 'scripts', path), {
        recursive: true,
        filter: (from) => !from.includes('node_modules'),
      });
    fixture.change(
      'package.json',
      (about) => (about.scripts = { prepublishOnly: 'node scripts/release/check.mjs' }),
    );
    fixture.replace('CHANGELOG.md', '2027-03-04', new Date().toISOString().slice(0, 10));
    fixture.commit();
    return fixture;
  };

  test('a package that can be released passes all checks', (t) => {
    const { root: folder } = withScripts(openFixture(t));
    const { status, stdout, stderr } = check(folder);
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, /^✓ version: .*\n- not checked: twice\n\n1\.2\.3 passed 7 checks\n$/s);
  });

  test('all faults are printed with their advice, and it fails', (t) => {
    const fixture = withScripts(openFixture(t));
    fixture.write('README.md', '@OWNER\n'.repeat(10));
    const { status, stdout } = check(fixture.root, '--skip', 'sbom', '--skip', 'pack', '--tag', 'v9.9.9');
    assert.equal(status, 1);
    assert.match(stdout, /✗ version: .*\n {4}the tag is v9\.9\.9, .*\n {6}→ delete the tag/);
    assert.match(stdout, /✗ tree: .*\n {4}files are not committed: README\.md\n {6}→ commit them/);
    assert.match(
      stdout,
      /\n {4}the owner is .*README\.md:1: @OWNER\n.*README\.md:8: @OWNER\n {4}and 2 more\n {6}→ run: git grep/s,
    );
    assert.match(
      stdout,
      /- not checked: pack, sbom, twice\n\n1\.2\.3 cannot be released yet: 3 of 5 checks failed\n$/,
    );
  });

  test('an unknown check is an error', (t) => {
    const { root: folder } = withScripts(openFixture(t));
    const { status, stderr } = check(folder, '--skip', 'versions');
    assert.equal(status, 1);
    assert.match(stderr, /^versions is no check: version, changelog, /);
  });

  test('npm version changes everything that has the version, and tags it', (t) => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const fixture = withScripts(openFixture(t));
    fixture.change('package.json', (about) => {
      about.scripts.version = scripts.version;
      // The fixture has no pages that are generated.
      about.scripts.docs = 'node --version';
    });
    fixture.write(
      'docs/install.md',
      'https://github.com/a/b/releases/download/v1.2.3/daypass-1.2.3.tar.gz\n',
    );
    fixture.commit();
    for (const [key, value] of Object.entries({ name: 'Ada', email: 'ada@example.com' }))
      fixture.git('config', `user.${key}`, value);
    const { status, stderr } = run(fixture.root, ['npm', 'version', 'minor']);
    assert.equal(status, 0, stderr);
    assert.equal(fixture.git('status', '--porcelain'), '');
    assert.equal(fixture.git('describe', '--tags'), 'v1.3.0');
    assert.deepEqual(shown(versionFaults(fixture.root, 'v1.3.0')), []);
    assert.match(fixture.git('show', 'HEAD:docs/install.md'), /v1\.3\.0\/daypass-1\.3\.0\.tar\.gz$/);
  });

  test('npm publishes nothing while the address of the repository is a placeholder', (t) => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    assert.equal(scripts.prepublishOnly, 'node scripts/release/check.mjs');
    const fixture = withScripts(openFixture(t));
    fixture.change('package.json', (about) => {
      about.repository.url = 'git+https://github.com/OWNER/daypass.git';
      about.homepage = 'https://github.com/OWNER/daypass#readme';
      about.bugs.url = 'https://github.com/OWNER/daypass/issues';
    });
    fixture.commit();
    // It asks the registry only after this script.
    const { status, stdout } = run(fixture.root, [
      'npm',
      'publish',
      '--dry-run',
      '--registry=http://127.0.0.1:9',
    ]);
    assert.notEqual(status, 0);
    assert.match(stdout, /✗ placeholders: .*\n {4}the owner is a placeholder: package\.json:\d+: /);
    assert.match(stdout, /1\.2\.3 cannot be released yet: 1 of 7 checks failed/);
  });
});

test('what this commit has in common with a release is right', () => {
  const all = [...versionFaults(root, undefined), ...lockfileFaults(root)];
  assert.deepEqual(shown(all), []);
});
