/** Seconds of a session that every role allows: IAM's MaxSessionDuration is 3600 to 43200. */
export const everyRoleAllows = 3600;
