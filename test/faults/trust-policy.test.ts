// `trust-policy` prints a policy that trusts everyone only with `--any-user`: cases H04 and H05 of
// docs/threats.md; and for several profiles all or nothing: WV01 and WV02.
import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { type Case, type FaultStage, fault, signIn } from './fault.ts';
import { withOwnKeyring } from './own-keyring.ts';

suite('trust-policy without a user', { concurrency: 4 }, () => {
  keychainsFail();
  nobodySignedIn();
  severalProfiles();
});

/** Asserts that `--any-user` needs no keychain. */
async function printsForEveryone(stage: FaultStage): Promise<void> {
  const { code, stdout, stderr } = await stage.daypass(['trust-policy', '--any-user', '--json']);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  assert.doesNotMatch(stdout, /:sub"/);
}

function keychainsFail(): void {
  const noPolicy: Case = { tabs: 1, tokenRequests: 1, ends: true };
  fault('H04', 'trust-policy prints nothing if the keyring is locked', {
    ...{ ...noPolicy, error: 'keychain-locked' },
    act: withOwnKeyring(async (stage, keyring) => {
      await signIn(stage);
      await keyring.lock();
      await printsForEveryone(stage);
      return stage.daypass(['trust-policy']);
    }),
  });
  fault('H04', 'trust-policy prints nothing if the keyring hangs', {
    ...{ ...noPolicy, error: 'keychain-unresponsive', within: 60_000 },
    act: withOwnKeyring(async (stage, keyring) => {
      await signIn(stage);
      process.kill(keyring.daemonPid, 'SIGSTOP');
      try {
        return await stage.daypass(['trust-policy', '--json']);
      } finally {
        process.kill(keyring.daemonPid, 'SIGCONT');
      }
    }),
  });
  fault('H04', 'trust-policy prints nothing if there is no session bus', {
    ...{ ...noPolicy, ends: false, error: 'keychain-missing' },
    act: async (stage) => {
      await signIn(stage);
      return stage.daypass(['trust-policy'], { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' });
    },
  });
}

function nobodySignedIn(): void {
  fault('H05', 'trust-policy prints nothing before a sign-in, and names the ways on', {
    ...{ error: 'sign-in-needed', tabs: 0, tokenRequests: 0, ends: true },
    text: /hint: .* add --any-user; .* run: daypass login --profile developer\n/,
    act: async (stage) => {
      await printsForEveryone(stage);
      return stage.daypass(['trust-policy', '--json']);
    },
  });
}

function severalProfiles(): void {
  const another = (keys: string) => (stage: FaultStage) =>
    stage.sandbox.writeConfig(
      `${stage.config()}[profile another]\ndaypass_source_profile = developer\n${keys}`,
    );
  const all = { tabs: 1, tokenRequests: 1, ends: false };
  fault('WV01', 'trust-policy prints nothing for a profile with a sign-in beside one without', {
    ...{ ...all, error: 'sign-in-needed' },
    text: /: profile another: there is no sign-in yet/,
    act: async (stage) => {
      another('daypass_client_id = another\n')(stage);
      await signIn(stage);
      return stage.daypass(['trust-policy', 'another', '--format', 'terraform']);
    },
  });
  fault('WV02', 'trust-policy prints nothing for two profiles that name one role in two ways', {
    ...{ ...all, error: 'bad-configuration' },
    text: /: one role cannot be .*DeveloperAccess and .*x\/developeraccess \(profiles developer, another\)/,
    act: async (stage) => {
      another('daypass_role_arn = arn:aws:iam::123456789012:role/x/developeraccess\n')(stage);
      await signIn(stage);
      return stage.daypass(['trust-policy', 'another']);
    },
  });
}
