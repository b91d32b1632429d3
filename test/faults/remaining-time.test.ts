// Credentials are about to expire: cases TM03 and TM04 of docs/threats.md.
import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { later } from '../support/other-clock.ts';
import { until } from '../support/until.ts';
import { type Case, fault, signIn } from './fault.ts';

suite('credentials are about to expire', { concurrency: 4 }, () => {
  freshnessHolds();
});

function freshnessHolds(): void {
  /** Makes a call with `seconds` left, and counts the renewals after the background has ended. */
  const withLeft = (seconds: number, renewed: 'before' | 'behind' | 'not'): Case => ({
    session: true,
    tokenRequests: renewed === 'not' ? 0 : 1,
    act: async (stage) => {
      const { stdout } = await stage.daypass();
      const call = await stage.daypass([], later(`+${3600 - seconds}`));
      await until(() => stage.sandbox.processes().length === 0, 'the background ends');
      assert.equal(call.stdout === stdout, renewed !== 'before', 'the printed credentials');
      assert.equal(stage.sts.calls.length, renewed === 'not' ? 1 : 2);
      return call;
    },
  });
  // Each call comes some seconds after the sign-in, so the exact number of seconds left varies.
  fault('TM03', 'credentials with 59 s left are renewed first', withLeft(59, 'before'));
  fault(
    'TM03',
    'credentials with 10 min left are printed and renewed in the background',
    withLeft(600, 'behind'),
  );
  fault(
    'TM03',
    'credentials with 15 min left are printed and renewed in the background',
    withLeft(900, 'behind'),
  );
  fault(
    'TM03',
    'credentials with just under 16 min left are printed and renewed in the background',
    withLeft(958, 'behind'),
  );
  fault('TM03', 'credentials with more than 16 min left are printed', withLeft(990, 'not'));

  fault('TM04', 'sessions of 15 minutes cost at most one STS call in four minutes', {
    tokenRequests: 1,
    act: async (stage) => {
      stage.sts.sessionSeconds = 900;
      const call = await signIn(stage);
      for (const seconds of [0, 60, 120, 240, 400]) {
        const again = await stage.daypass(['--non-interactive'], later(`+${seconds}`));
        assert.equal(again.stdout, call.stdout);
      }
      assert.equal(stage.sts.calls.length, 1);
      await stage.daypass(['--non-interactive'], later('+500'));
      await until(() => stage.sandbox.processes().length === 0, 'the background ends');
      assert.equal(stage.sts.calls.length, 2);
      return call;
    },
  });
}
