// The workflows, the forms and the other files of .github/: their syntax, scripts and permissions.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { suite, test } from 'node:test';
import { parseDocument } from 'yaml';
import { targets } from '../../scripts/executable/targets.mjs';

const root = resolve(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const about = JSON.parse(read('package.json'));

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}

interface Job {
  uses?: string;
  needs?: string | string[];
  permissions?: Record<string, string>;
  'timeout-minutes'?: number;
  environment?: string;
  if?: string;
  strategy?: { matrix: { include?: { target: string; os: string }[] } };
  steps?: Step[];
}

interface Workflow {
  on: Record<string, unknown>;
  permissions: Record<string, string>;
  jobs: Record<string, Job>;
}

interface Form {
  name: string;
  description: string;
  body: {
    type: string;
    id?: string;
    attributes: { label?: string; value?: string; description?: string; options?: unknown[] };
    validations?: { required: boolean };
  }[];
}

/** Parses a file as GitHub does, and fails for a key that is there twice. */
function parsed(path: string): unknown {
  const document = parseDocument(read(path), { prettyErrors: true, uniqueKeys: true });
  assert.deepEqual([...document.errors, ...document.warnings].map(String), [], path);
  return document.toJS();
}

const paths = readdirSync(join(root, '.github'), { recursive: true, encoding: 'utf8' })
  .map((path) => `.github/${path.replaceAll('\\', '/')}`)
  .filter((path) => path.endsWith('.yml'));
const workflows = paths.filter((path) => path.startsWith('.github/workflows/'));
const forms = paths.filter(
  (path) => path.startsWith('.github/ISSUE_TEMPLATE/') && !path.endsWith('config.yml'),
);

test('each file of .github is YAML, without tabs and duplicate keys', () => {
  assert.ok(workflows.length >= 2 && forms.length >= 2, paths.join(' '));
  for (const path of paths) assert.ok(parsed(path), path);
});

