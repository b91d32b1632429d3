// Every command that takes a profile names the profile that was probably meant.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createSandbox, type Sandbox } from '../support/sandbox.ts';

let sandbox: Sandbox;
before(async () => {
  sandbox = await createSandbox({ config: '[developer]\nregion = eu-west-1\n[profile developers]\n' });
});
after(() => sandbox?.remove());

for (const args of [
  [],
  ['login'],
  ['status'],
  ['doctor'],
  ['env'],
  ['exec', 'true'],
  ['console'],
  ['trust-policy'],
  ['logout'],
]) {
  test(`daypass ${args.join(' ')} names the almost right line and the nearest profile`, async () => {
    const [command, ...operands] = args;
    const run = async (profile: string, env = {}) => {
      const words = profile ? ['--profile', profile] : [];
      const result = await sandbox.run([...(command ? [command] : []), ...words, ...operands], { env });
      assert.equal(result.code, 65, result.stderr);
      return command === 'doctor' ? result.stdout.replaceAll(/\n */g, ' ') : result.stderr;
    };
    assert.match(await run('developer'), /~\/\.aws\/config:1: \[developer\] must be \[profile developer\]/);
    assert.match(await run('developres'), /did you mean developers\? to create developres/);
    assert.match(
      await run('', { AWS_PROFILE: 'developres' }),
      /did you mean developers\? to create developres/,
    );
  });
}
