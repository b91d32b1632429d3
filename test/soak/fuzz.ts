// The long run of test/fuzz.test.ts. DAYPASS_SEED repeats a run.
import { test } from 'node:test';
import { fuzzAnswers } from '../support/fuzz-answers.ts';
import { fuzzListener } from '../support/fuzz-listener.ts';
import { fuzzDiscovery, fuzzIdTokens } from '../support/fuzz-provider.ts';
import { randomFrom, seed } from '../support/random.ts';

test(`the listener survives 10,000 strange requests (seed ${seed})`, () =>
  fuzzListener(10_000, randomFrom(seed)));
test(`daypass rejects 10,000 mutated ID tokens (seed ${seed})`, () => fuzzIdTokens(10_000, randomFrom(seed)));
test(`daypass uses no unsafe endpoint of 10,000 mutated discovery documents (seed ${seed})`, () =>
  fuzzDiscovery(10_000, randomFrom(seed)));
test(`10,000 strange answers behind a CA bundle and a proxy end no call but with an error (seed ${seed})`, () =>
  fuzzAnswers(10_000, randomFrom(seed)));
