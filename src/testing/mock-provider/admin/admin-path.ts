export const ADMIN_PREFIX = "/__admin";
