// No browser may be opened, or BROWSER names what opens none: cases BR01 to BR03 of docs/threats.md.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { testedProgram } from '../support/sandbox.ts';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';
import { type FaultStage, fault } from './fault.ts';

const unset = ({ sandbox, config }: FaultStage) => sandbox.writeConfig(config({ daypass_browser: '' }));

const values: [what: string, value: string][] = [
  ['has characters of a shell', '$(touch ran):`touch ran`:/nowhere/x;touch ran:/nowhere/x|touch ran:~/trap'],
  ['names programs of the working directory', './trap:../cwd/trap:cwd/trap %s'],
  ['names text browsers and no browser', 'none:w3m:lynx %s:/usr/bin/www-browser::true'],
];
for (const [what, value] of values) {
  fault('BR01', `where BROWSER ${what}, nothing runs, and the person gets the link`, {
    prepare: ({ sandbox }) => {
      const folder = join(sandbox.home, 'cwd');
      mkdirSync(folder);
      writeFileSync(join(folder, 'trap'), `#!/bin/sh\ntouch ${sandbox.home}/ran\n`, { mode: 0o755 });
    },
    arrange: unset,
    files: /^cwd\//,
    tabs: 0,
    act: async ({ sandbox }) => {
      const words = ['-c', 'cd cwd && exec "$@"', 'sh', ...testedProgram.words, '--profile', 'developer'];
      const running = sandbox.runProgramInTerminal(['/bin/sh', ...words], { env: { BROWSER: value } });
      const [link] = await running.waitForTerminal(/http:\S+/);
      const { body } = await signInOverHttp(link);
      const { terminal, ...result } = await running.exit;
      return { ...result, seen: { terminal, page: body } };
    },
    inspect: ({ sandbox }) => {
      assert.deepEqual(readdirSync(join(sandbox.home, 'cwd')), ['trap']);
      assert.ok(!readdirSync(sandbox.home).includes('ran'));
    },
  });
}

const variables: [id: string, variable: Record<string, string>, text: RegExp][] = [
  ['BR02', { CI: 'true' }, /CI is set, so a CI system runs this/],
  ['BR02', { CI: 'false', TF_BUILD: 'True' }, /TF_BUILD is set, so a CI system runs this/],
  ['BR03', { CLAUDECODE: '1' }, /CLAUDECODE is set, so a coding agent runs this, and there is no terminal/],
  ['BR03', { AGENT: 'amp' }, /AGENT is set, so a coding agent runs this, and there is no terminal/],
];
for (const [id, variable, text] of variables) {
  fault(id, `no tab opens with ${JSON.stringify(variable)}, a desktop and a program in the environment`, {
    error: 'sign-in-needed',
    text,
    tabs: 0,
    tokenRequests: 0,
    act: ({ daypass: run, launcher }) =>
      run([], { ...variable, DISPLAY: ':99', DAYPASS_BROWSER: launcher.browserSetting }),
  });
}
