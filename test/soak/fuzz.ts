// The whole of test/fuzz.test.ts. DAYPASS_SEED repeats a run.
import { test } from 'node:test';
import { fuzzListener } from '../support/fuzz-listener.ts';
import { fuzzDiscovery, fuzzIdTokens } from '../support/fuzz-provider.ts';
import { randomFrom, seed } from '../support/random.ts';

test(`10,000 strange requests end nothing (seed ${seed})`, () => fuzzListener(10_000, randomFrom(seed)));
test(`10,000 mutated ID tokens are refused (seed ${seed})`, () => fuzzIdTokens(10_000, randomFrom(seed)));
test(`10,000 mutated discovery documents lead to nothing unsafe (seed ${seed})`, () =>
  fuzzDiscovery(10_000, randomFrom(seed)));
