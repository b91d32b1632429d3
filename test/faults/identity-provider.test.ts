// The cases I01 to I56 of the security research (section 7.1): a provider that misbehaves, met by the built program.
import { rsaKey } from '../support/hostile-provider.ts';
import { fault } from './fault.ts';

const stranger = rsaKey('honest');

fault('I01', 'another issuer in the metadata', {
  error: 'issuer-mismatch',
  arrange: ({ provider }) => {
    provider.metadata = { issuer: 'https://evil.example' };
  },
  tabs: 0,
});
fault('I15', 'a signature of somebody else', {
  error: 'bad-id-token',
  text: /signature/,
  arrange: ({ provider }) => {
    provider.token = (form) => provider.tokens(form, { key: stranger });
  },
});
fault('I15', 'a signature of somebody else, at a refresh', {
  session: true,
  ends: true,
  error: 'sign-in-needed',
  arrange: ({ provider }) => {
    provider.token = (form) => provider.tokens(form, { key: stranger });
  },
});
