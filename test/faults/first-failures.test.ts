// The failures that a new user meets first, as the person reads them: cases WX01 to WX15 of docs/threats.md.
// Each test compares the whole text, prints it, and then does what the text advises.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'node:test';
import { builtOnce } from '../support/build-cache.ts';
import { createAuthority } from '../support/certificates.ts';
import { startConnectProxy } from '../support/connect-proxy.ts';
import { signingKey, startIdentityProvider } from '../support/identity-provider.ts';
import { password, startKeyring } from '../support/keyring.ts';
import { navigation, request } from '../support/loopback-attacks.ts';
import { later, settableClock } from '../support/other-clock.ts';
import { sendRaw } from '../support/raw-http.ts';
import { daypassPath, type RunResult } from '../support/sandbox.ts';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';
import { openStage, type Stage, setStage, signInProgram } from '../support/stage.ts';
import { until } from '../support/until.ts';
import { faultOfPart } from './fault.ts';
import { firstFailures } from './first-failures.ts';

type Env = Record<string, string>;

/** A new user at work. */
class Scene {
  readonly #read: string[] = [];
  readonly stage: Stage;

  constructor(stage: Stage) {
    this.stage = stage;
  }

  /** What the person has read of failures so far. */
  get text(): string {
    const { home } = this.stage.sandbox;
    return this.#read
      .join('\n')
      .replaceAll(home, '~')
      .replace(/127\.0\.0\.1:\d{5}\b/g, '127.0.0.1:PORT');
  }

  /** Runs a command that fails or warns, and notes its text. */
  async meets(words: string, env: Env = {}): Promise<void> {
    this.notes(words, await this.stage.daypass(words.split(' ').filter(Boolean), env));
  }

  notes(words: string, { code, stdout, stderr }: Pick<RunResult, 'code' | 'stdout' | 'stderr'>): void {
    const warnings = stdout.split('\n').filter((line) => line.startsWith('warning:'));
    const lines = [...stderr.trimEnd().split('\n'), ...warnings].filter(Boolean);
    assert.ok(lines.length > 0, `daypass ${words} says nothing of a failure`);
    const command = ['daypass', ...words.split(' ').filter(Boolean), '--profile', 'developer'].join(' ');
    this.#read.push(`$ ${command}`, ...lines, `(exit code ${code})`);
  }

  /** Signs in, and reads of no failure. */
  async succeeds(env: Env = {}): Promise<void> {
    const { code, stdout, stderr } = await this.stage.daypass(['login'], env);
    assert.deepEqual([code, stderr], [0, ''], stderr);
    assert.match(stdout, /igned in as ada@example\.com/);
    assert.doesNotMatch(stdout, /warning:/);
  }
}

/** Registers a case: a stage with `keys` in its profile, on which `act` meets the failure and ends it. */
function first(id: string, act: (scene: Scene) => Promise<void>, keys: Env = {}): void {
  firstOn(id, act, () => openStage({ keys: { daypass_browser: signInProgram, ...keys } }));
}

function firstOn(id: string, act: (scene: Scene) => Promise<void>, open: () => Promise<Stage>): void {
  const { what, text } = firstFailures[id] ?? assert.fail(`no text for ${id}`);
  faultOfPart(id, what, async (t) => {
    const scene = new Scene(await open());
    try {
      await act(scene);
    } finally {
      for (const line of scene.text.split('\n')) t.diagnostic(line);
      scene.stage.assertNoLeak();
      await scene.stage.close();
    }
    assert.equal(scene.text, text.trim());
  });
}

suite('a new user meets', { concurrency: 4 }, () => {
  first('WX01', (scene) => staysAtProvider(scene, { daypass_client_id: scene.stage.provider.clientId }), {
    daypass_client_id: 'nobody',
  });
  first('WX02', (scene) => staysAtProvider(scene, { daypass_redirect_path: '/callback' }), {
    daypass_redirect_path: '/signed-in',
  });
  first('WX03', otherAudience);
  first('WX04', otherRole);
  first('WX05', providerDown);
  first('WX06', wrongClock);
  first('WX07', refusedToken);
  first('WX08', lockedKeyring);
  first('WX09', noLibsecret);
  first('WX10', noDisplay, { daypass_browser: '' });
  first('WX11', async (scene) => {
    for (const words of ['login', '']) await scene.meets(words, { CI: 'true' });
    await scene.succeeds();
  });
  first('WX12', async (scene) => {
    await scene.meets('login', { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'x' });
    await scene.succeeds();
  });
  first('WX13', keysInFile);
  first('WX14', oldNode);
  firstOn('WX15', ...needsProxy());
});

