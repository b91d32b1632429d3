import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type SessionKeys, sessionKeys, signInIdentity } from '../../src/session/keys.ts';
import { loadSettings, type Settings } from '../../src/settings/settings.ts';

import { daypassPath, type RunResult } from './sandbox.ts';
import { openStage, type Stage, signInProgram } from './stage.ts';

const probe = join(import.meta.dirname, 'what-was-asked.cjs');

/** What one process of daypass opened and asked. */
interface Asked {
  result: RunResult;
  /** How often it opened the AWS config file. */
  configs: number;
  opened: string[];
  /** The requests of each keychain process that it started. */
  keychains: { method: string; account: string }[][];
}

interface StageOfHundreds extends Stage {
  /** Runs daypass and returns what its process asked for. */
  ask(...args: string[]): Promise<Asked>;
  /** Writes `count` profiles, and returns their settings and keys. `keysOf` gives each its daypass_ keys. */
  writeProfiles(count: number, keysOf: (index: number) => Record<string, string>): Profile[];
  /** Stores copies of the session of the first profile, as if each of these had signed in. */
  storeSessions(profiles: readonly Profile[]): Promise<void>;
}

interface Profile {
  settings: Settings;
  keys: SessionKeys;
}

export const arnOf = (index: number) => `arn:aws:iam::123456789012:role/Role${index}`;

/** Opens a stage for hundreds of profiles with this store. */
export async function openStageOfHundreds(
  t: TestContext,
  store: Settings['store'] = 'keychain',
): Promise<StageOfHundreds> {
  const keys = { daypass_browser: signInProgram, daypass_store: store };
  const stage = await openStage({ keys });
  t.after(() => stage.close());
  const { sandbox, keyring } = stage;
  const { home } = sandbox;
  const state = join(home, '.local/state/daypass');
  const settingsOf = (profile: string) =>
    loadSettings({ flags: new Map([['profile', profile]]), env: sandbox.env, home });
  const keysOf = (profile: string) => sessionKeys(settingsOf(profile));
  const read = async ({ signIn }: SessionKeys, account: string) =>
    store === 'file'
      ? readFileSync(join(state, signIn, `${account}.secret`), 'utf8')
      : await keyring.lookup('daypass', account);
  return {
    ...stage,
    async ask(...args) {
      const report = join(home, '..', 'asked.json');
      const words = [process.execPath, '--require', probe, daypassPath, ...args] as const;
      const result = await sandbox.runProgram([...words], { env: { WHAT_WAS_ASKED: report } });
      const asked: Omit<Asked, 'result' | 'configs'> = JSON.parse(readFileSync(report, 'utf8'));
      const configs = asked.opened.filter((path) => path === join(home, '.aws/config')).length;
      return { ...asked, configs, result };
    },
    writeProfiles(count, profileKeys) {
      const names = Array.from({ length: count }, (_, index) => `p${index}`);
      const sections = names.map((name, index) => {
        const own = { daypass_source_profile: 'developer', ...profileKeys(index) };
        const lines = Object.entries(own).map(([key, value]) => `${key} = ${value}\n`);
        return `[profile ${name}]\nregion = eu-west-1\n${lines.join('')}`;
      });
      // Only a source of the others, and so no row of its own.
      const source = stage.config().replace(/^daypass_role_arn.*\n/m, '');
      sandbox.writeConfig(`${source}\n${sections.join('\n')}`);
      return names.map((name) => ({ settings: settingsOf(name), keys: keysOf(name) }));
    },
    async storeSessions(profiles) {
      const [first] = profiles;
      if (!first) return;
      const credentials = JSON.parse((await read(first.keys, first.keys.credentials)) ?? '');
      const signIn = JSON.parse((await read(first.keys, first.keys.signIn)) ?? '');
      const secrets: Record<string, string> = {};
      for (const { settings, keys } of profiles) {
        const folder = join(state, keys.signIn);
        const same = profiles.filter((other) => other.keys.signIn === keys.signIn);
        const identity = signInIdentity(settings);
        const names = same.map((other) => other.settings.profile);
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        write(join(folder, 'sign-in.json'), { version: 1, identity, profiles: names });
        const accounts = same.map((other) => other.keys.credentials);
        const { refreshToken: _own, ...others } = signIn;
        secrets[keys.signIn] = JSON.stringify({ ...others, identity, credentials: accounts });
        secrets[keys.credentials] = JSON.stringify({ ...credentials, roleArn: settings.roleArn });
        if (store === 'keychain') continue;
        for (const account of [keys.signIn, keys.credentials])
          writeFileSync(join(folder, `${account}.secret`), secrets[account] ?? '', { mode: 0o600 });
      }
      if (store === 'keychain') await keyring.store('daypass', secrets);
    },
  };
}

function write(path: string, content: object): void {
  writeFileSync(path, JSON.stringify(content), { mode: 0o600 });
}
