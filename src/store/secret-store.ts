/** Stores records under account names. Every method throws a DaypassError with a hint. */
export interface SecretStore {
  read(account: string): Promise<string | undefined>;
  write(account: string, value: string): Promise<void>;
  /** Succeeds if there is no such record. */
  delete(account: string): Promise<void>;
  /** Writes, reads and deletes a probe: a locked keychain looks empty until something is written. */
  check(): Promise<void>;
  close(): void;
}