/** Meets an error page of the provider, from which no browser returns, and sets `right` keys. */
async function staysAtProvider(scene: Scene, right: Env): Promise<void> {
  const { sandbox, launcher, config } = scene.stage;
  sandbox.writeConfig(config({ daypass_browser: launcher.browserSetting }));
  const clock = settableClock(join(sandbox.home, '..', 'clock'), { timers: true });
  const running = sandbox.start(['login', '--profile', 'developer'], { env: clock.env });
  const link = await launcher.nextLink();
  const { body, url } = await signInOverHttp(link);
  assert.match(url, /\/auth\?/, 'the browser is still at the provider');
  assert.match(body, /invalid_client|invalid_redirect_uri/);
  clock.set('+301s');
  // A sleeping process reads the clock when a request wakes it.
  const { port, host: authority } = new URL(link);
  const target = { port: Number(port), authority, startPath: '', state: '', cookie: '' };
  await sendRaw(target.port, request(target, { path: '/', query: '', headers: navigation }));
  scene.notes('login', await running.exit);
  sandbox.writeConfig(config(right));
  await scene.succeeds();
}

async function otherAudience(scene: Scene): Promise<void> {
  const { trust, provider } = scene.stage;
  const [role] = trust;
  assert.ok(role);
  role.audience = 'another-client';
  await scene.meets('login');
  role.audience = provider.clientId;
  const name = provider.issuer.replace('http://', '');
  const policy = (audience: string) => ({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Federated: `arn:aws:iam::123456789012:oidc-provider/${name}` },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: { StringEquals: { [`${name}:aud`]: audience } },
      },
    ],
  });
  role.policy = policy('another-client');
  await scene.meets('login');
  role.policy = policy(provider.clientId);
  await scene.succeeds();
}

async function otherRole(scene: Scene): Promise<void> {
  const { sandbox, config } = scene.stage;
  sandbox.writeConfig(config({ daypass_role_arn: 'arn:aws:iam::123456789012:role/DevelopperAccess' }));
  await scene.meets('login');
  sandbox.writeConfig(config());
  await scene.succeeds();
}

async function providerDown(scene: Scene): Promise<void> {
  const { provider } = scene.stage;
  for (const endpoint of ['discovery', 'token'] as const) {
    provider.answer(endpoint, (_request, response) => void response.writeHead(503).end('Unavailable'));
    await scene.meets('login');
    provider.answer(endpoint, undefined);
  }
  await scene.succeeds();
  await scene.stage.daypass(['logout']);
  await provider.stop();
  await scene.meets('login');
}

async function wrongClock(scene: Scene): Promise<void> {
  for (const offset of ['+10m', '-10m']) {
    await scene.meets('login', later(offset));
    await scene.stage.daypass(['logout']);
  }
  await scene.succeeds();
}

async function refusedToken(scene: Scene): Promise<void> {
  const { provider } = scene.stage;
  await scene.succeeds();
  // The second use of a spent token ends all tokens of that sign-in.
  const token = provider.latestRefreshToken() ?? '';
  for (const _ of [1, 2]) await provider.tryRefresh(token);
  const nextDay = later('+20h');
  await scene.meets('', { ...nextDay, DAYPASS_BROWSER: 'none' });
  await scene.meets('', { ...nextDay, DAYPASS_BROWSER: 'none' });
  // By the right clock the credentials are still valid, and login would only print them.
  const before = provider.counts.codeExchange;
  const { code, stderr } = await scene.stage.daypass(['login'], nextDay);
  assert.deepEqual([code, stderr, provider.counts.codeExchange], [0, '', before + 1]);
}

const ssh = { SSH_CONNECTION: '192.0.2.1 50000 192.0.2.2 22' };

