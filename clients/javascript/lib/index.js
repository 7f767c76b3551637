// The package: the client of the control plane, the launcher, and what a failed test shows.

export { BookingsClient } from "./client.js";
export { ControlError, VerificationError } from "./control-line.js";
export { LaunchError, startEmulator } from "./launcher.js";
export { describeExchanges } from "./report.js";
