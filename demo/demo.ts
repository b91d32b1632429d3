// `npm run demo` shows the whole product without a provider of your own. It starts a provider and an STS that
// verifies its tokens, gives daypass a temporary home, signs in twice, signs out, and deletes everything.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startIdentityProvider } from '../test/support/identity-provider.ts';
import { startLocalSts } from '../test/support/local-sts.ts';

const roleArn = 'arn:aws:iam::123456789012:role/DeveloperAccess';
const daypass = resolve(import.meta.dirname, '../dist/daypass.cjs');
const home = mkdtempSync(join(tmpdir(), 'daypass-demo-'));
const provider = await startIdentityProvider({ clientId: 'daypass-demo' });
const sts = await startLocalSts({
  trust: [{ roleArn, issuer: provider.issuer, jwksUri: provider.jwksUri, audience: provider.clientId }],
});

// ^C ends the running child, and the demo then cleans up and ends too.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

let failed = false;
try {
  await demo();
} catch (error) {
  failed = true;
  console.error(`\nthe demo failed: ${(error as Error).message}`);
} finally {
  // This also runs after an interrupt or an error, so that no session, server or file remains.
  await run(['logout', '--profile', 'demo']);
  await Promise.all([provider.stop(), sts.stop()]);
  rmSync(home, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);

async function demo(): Promise<void> {
  const desktop = hasDesktop();
  const keychain = hasKeychain();
  const browser = `"${process.execPath}" "${resolve(import.meta.dirname, '../test/support/sign-in-program.mjs')}"`;
  const config = `[profile demo]
credential_process = ${daypass} --profile demo
region = eu-west-1
daypass_issuer = ${provider.issuer}
daypass_client_id = ${provider.clientId}
daypass_role_arn = ${roleArn}
daypass_authorize_params = prompt=consent
daypass_sts_endpoint = ${sts.url}
${desktop ? '' : `daypass_browser = ${browser}\n`}${keychain ? '' : 'daypass_store = file\n'}`;
  mkdirSync(join(home, '.aws'));
  writeFileSync(join(home, '.aws', 'config'), config);

  say('An OIDC provider and an STS of our own are up. The AWS config file of this demo:');
  show(config);
  say(
    keychain
      ? "The session goes into this machine's keychain, and out of it again at the end."
      : 'There is no keychain here, so the session goes into 0600 files in the folder of this demo (daypass_store = file).',
  );
  say(
    desktop
      ? 'The first call opens your browser. Sign in there with any name.'
      : 'There is no display here, so a small program stands in for the browser and signs in as "ada".',
  );
  const first = await timed('$ daypass --profile demo', ['--profile', 'demo', '--timeout', '300']);
  const second = await timed('$ daypass --profile demo        # again: no browser, no network', [
    '--profile',
    'demo',
  ]);
  if (first.stdout !== second.stdout) throw new Error('the two calls gave different credentials');
  console.log(
    `  Asked of the provider: ${provider.counts.codeExchange} code exchange; of STS: ${sts.calls.length} call.\n`,
  );

  for (const command of ['status', 'logout']) {
    console.log(`$ daypass ${command} --profile demo`);
    const { code, stdout, stderr } = await run([command, '--profile', 'demo']);
    show(stdout + stderr);
    if (code !== 0) throw new Error(`daypass ${command} ended with exit code ${code}`);
  }
  const token = provider.latestRefreshToken();
  if (token && (await provider.accepts(token))) throw new Error('the refresh token still works after logout');
  say('The provider refuses the refresh token now. Nothing of this demo is left.');
}

async function timed(title: string, args: string[]): Promise<{ stdout: string }> {
  console.log(title);
  const began = performance.now();
  const { code, stdout, stderr } = await run(args);
  const seconds = ((performance.now() - began) / 1000).toFixed(2);
  if (code !== 0) throw new Error(`daypass ended with exit code ${code}\n${stderr}`);
  const credentials = JSON.parse(stdout);
  for (const secret of ['SecretAccessKey', 'SessionToken']) {
    credentials[secret] = `${credentials[secret].slice(0, 4)}… (${credentials[secret].length} characters)`;
  }
  show(JSON.stringify(credentials, undefined, 2));
  console.log(`  ${seconds} s\n`);
  return { stdout };
}

function run(args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [daypass, ...args], {
    // The browser needs the desktop's variables. CI is removed, because the demo may open a browser.
    env: { ...withoutAws(process.env), HOME: home, CI: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  return new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', (code) => done({ code, stdout, stderr }));
  });
}

function withoutAws(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(AWS|DAYPASS|XDG_STATE)_/.test(name)));
}

function hasDesktop(): boolean {
  if (process.platform !== 'linux') return !process.env.SSH_CONNECTION;
  return Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY || process.env.WSL_DISTRO_NAME);
}

/** Returns whether the keychain stores and returns a test value. A child process protects against a hang. */
function hasKeychain(): boolean {
  const probe = `const k = require('keytar');
    (async () => {
      await k.setPassword('daypass demo', 'probe', 'x');
      const found = await k.getPassword('daypass demo', 'probe');
      await k.deletePassword('daypass demo', 'probe');
      process.exit(found === 'x' ? 0 : 1);
    })().catch(() => process.exit(1));`;
  const { status } = spawnSync(process.execPath, ['-e', probe], {
    cwd: resolve(import.meta.dirname, '..'),
    stdio: 'ignore',
    timeout: 10_000,
    killSignal: 'SIGKILL',
  });
  return status === 0;
}

function say(text: string): void {
  console.log(`${text}\n`);
}

function show(text: string): void {
  console.log(`${text.trimEnd().replace(/^/gm, '  ')}\n`);
}
