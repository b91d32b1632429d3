// A small package in a repository of its own, which passes every check of a release until a test changes it.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Fault } from '../../scripts/release/fault.mjs';

export const today = new Date('2027-03-04T12:00:00Z');
export const hash = `sha512-${'A'.repeat(86)}==`;

const about = {
  name: 'daypass',
  version: '1.2.3',
  license: 'Apache-2.0',
  repository: { type: 'git', url: 'git+https://github.com/somebody/daypass.git' },
  homepage: 'https://github.com/somebody/daypass#readme',
  bugs: { url: 'https://github.com/somebody/daypass/issues' },
  bin: { daypass: 'dist/daypass.cjs' },
  files: ['dist', 'SECURITY.md'],
  dependencies: { open: '^11.0.0' },
};
const lock = {
  name: 'daypass',
  version: '1.2.3',
  lockfileVersion: 3,
  requires: true,
  packages: {
    '': {
      name: about.name,
      version: about.version,
      license: about.license,
      bin: about.bin,
      dependencies: about.dependencies,
    },
    'node_modules/open': { version: '11.0.4', integrity: hash, license: 'MIT' },
  },
};

// biome-ignore lint/suspicious/noExplicitAny: the content of a file has any form.
export type Json = any;

export interface Fixture {
  root: string;
  write(path: string, text: string): void;
  /** Changes a JSON file. */
  change(path: string, by: (content: Json) => void): void;
  /** Replaces text of a file, which has to be there. */
  replace(path: string, old: string, text: string): void;
  git(...words: string[]): string;
  commit(): void;
}

export function openFixture(t: TestContext): Fixture {
  const root = mkdtempSync(join(tmpdir(), 'daypass-release-'));
  t.after(() => rmSync(root, { recursive: true, force: true, maxRetries: 20 }));
  const read = (path: string) => readFileSync(join(root, path), 'utf8');
  const fixture: Fixture = {
    root,
    write(path, text) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    },
    change(path, by) {
      const content = JSON.parse(read(path));
      by(content);
      fixture.write(path, `${JSON.stringify(content, null, 2)}\n`);
    },
    replace(path, old, text) {
      const before = read(path);
      if (!before.includes(old)) throw new Error(`${path} does not contain ${old}`);
      fixture.write(path, before.replace(old, text));
    },
    git(...words) {
      const who = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', '-c', 'commit.gpgsign=false'];
      return execFileSync('git', [...who, ...words], { cwd: root, encoding: 'utf8', stdio: 'pipe' }).trim();
    },
    commit() {
      fixture.git('add', '--all');
      fixture.git('commit', '--quiet', '--message', 'a change');
    },
  };
  fixture.git('init', '--quiet');
  fixture.write('package.json', `${JSON.stringify(about, null, 2)}\n`);
  fixture.write('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`);
  fixture.write(
    'CHANGELOG.md',
    '# Changelog\n\n## [Unreleased]\n\n## [1.2.3] - 2027-03-04\n\n### Added\n\n- A thing.\n\n## [1.2.2] - 2027-01-02\n\n- Before.\n',
  );
  for (const path of ['README.md', 'LICENSE', 'SECURITY.md']) fixture.write(path, `${path}\n`);
  fixture.write('dist/daypass.cjs', "console.log('daypass');\n");
  fixture.commit();
  return fixture;
}

/** Returns faults as the check prints them. */
export function shown(faults: readonly Fault[]): string[] {
  return faults.map(({ fault, fix }) => `${fault} → ${fix}`);
}