for (const path of workflows) {
  suite(path, () => {
    const workflow = parsed(path) as Workflow;
    const jobs = Object.entries(workflow.jobs);
    const steps = jobs.flatMap(([name, job]) => (job.steps ?? []).map((step) => ({ ...step, job: name })));

    test('each action is pinned by the hash of a commit, with its version behind it', () => {
      const used = [...read(path).matchAll(/^\s*(?:- )?uses: (.*)$/gm)].map(([, action = '']) => action);
      assert.equal(
        used.length,
        steps.filter(({ uses }) => uses).length + jobs.filter(([, { uses }]) => uses).length,
      );
      for (const action of used.filter((each) => !each.startsWith('./')))
        assert.match(action, /^[\w-]+\/[\w./-]+@[\da-f]{40} # (v\d+\.\d+\.\d+|master)$/);
      // One version of each.
      const versions = new Map(used.map((action) => [action.split('@')[0], action]));
      assert.deepEqual([...new Set(used)].sort(), [...versions.values()].sort());
    });

    test('the token may do nothing that a job does not ask for, and no checkout keeps it', () => {
      for (const [scope, access] of Object.entries(workflow.permissions)) assert.equal(access, 'read', scope);
      for (const { uses, with: options, job } of steps)
        if (uses?.startsWith('actions/checkout@')) assert.equal(options?.['persist-credentials'], false, job);
    });

    test('each job has a time limit, and needs jobs that exist', () => {
      for (const [name, job] of jobs) {
        if (!job.uses) assert.ok((job['timeout-minutes'] ?? 0) > 0, name);
        for (const needed of [job.needs ?? []].flat())
          assert.ok(workflow.jobs[needed], `${name} needs ${needed}`);
      }
    });

    test('each script that it starts exists', () => {
      const commands = steps.map(({ run = '' }) => run).join('\n');
      for (const [, script = ''] of commands.matchAll(/\bnpm run (?:--?\S+ )*([\w:]+)/g))
        assert.ok(about.scripts[script], `npm run ${script}`);
      for (const [, file = ''] of commands.matchAll(/\b(?:node|bash) ([\w./-]+\/[\w./-]+)/g))
        assert.ok(existsSync(join(root, file)), file);
      for (const [, { uses = '' }] of jobs) assert.ok(uses === '' || existsSync(join(root, uses)), uses);
    });

    test('no command contains an expression, whose value a shell would read as code', () => {
      for (const { run = '', job } of steps) assert.doesNotMatch(run, /\$\{\{/, job);
    });
  });
}

suite('a release', () => {
  const { on, jobs, permissions } = parsed('.github/workflows/release.yml') as Workflow;
  const job = (name: string) => jobs[name] ?? assert.fail(name);
  const commandsOf = (name: string) => (job(name).steps ?? []).map(({ run = '' }) => run).join('\n');

  /** Returns all jobs that have to pass before this one. */
  const before = (name: string): string[] =>
    [job(name).needs ?? []].flat().flatMap((needed) => [needed, ...before(needed)]);

  test('it starts with the tag of a version, and by hand', () => {
    assert.deepEqual(on, { push: { tags: ['v[0-9]+.[0-9]+.[0-9]+*'] }, workflow_dispatch: null });
  });

  test('each target of the executable is tried, on its own system', () => {
    const tried = ['test', 'test-musl'].flatMap((name) => job(name).strategy?.matrix.include ?? []);
    assert.deepEqual(tried.map(({ target }) => target).sort(), Object.keys(targets).sort());
    const systems: Readonly<Record<string, RegExp>> = {
      'linux-x64': /^ubuntu-[\d.]+$/,
      'linux-arm64': /^ubuntu-[\d.]+-arm$/,
      'darwin-arm64': /^macos-\d+$/,
      'darwin-x64': /^macos-\d+-intel$/,
      'windows-x64': /^windows-\d{4}$/,
      'windows-arm64': /^windows-11-arm$/,
    };
    for (const { target, os } of tried)
      assert.match(os, systems[target.replace('-musl', '')] ?? /^$/, target);
  });

  test('nothing is published before every check and every test has passed', () => {
    const all = ['check', 'ci', 'build', 'test', 'test-musl', 'test-packages'];
    for (const name of ['attest', 'draft', 'npm', 'publish'])
      for (const needed of all) assert.ok(before(name).includes(needed), `${name} needs ${needed}`);
    assert.match(commandsOf('check'), /npm run release:check -- --twice/);
    assert.ok(before('publish').includes('npm'));
  });

  test('nothing is published without a tag, or by hand', () => {
    // Somebody can also start it by hand on a tag.
    assert.equal(job('attest').if, "github.event_name == 'push' && github.ref_type == 'tag'");
    // GitHub leaves out a job if it left out one that the job needs, unless the job has a condition of its own.
    for (const name of ['draft', 'npm', 'publish']) {
      assert.ok(before(name).includes('attest'), name);
      assert.equal(job(name).if, undefined, name);
    }
  });

  test('only the jobs that publish may write, each with one purpose', () => {
    assert.deepEqual(permissions, {});
    const writing = Object.entries(jobs).map(([name, each]) => [
      name,
      Object.entries(each.permissions ?? assert.fail(`${name} has no permissions`))
        .filter(([, access]) => access !== 'read')
        .map(([scope]) => scope),
    ]);
    assert.deepEqual(Object.fromEntries(writing.filter(([, scopes]) => scopes?.length)), {
      attest: ['id-token', 'attestations'],
      draft: ['contents'],
      npm: ['id-token'],
      publish: ['contents'],
    });
  });

  test('the jobs that may write install nothing', () => {
    for (const name of ['attest', 'draft', 'npm', 'publish'])
      assert.doesNotMatch(commandsOf(name), /npm (ci|i|install|run|exec)\b|npx|apt-get/, name);
  });

  test('npm gets the tested package with its provenance, and no token', () => {
    assert.match(
      commandsOf('npm'),
      /npm publish "\.\/release\/daypass-\$\{TAG#v\}\.tgz" --provenance --access public/,
    );
    assert.equal(job('npm').environment, 'npm');
    assert.doesNotMatch(read('.github/workflows/release.yml'), /secrets\.|NODE_AUTH_TOKEN|NPM_TOKEN/);
  });
});

for (const path of forms) {
  test(`${path} is a form that GitHub accepts`, () => {
    const { name, description, body } = parsed(path) as Form;
    assert.ok(name && description && body.length > 0);
    for (const { type, id, attributes, validations } of body) {
      assert.match(type, /^(markdown|textarea|input|dropdown|checkboxes)$/);
      if (type === 'markdown') {
        assert.ok(attributes.value && !validations, 'a text');
        continue;
      }
      assert.match(id ?? '', /^[\w-]+$/);
      assert.ok(attributes.label, id);
      if (/dropdown|checkboxes/.test(type)) assert.ok((attributes.options?.length ?? 0) > 0, id);
    }
    const named = body.flatMap(({ id, attributes }) => (id ? [[id, attributes.label ?? '']] : []));
    assert.equal(new Set(named.map(([id]) => id)).size, named.length, 'each id once');
    assert.equal(new Set(named.map(([, label]) => label)).size, named.length, 'each label once');
  });
}

test('a bug report asks for doctor and the log, and says what daypass leaves out of them', () => {
  const { body } = parsed('.github/ISSUE_TEMPLATE/bug_report.yml') as Form;
  const [doctor, log] = ['doctor', 'log'].map((name) => body.find(({ id }) => id === name));
  assert.match(doctor?.attributes.label ?? '', /`daypass doctor --profile P --json`/);
  assert.match(log?.attributes.description ?? '', /`--log ~\/daypass\.log`/);
  for (const field of [doctor, log]) {
    assert.equal(field?.validations?.required, true);
    assert.match(field?.attributes.description ?? '', /daypass leaves tokens, keys, client secrets,/);
  }
});

test('a person who asks is led to pages that exist', () => {
  const { contact_links: links } = parsed('.github/ISSUE_TEMPLATE/config.yml') as {
    contact_links: { name: string; url: string; about: string }[];
  };
  const { bugs } = about;
  const address = bugs.url.replace(/\/issues$/, '');
  for (const { name, url, about: text } of links) {
    assert.ok(name && text && url.startsWith(`${address}/`), url);
    const [, path] = /\/(?:blob|tree)\/main\/(.*)$/.exec(url) ?? [];
    if (path) assert.ok(existsSync(join(root, path)), path);
  }
});

test('dependabot updates every lockfile that is built or started by a workflow, in groups', () => {
  const { version, updates } = parsed('.github/dependabot.yml') as {
    version: number;
    updates: { 'package-ecosystem': string; directory: string; groups?: object }[];
  };
  assert.equal(version, 2);
  assert.deepEqual(
    updates.map(({ 'package-ecosystem': kind, directory }) => `${kind} ${directory}`),
    ['npm /', 'npm /scripts/executable', 'github-actions /'],
  );
  for (const { groups, directory } of updates) {
    assert.ok(Object.keys(groups ?? {}).length > 0, directory);
    assert.ok(existsSync(join(root, directory, directory === '/' ? '.github' : 'package-lock.json')));
  }
});

test('CODEOWNERS names an owner for every file', () => {
  const rules = read('.github/CODEOWNERS')
    .split('\n')
    .filter((line) => line && !line.startsWith('#'));
  assert.match(rules[0] ?? '', /^\* @[\w-]+/);
  for (const rule of rules) assert.match(rule, /^\S+( @[\w-]+(\/[\w-]+)?)+$/);
});

test('SECURITY.md begins with the supported versions and how to report', () => {
  const headings = [...read('SECURITY.md').matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
  assert.deepEqual(headings.slice(0, 2), ['Supported versions', 'How to report a vulnerability']);
});