async function lockedKeyring(scene: Scene): Promise<void> {
  const { keyring, sandbox } = scene.stage;
  await scene.succeeds();
  await keyring.lock();
  await scene.meets('login');
  await keyring.unlock();
  await scene.succeeds();
  await keyring.lock();
  await scene.meets('login', ssh);
  const [, command = ''] = /unlock gnome-keyring.*, run: (.*)$/m.exec(scene.text) ?? [];
  const lines = readFileSync(`/proc/${keyring.daemonPid}/environ`, 'utf8').split('\0');
  const env = Object.fromEntries(
    lines.map((line) => line.split(/=(.*)/s).slice(0, 2)).filter(([name]) => name),
  );
  const terminal = sandbox.runProgramInTerminal(['/bin/sh', '-c', command], {
    wholly: true,
    env,
  });
  await terminal.waitForTerminal(/Password: /);
  terminal.type(`${password}\n`);
  const { terminal: shown } = await terminal.exit;
  assert.doesNotMatch(shown, new RegExp(password));
  await scene.succeeds();
}

async function noLibsecret(scene: Scene): Promise<void> {
  const { sandbox, config } = scene.stage;
  const folder = join(sandbox.home, '..', 'libraries');
  mkdirSync(folder);
  // An empty file replaces the library.
  writeFileSync(join(folder, 'libsecret-1.so.0'), '');
  await scene.meets('login', { LD_LIBRARY_PATH: folder });
  sandbox.writeConfig(config({ daypass_store: 'file' }));
  assert.equal((await scene.stage.daypass(['login'], { LD_LIBRARY_PATH: folder })).code, 0);
  await scene.stage.daypass(['logout']);
  rmSync(folder, { recursive: true });
  sandbox.writeConfig(config());
  await scene.succeeds();
}

async function noDisplay(scene: Scene): Promise<void> {
  for (const words of ['login', '']) await scene.meets(words, ssh);
  const running = scene.stage.sandbox.start(['login', '--profile', 'developer', '--browser', 'none'], {
    env: ssh,
  });
  const link = () => /http:\/\/127\.0\.0\.1:\d+\/\S+/.exec(running.stdout())?.[0];
  await until(() => link() !== undefined, 'the link is printed');
  await signInOverHttp(link() ?? '');
  const { code, stderr } = await running.exit;
  assert.deepEqual([code, stderr], [0, '']);
}

async function keysInFile(scene: Scene): Promise<void> {
  const file = join(scene.stage.sandbox.home, '.aws/credentials');
  writeFileSync(file, '[developer]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n', {
    mode: 0o600,
  });
  await scene.meets('login');
  const { issuer, clientId } = scene.stage.provider;
  await scene.meets(`configure --issuer ${issuer} --client-id ${clientId}`);
  writeFileSync(file, '[developer]\n');
  await scene.succeeds();
}

async function oldNode(scene: Scene): Promise<void> {
  const { sandbox } = scene.stage;
  const folder = await builtOnce('node-18', join(import.meta.dirname, 'programs/node-18'), process.platform);
  const node = join(folder, 'node_modules/node/bin/node');
  const launcher = join(daypassPath, '../../launcher/daypass');
  const env = { PATH: `${join(node, '..')}:/usr/bin:/bin` };
  const words = ['login', '--profile', 'developer'];
  for (const program of [[node, daypassPath], [launcher]]) {
    const result = await sandbox.runProgram([...program, ...words], { env });
    scene.notes('login', { ...result, stderr: result.stderr.replaceAll(node, '/usr/bin/node') });
  }
  await scene.succeeds();
}

/** A company network in which only the proxy knows the name of the provider. */
function needsProxy(): [act: (scene: Scene) => Promise<void>, open: () => Promise<Stage>] {
  const authority = createAuthority();
  const open = async () => {
    const certificate = authority.issue('DNS:login.example.test');
    const signingKeys = [await signingKey()];
    const https = { issuer: 'https://login.example.test', certificate };
    const provider = await startIdentityProvider({ https, signingKeys });
    // STS does not fetch the keys through the proxy.
    const keys = await startIdentityProvider({ signingKeys });
    const browser = `${signInProgram} --provider-at ${provider.port}`;
    const stage = await setStage(provider, await startKeyring(), { daypass_browser: browser });
    Object.assign(stage.trust[0] ?? {}, { jwksUri: keys.jwksUri });
    const close = async () => {
      await stage.close();
      await keys.stop();
      authority.remove();
    };
    return { ...stage, close };
  };
  const act = async (scene: Scene) => {
    const proxy = await startConnectProxy({ 'login.example.test:443': scene.stage.provider.port });
    const env = { AWS_CA_BUNDLE: authority.file };
    try {
      for (const words of ['login', '']) await scene.meets(words, env);
      await scene.succeeds({ ...env, HTTPS_PROXY: proxy.url });
    } finally {
      await proxy.stop();
    }
  };
  return [act, open];
}
