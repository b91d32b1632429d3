// A sample of test/soak/fuzz.ts. DAYPASS_SEED repeats a run.
import { test } from 'node:test';
import { fuzzAnswers } from './support/fuzz-answers.ts';
import { fuzzListener } from './support/fuzz-listener.ts';
import { fuzzDiscovery, fuzzIdTokens } from './support/fuzz-provider.ts';
import { randomFrom, seed } from './support/random.ts';

test(`the listener survives strange requests (seed ${seed})`, () => fuzzListener(1000, randomFrom(seed)));
test(`daypass rejects mutated ID tokens (seed ${seed})`, () => fuzzIdTokens(300, randomFrom(seed)));
test(`daypass uses no unsafe endpoint of mutated discovery documents (seed ${seed})`, () =>
  fuzzDiscovery(300, randomFrom(seed)));
test(`strange answers behind a CA bundle and a proxy end no call but with an error (seed ${seed})`, () =>
  fuzzAnswers(500, randomFrom(seed)));
