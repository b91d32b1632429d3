// CI systems and coding agents run daypass: when it asks a person there, and its errors.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { agentVariable, ciVariable } from '../../src/browser/unattended.ts';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';
import { openStage, type Stage } from '../support/stage.ts';

const desktop = { DISPLAY: ':99' };
const patience = 30_000;

let stage: Stage;
before(async () => {
  stage = await openStage();
});
after(() => stage?.close());

/** The variables of CI systems with values that they set. */
const ciSystems: Record<string, string> = {
  CI: 'true',
  GITHUB_ACTIONS: 'true',
  GITLAB_CI: 'true',
  TF_BUILD: 'True',
  JENKINS_URL: 'https://ci.example.com/',
  BUILDKITE: 'true',
  CIRCLECI: 'true',
  TRAVIS: 'true',
  APPVEYOR: 'True',
  BITBUCKET_BUILD_NUMBER: '12',
  TEAMCITY_VERSION: '2025.07 (build 197242)',
  CODEBUILD_BUILD_ID: 'demo:b1e6661e-e4f2-4156-9ab9-82a19EXAMPLE',
  TFC_RUN_ID: 'run-CKuwsxMGgMd6W7Ui',
  DRONE: 'true',
  bamboo_buildKey: 'PROJ-PLAN-JOB1',
  GO_PIPELINE_LABEL: '1',
};

test('a variable of a CI system counts unless it is empty, blank, false or 0', () => {
  for (const [name, value] of Object.entries(ciSystems)) {
    assert.equal(ciVariable({ [name]: value }), name);
    for (const no of ['', ' ', 'false', 'False', 'FALSE', '0'])
      assert.equal(ciVariable({ [name]: no }), undefined, `${name}=${no}`);
  }
  // Steps set it for build tools that treat warnings as errors in CI.
  assert.equal(ciVariable({ CI: 'false', GITHUB_ACTIONS: 'true' }), 'GITHUB_ACTIONS');
  assert.equal(ciVariable({ CIVILITY: '1', GITHUB_ACTION: 'x' }), undefined);
});

for (const [name, value] of Object.entries(ciSystems)) {
  test(`with ${name} no browser opens, also with a configured program, and the error names ${name}`, async () => {
    const tabs = stage.launcher.launches.length;
    const { code, stderr } = await stage.daypass([], { [name]: value, ...desktop });
    assert.equal(code, 2);
    const fault = `and no browser may be opened here: ${name} is set, so a CI system runs this`;
    assert.match(
      stderr,
      new RegExp(
        `^daypass: sign-in-needed: .* ${fault}\\nhint: in a CI job, .* unset ${name}, then run .*\\n$`,
      ),
    );
    assert.equal(stage.launcher.launches.length, tabs);
  });
}

test('in CI a program in DAYPASS_BROWSER opens nothing, for login, exec and console too', async () => {
  const tabs = stage.launcher.launches.length;
  const env = { CI: '1', DAYPASS_BROWSER: stage.launcher.browserSetting, ...desktop };
  for (const args of [[], ['login'], ['env'], ['console']]) {
    const { code, stderr } = await stage.daypass(args, env);
    assert.ok(code === 2 || code === 65, stderr);
    assert.match(stderr, /no browser may be opened here: CI is set, so a CI system runs this\nhint: /);
  }
  assert.equal(stage.launcher.launches.length, tabs);
});

test('in CI the terminal of a job gets no link', async () => {
  const run = stage.sandbox.runInTerminal(['--profile', 'developer'], { env: { TF_BUILD: 'True' } });
  const { code, terminal, stderr } = await run.exit;
  assert.equal(code, 2);
  assert.match(stderr, /TF_BUILD is set/);
  assert.doesNotMatch(terminal, /http:/);
});

test('in CI a program that the command line names opens the link', async () => {
  const program = stage.launcher.browserSetting;
  const run = stage.daypass(['--browser', program], { CI: 'true', GITHUB_ACTIONS: 'true' });
  await signInOverHttp(await stage.launcher.nextLink());
  const { code, stderr } = await run;
  assert.deepEqual([code, stderr], [0, '']);
  assert.equal((await stage.daypass(['logout'])).code, 0);
});

test('where CI is false, 0 or empty, a tab opens', async () => {
  for (const CI of ['false', '0', '']) {
    const run = stage.daypass([], { CI });
    await signInOverHttp(await stage.launcher.nextLink());
    assert.equal((await run).code, 0, `CI=${CI}`);
    assert.equal((await stage.daypass(['logout'])).code, 0);
  }
});

const agents: [name: string, value: string][] = [
  ['CLAUDECODE', '1'],
  ['CURSOR_AGENT', '1'],
  ['GEMINI_CLI', '1'],
  ['CODEX_SANDBOX', 'seatbelt'],
  ['CODEX_SANDBOX_NETWORK_DISABLED', '1'],
  ['CODEX_CI', '1'],
  ['AUGMENT_AGENT', '1'],
  ['CLINE_ACTIVE', 'true'],
  ['OPENCODE', '1'],
  ['AGENT', 'goose'],
  ['AGENT', 'amp'],
];

test('a variable of a coding agent counts with its documented values alone', () => {
  for (const [name, value] of agents) {
    assert.equal(agentVariable({ [name]: value }), name);
    for (const other of ['', '0', 'false', '/run/agent.sock', 'ssh', ` ${value}`])
      assert.equal(agentVariable({ [name]: other }), undefined, `${name}=${other}`);
  }
});

for (const [name, value] of agents) {
  test(`${name}=${value} without a terminal: the call ends at once with the command to run`, async () => {
    const tabs = stage.launcher.launches.length;
    const { code, stderr } = await stage.daypass([], { [name]: value, ...desktop });
    assert.equal(code, 2);
    const fault = `no browser may be opened here: ${name} is set, so a coding agent runs this, and there is no terminal`;
    assert.match(stderr, new RegExp(`${fault}\\nhint: run: daypass login --profile developer\\n$`));
    assert.equal(stage.launcher.launches.length, tabs);
  });
}

test('a coding agent asks its person with login, and its next call gets the credentials', async () => {
  const env = { CLAUDECODE: '1', ...desktop };
  const login = stage.daypass(['login'], env);
  await signInOverHttp(await stage.launcher.nextLink());
  const { code, stderr } = await login;
  assert.deepEqual([code, stderr], [0, '']);
  assert.equal((await stage.daypass([], env)).code, 0);
  assert.equal((await stage.daypass(['logout'])).code, 0);
});

test('the person at the terminal of a coding agent is asked', async () => {
  const run = stage.sandbox.runInTerminal(['--profile', 'developer'], { env: { CLAUDECODE: '1' } });
  await run.waitForTerminal(/your browser opens/, patience);
  await signInOverHttp(await stage.launcher.nextLink());
  assert.equal((await run.exit).code, 0);
  assert.equal((await stage.daypass(['logout'])).code, 0);
});
