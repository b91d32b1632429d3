// A sample; the whole is test/soak/fuzz.ts. DAYPASS_SEED repeats a run.
import { test } from 'node:test';
import { fuzzListener } from './support/fuzz-listener.ts';
import { fuzzDiscovery, fuzzIdTokens } from './support/fuzz-provider.ts';
import { randomFrom, seed } from './support/random.ts';

test(`strange requests end nothing (seed ${seed})`, () => fuzzListener(1000, randomFrom(seed)));
test(`mutated ID tokens are refused (seed ${seed})`, () => fuzzIdTokens(300, randomFrom(seed)));
test(`mutated discovery documents lead to nothing unsafe (seed ${seed})`, () =>
  fuzzDiscovery(300, randomFrom(seed)));
