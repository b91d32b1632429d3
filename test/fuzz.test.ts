// A sample of test/soak/fuzz.ts. DAYPASS_SEED repeats a run.
import { test } from 'node:test';
import { fuzzListener } from './support/fuzz-listener.ts';
import { fuzzDiscovery, fuzzIdTokens } from './support/fuzz-provider.ts';
import { randomFrom, seed } from './support/random.ts';

test(`the listener survives strange requests (seed ${seed})`, () => fuzzListener(1000, randomFrom(seed)));
test(`daypass rejects mutated ID tokens (seed ${seed})`, () => fuzzIdTokens(300, randomFrom(seed)));
test(`daypass uses no unsafe endpoint of mutated discovery documents (seed ${seed})`, () =>
  fuzzDiscovery(300, randomFrom(seed)));
