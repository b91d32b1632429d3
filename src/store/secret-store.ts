/** Where records are kept under their account names. Every method throws a DaypassError that says what to do. */
export interface SecretStore {
  read(account: string): Promise<string | undefined>;
  write(account: string, value: string): Promise<void>;
  /** Deleting what is not there succeeds. */
  delete(account: string): Promise<void>;
  /** Writes, reads and deletes a probe: a locked keychain looks like an empty one until something is written. */
  check(): Promise<void>;
  close(): void;
}
