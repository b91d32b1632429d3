// Certificates of a company's authority, and certificates that a client must reject.
import { after } from 'node:test';
import { createAuthority } from '../support/certificates.ts';
import type { Case, FaultStage } from './fault.ts';

export const authority = createAuthority();
const stranger = createAuthority();
export const certificates = {
  good: authority.issue('DNS:localhost,IP:127.0.0.1'),
  expired: authority.issue('DNS:localhost,IP:127.0.0.1', '-3d'),
  'wrong host': authority.issue('DNS:idp.example'),
  'unknown authority': stranger.issue('DNS:localhost,IP:127.0.0.1'),
};
after(() => {
  authority.remove();
  stranger.remove();
});
/** The provider is not reached: no tab opens and nothing is posted. */
export const early: Case = { error: 'provider-unreachable', tabs: 0, tokenRequests: 0, ends: true };

/** The company's authority issued the provider's certificate, and the environment names the authority. */
export const company: Case = {
  tls: certificates.good,
  prepare: trustCompany,
};

export function trustCompany({ sandbox }: FaultStage): void {
  sandbox.env.NODE_EXTRA_CA_CERTS = authority.file;
}
