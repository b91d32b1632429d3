import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { findSecrets } from './canary.ts';
import {
  type IdentityProvider,
  type IdentityProviderOptions,
  startIdentityProvider,
} from './identity-provider.ts';
import { type Keyring, startKeyring } from './keyring.ts';
import { type Launcher, startLauncher } from './launcher.ts';
import { type LocalSts, startLocalSts } from './local-sts.ts';
import { createSandbox, type Program, type RunResult, type Sandbox, testedProgram } from './sandbox.ts';
import type { Trust } from './sts/web-identity.ts';

export const roleArn = 'arn:aws:iam::123456789012:role/DeveloperAccess';

/** The common part of the real and the hostile provider. */
export interface AnyProvider {
  issuer: string;
  jwksUri: string;
  clientId: string;
  secrets: Set<string>;
  stop(): Promise<void>;
}

/** The common part of the local and a real STS. */
export interface AnySts {
  readonly url: string;
  /** Every known SecretAccessKey and SessionToken. */
  readonly secrets: Set<string>;
  stop(): Promise<void>;
}

/** The surroundings of daypass, and one profile `developer` that uses them. */
export interface AnyStage<Provider extends AnyProvider, Sts extends AnySts> {
  provider: Provider;
  sts: Sts;
  keyring: Keyring;
  launcher: Launcher;
  sandbox: Sandbox;
  /** Returns the AWS config file, with these daypass_ keys replaced or added. */
  config(keys?: Record<string, string>): string;
  /** Runs `daypass --profile developer …`. */
  daypass(args?: string[], env?: Record<string, string>): Promise<RunResult>;
  /** Asserts that no secret of this stage leaked. */
  assertNoLeak(...results: RunResult[]): void;
  /** Ends everything. Throws if daypass left processes. */
  close(): Promise<void>;
}

/** A stage with the local STS and otherwise real parts. */
export interface Stage<Provider extends AnyProvider = IdentityProvider> extends AnyStage<Provider, LocalSts> {
  trust: Trust[];
}

/** A `--browser` program that signs in over HTTP without a person. */
export const signInProgram = `"${process.execPath}" "${fileURLToPath(new URL('./sign-in-program.mjs', import.meta.url))}"`;

export async function openStage(
  options: IdentityProviderOptions & { keys?: Record<string, string>; program?: Program } = {},
): Promise<Stage> {
  const [provider, keyring] = await Promise.all([startIdentityProvider(options), startKeyring()]);
  return setStage(provider, keyring, options.keys, options.program);
}

/** Opens a stage with a provider and a keyring, which end with it. `moreKeys` are more daypass_ keys. */
export async function setStage<Provider extends AnyProvider>(
  provider: Provider,
  keyring: Keyring,
  moreKeys: Record<string, string> = {},
  program = testedProgram,
): Promise<Stage<Provider>> {
  const trust: Trust[] = [
    { roleArn, issuer: provider.issuer, jwksUri: provider.jwksUri, audience: provider.clientId },
  ];
  const sts = await startLocalSts({ trust });
  return { ...(await setStageAround({ provider, keyring, sts }, moreKeys, program)), trust };
}

/** Opens a stage with these parts, which end with it. `moreKeys` are more daypass_ keys. */
export async function setStageAround<Provider extends AnyProvider, Sts extends AnySts>(
  { provider, keyring, sts }: { provider: Provider; keyring: Keyring; sts: Sts },
  moreKeys: Record<string, string> = {},
  program = testedProgram,
): Promise<AnyStage<Provider, Sts>> {
  const launcher = await startLauncher();
  const config = (keys: Record<string, string> = {}) => {
    const all = {
      daypass_issuer: provider.issuer,
      daypass_client_id: provider.clientId,
      daypass_role_arn: roleArn,
      daypass_authorize_params: 'prompt=consent',
      daypass_sts_endpoint: sts.url,
      daypass_browser: launcher.browserSetting,
      ...moreKeys,
      ...keys,
    };
    const lines = Object.entries(all).map(([key, value]) => `${key} = ${value}`);
    return `[profile developer]\nregion = eu-west-1\n${lines.join('\n')}\n`;
  };
  const sandbox = await createSandbox({ config: config(), env: keyring.env, program });
  return {
    provider,
    sts,
    keyring,
    launcher,
    sandbox,
    config,
    daypass: (args = [], env = {}) => sandbox.run([...args, '--profile', 'developer'], { env }),
    assertNoLeak(...results) {
      const places: Record<string, string | Buffer> = { ...sandbox.files() };
      for (const [index, { stderr, stdout, code }] of results.entries()) {
        places[`stderr of run ${index}`] = stderr;
        if (code !== 0) places[`stdout of run ${index}`] = stdout;
      }
      for (const [index, launch] of launcher.launches.entries()) {
        places[`launch ${index}`] = JSON.stringify(launch);
      }
      assert.deepEqual(findSecrets(places, [...provider.secrets, ...sts.secrets]), []);
    },
    async close() {
      const leftovers = await sandbox.remove({ graceMs: 12_000 });
      await Promise.all([provider.stop(), sts.stop(), keyring.stop(), launcher.stop()]);
      assert.deepEqual(leftovers, [], 'daypass left processes behind');
    },
  };
}
