// Thrown by a test that cannot run here; it is counted as skipped, never as passed.
export class Skip extends Error {}
