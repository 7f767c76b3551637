// The end of a tenant that was made for one test.

import { ControlError } from "./control-line.js";

/** Drop a tenant that the test may have dropped itself. */
export async function dropTenant(tenant) {
  try {
    await tenant.drop();
  } catch (error) {
    if (!(error instanceof ControlError && error.status === 404)) throw error;
  }
}
