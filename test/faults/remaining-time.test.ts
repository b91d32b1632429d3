// TM03, TM04: credentials that are about to expire.
import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { later } from '../support/other-clock.ts';
import { until } from '../support/until.ts';
import { type Case, fault, signIn } from './fault.ts';

suite('credentials are about to expire', { concurrency: 4 }, () => {
  freshnessHolds();
});

function freshnessHolds(): void {
  /** A call with so many seconds left, and what came of it once the background has done its part. */
  const withLeft = (seconds: number, renewed: 'before' | 'behind' | 'not'): Case => ({
    session: true,
    tokenRequests: renewed === 'not' ? 0 : 1,
    act: async (stage) => {
      const { stdout } = await stage.daypass();
      const call = await stage.daypass([], later(`+${3600 - seconds}`));
      await until(() => stage.sandbox.processes().length === 0, 'the background ends');
      assert.equal(call.stdout === stdout, renewed !== 'before', 'what is printed');
      assert.equal(stage.sts.calls.length, renewed === 'not' ? 1 : 2);
      return call;
    },
  });
  // Each call comes some seconds after the sign-in, so a second more or less is left than is written.
  fault('TM03', '59 s left: renewed first', withLeft(59, 'before'));
  fault('TM03', '10 min left: printed, and renewed behind', withLeft(600, 'behind'));
  fault('TM03', '15 min left: printed, and renewed behind', withLeft(900, 'behind'));
  fault('TM03', '16 min left and less: printed, and renewed behind', withLeft(958, 'behind'));
  fault('TM03', 'more than 16 min left: printed', withLeft(990, 'not'));

  fault('TM04', 'sessions of 15 minutes: STS is asked once in four minutes', {
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
