import { checkIssuer } from '../configure/check-issuer.ts';
import { asDaypassError, DaypassError } from '../errors.ts';
import type { UncheckedMetadata } from '../oidc/known-providers.ts';

/** Requests at a time: a team's file can name any number of providers. */
const atOnce = 8;

/**
 * Reads the metadata of each issuer once, and returns it by the issuer. `place` names the profile in an error. Throws
 * `interrupted`, or else one error with those of all issuers.
 */
export async function readIssuers(
  asked: readonly { issuer: string; place: string }[],
): Promise<Map<string, UncheckedMetadata>> {
  // The first profile of each issuer names it.
  const first = new Map(asked.toReversed().map(({ issuer, place }) => [issuer, place]));
  const rest = [...first].reverse();
  const found = new Map<string, UncheckedMetadata>();
  const failed: { error: DaypassError; place: string }[] = [];
  const work = async () => {
    for (let next = rest.shift(); next; next = rest.shift()) {
      const [issuer, place] = next;
      try {
        found.set(issuer, (await checkIssuer({ issuer })).metadata);
      } catch (thrown) {
        const error = asDaypassError(thrown);
        if (error.code === 'interrupted') throw error;
        failed.push({ error, place });
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  const [one] = failed;
  if (!one) return found;
  const faults = failed.flatMap(({ error, place }) => error.faults.map((fault) => `${place}: ${fault}`));
  const { code, nextStep: hint, cause } = one.error;
  throw new DaypassError(code, faults, { hint, cause });
}
