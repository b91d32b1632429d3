// The browser program fails, hangs or reads its environment: cases B16 and B17 of docs/threats.md.
import assert from 'node:assert/strict';
import { findSecrets } from '../support/canary.ts';
import { signalAll } from '../support/processes.ts';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';
import { until } from '../support/until.ts';
import { type FaultStage, fault } from './fault.ts';
import { signInWith, withPerson } from './person-in-chromium.ts';

const launchers: [what: string, setting: string, remark: RegExp | undefined][] = [
  ['is missing', '/nonexistent/browser', /did not start: there is no such program/],
  ['ends with exit code 3', `"${process.execPath}" -e "process.exit(3)" x`, /exit code 3/],
  ['hangs', `"${process.execPath}" -e "setInterval(Date,60000)" hanging`, undefined],
];
for (const [what, setting, remark] of launchers) {
  const arrange = ({ sandbox, config }: FaultStage) =>
    sandbox.writeConfig(config({ daypass_browser: setting }));

  fault('B16', `the terminal shows the link if the browser program ${what}, and the sign-in waits`, {
    arrange,
    tabs: 0,
    act: async (stage) => {
      const running = stage.sandbox.runInTerminal(['--profile', 'developer']);
      const [link] = await running.waitForTerminal(/http:\S+/);
      if (remark) await running.waitForTerminal(remark);
      const { body } = await signInOverHttp(link);
      endHanging(stage);
      const { terminal, ...result } = await running.exit;
      return { ...result, seen: { terminal, page: body } };
    },
  });

  // Without a terminal the link cannot be shown, so the call ends at once.
  fault(
    'B16',
    `a call without a terminal ${remark ? 'fails at once' : 'waits'} if the browser program ${what}`,
    {
      arrange,
      tabs: 0,
      ...(remark ? { error: 'browser-not-started', text: remark, tokenRequests: 0 } : {}),
      act: async (stage) => {
        const running = stage.sandbox.start(['--profile', 'developer']);
        if (remark) return running.exit;
        const launched = () => hanging(stage)[0]?.command ?? '';
        await until(() => launched() !== '', 'the program is started');
        const { body } = await signInOverHttp(launched().split(' ').at(-1) ?? '');
        endHanging(stage);
        return { ...(await running.exit), seen: { page: body } };
      },
    },
  );
}

function hanging({ sandbox }: FaultStage) {
  return sandbox.processes().filter(({ command }) => / hanging http:/.test(command));
}

/** Ends the hanging browser programs, which daypass leaves to the user. */
function endHanging(stage: FaultStage): void {
  signalAll(hanging(stage), 'SIGKILL');
}

const poison: Record<string, string> = {
  AWS_ACCESS_KEY_ID: 'ASIAPOISONPOISON0001',
  AWS_SECRET_ACCESS_KEY: 'poison-secret-access-key',
  AWS_SESSION_TOKEN: 'poison-session-token',
  AWS_PROFILE: 'poison-profile',
  AWS_WEB_IDENTITY_TOKEN_FILE: '/poison/web-identity',
  DAYPASS_CLIENT_SECRET: 'poison-client-secret',
  GITHUB_TOKEN: 'poison-github-token',
  DATABASE_PASSWORD: 'poison-database-password',
  OPENAI_API_KEY: 'poison-api-key',
  NODE_OPTIONS: '--title=poison-node-options',
  GITHUB_PAT: 'poison-github-pat',
  DATABASE_URL: 'postgres://ann:poison-database@db/app',
  MYSQL_PWD: 'poison-mysql',
  CLOUDSDK_CORE_ACCOUNT: 'poison-account',
};
fault('B17', 'the browser program gets the link, and no secret in its environment', {
  act: withPerson(signInWith, { env: poison }),
  inspect: ({ launcher, provider, sts }) => {
    const [launch] = launcher.launches;
    assert.ok(launch);
    assert.deepEqual(
      findSecrets({ launch: JSON.stringify(launch) }, [
        ...Object.values(poison),
        ...provider.secrets,
        ...sts.secrets,
      ]),
      [],
    );
    for (const name of Object.keys(launch.env))
      assert.doesNotMatch(name, /^(AWS|DAYPASS|NODE)_|TOKEN|SECRET/);
    assert.equal(launch.argv.length, 1);
    assert.match(launch.argv[0] ?? '', /^http:\/\/127\.0\.0\.1:\d+\/start\/[\w-]{22}$/);
  },
});
