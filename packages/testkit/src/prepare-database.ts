/** Databases as an operator prepares them: migrated by their owner, and used by a role with no more rights than it needs. */
import { grantApplication, migrateToLatest } from '@slotline/db';

const APPLICATION_ROLE = 'slotline_app';

/** What the API and the workers connect with. In tests their role has the password of the owner. */
export function applicationUrlOf(ownerUrl: string): string {
  const url = new URL(ownerUrl);
  url.username = APPLICATION_ROLE;
  return url.href;
}

/** Migrates the database and makes the role of {@link applicationUrlOf}, with its rights. */
export async function prepareDatabase(ownerUrl: string): Promise<void> {
  await migrateToLatest(ownerUrl);
  await grantApplication({ ownerUrl, applicationUrl: applicationUrlOf(ownerUrl), setsPassword: true });
}
