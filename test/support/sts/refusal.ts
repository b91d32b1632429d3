/** An error with the words of AWS STS. The server sends it as XML. */
export class StsRefusal extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** Returns the error of AWS for a parameter outside its model. */
export function invalidValue(value: string, member: string, constraint: string): StsRefusal {
  return new StsRefusal(
    'ValidationError',
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must ${constraint}`,
  );
}
