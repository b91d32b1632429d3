import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { type CephRgw, startCephRgw } from '../support/ceph-rgw.ts';
import { certifiedSigningKey } from '../support/certificates.ts';
import { assertVersion1, type ProcessCredentials } from '../support/credentials-format.ts';
import {
  type IdentityProvider,
  type IdentityProviderOptions,
  startIdentityProvider,
} from '../support/identity-provider.ts';
import { startKeyring } from '../support/keyring.ts';
import { daypassCommand, type RunResult } from '../support/sandbox.ts';
import { type AnyStage, setStageAround, signInProgram } from '../support/stage.ts';
import type { Statement } from '../support/sts/trust-policy.ts';

/** A stage whose STS is Ceph RGW, and whose profile `developer` runs daypass by `credential_process`. */
export interface RgwStage extends AnyStage<IdentityProvider, CephRgw> {
  /** A statement that lets tokens of the provider in that meet these conditions, as in `{ aud: 'daypass-test' }`. */
  trust(conditions: Record<string, string>): Statement;
  /** Gives the profile these daypass_ keys beside those that it always has. */
  configure(keys: Record<string, string>): void;
  /** Runs `aws s3api …` with the profile. */
  s3api(...args: string[]): Promise<RunResult>;
  /** Runs the JavaScript SDK: `put KEY TEXT` or `get KEY` in the bucket of that name. */
  sdk(args: [bucket: string, ...string[]], env?: Record<string, string>): Promise<RunResult>;
  /** Runs daypass, asserts that it printed credentials and nothing on stderr, and returns them. */
  credentials(env?: Record<string, string>): Promise<ProcessCredentials>;
  /** The refresh tokens in the keychain. */
  keptRefreshTokens(): Promise<string[]>;
  /** Asserts that no secret of the provider and none that is in the keychain shows where it may not. */
  assertNoLeaks(...results: RunResult[]): Promise<void>;
}

export const account = '123456789012';
const sdkProgram = fileURLToPath(new URL('./s3-client.mjs', import.meta.url));

/** Nothing is registered in IAM yet. */
export async function openRgwStage(options: IdentityProviderOptions = {}): Promise<RgwStage> {
  const parts = [
    // RGW looks at the first key alone, and at its certificate.
    startIdentityProvider({ signingKeys: [certifiedSigningKey()], ...options }),
    startKeyring(),
    startCephRgw(),
  ] as const;
  const [provider, keyring, sts] = await Promise.all(parts).catch(async (error) => {
    // Those that did start would keep this process alive.
    for (const part of await Promise.allSettled(parts))
      if (part.status === 'fulfilled') await part.value.stop();
    throw error;
  });
  const stage = await setStageAround({ provider, keyring, sts }, { daypass_browser: signInProgram });
  const { sandbox } = stage;
  const name = provider.issuer.replace('http://', '');
  const records = async () => {
    const accounts = await keyring.accounts('daypass');
    const texts = await Promise.all(accounts.map((each) => keyring.lookup('daypass', each)));
    return texts.map((text) => JSON.parse(text ?? '{}'));
  };
  const rgwStage: RgwStage = {
    ...stage,
    trust: (conditions) => ({
      Effect: 'Allow',
      Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/${name}` },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringEquals: Object.fromEntries(
          Object.entries(conditions).map(([key, value]) => [`${name}:${key}`, value]),
        ),
      },
    }),
    configure(keys) {
      const line = `credential_process = ${daypassCommand} --profile developer\n`;
      sandbox.writeConfig(stage.config(keys) + line);
    },
    s3api: (...args) =>
      sandbox.runAws(['s3api', ...args, '--profile', 'developer', '--endpoint-url', sts.url]),
    sdk(args, env = { AWS_PROFILE: 'developer' }) {
      const words = [process.execPath, '--no-warnings', sdkProgram, sts.url, ...args];
      return sandbox.runProgram(words, { env: { AWS_EC2_METADATA_DISABLED: 'true', ...env } });
    },
    async credentials(env = {}) {
      const result = await stage.daypass([], env);
      assert.deepEqual([result.code, result.stderr], [0, '']);
      await rgwStage.assertNoLeaks(result);
      return assertVersion1(result.stdout);
    },
    keptRefreshTokens: async () =>
      (await records()).map(({ refreshToken }) => refreshToken).filter((token) => token !== undefined),
    async assertNoLeaks(...results) {
      for (const { credentials } of await records()) {
        if (credentials?.secretAccessKey)
          sts.secrets.add(credentials.secretAccessKey).add(credentials.sessionToken);
      }
      stage.assertNoLeak(...results);
    },
  };
  rgwStage.configure({});
  return rgwStage;
}

/** Asserts that a session that was just issued ends in so many seconds. */
export function assertLasts(seconds: number, { Expiration }: Pick<ProcessCredentials, 'Expiration'>): void {
  const left = (Date.parse(Expiration) - Date.now()) / 1000;
  assert.ok(left <= seconds && left > seconds - 60, `${left} s are left, where ${seconds} were expected`);
}
