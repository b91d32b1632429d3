export const profileNameRule = 'must be 1 to 128 of A-Z a-z 0-9 _ . @ : / + -';

/** Whether every AWS client reads this name as it stands. */
export function isProfileName(name: string): boolean {
  return /^[A-Za-z0-9_.@:/+-]{1,128}$/.test(name);
}
