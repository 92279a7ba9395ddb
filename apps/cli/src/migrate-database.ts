/** The schema of this build on a database, and the rights of the role that the apps use it as. */
import { grantApplication, migrateToLatest } from '@slotline/db';

export interface DatabaseUrls {
  /** What the apps connect with. */
  readonly databaseUrl: string;
  /** Of the role that owns the tables; the same as `databaseUrl` where one role is all there is. */
  readonly ownerUrl: string;
}

/** `setsPassword`: the database is ours alone, so the role gets the password of its URL. */
export interface MigrateOptions {
  readonly setsPassword?: boolean;
  readonly report?: (line: string) => void;
}

/** Safe to run any number of times, and from several callers at once. */
export async function migrateDatabase(
  { databaseUrl, ownerUrl }: DatabaseUrls,
  { setsPassword, report }: MigrateOptions = {},
): Promise<void> {
  await migrateToLatest(ownerUrl, { report });
  if (ownerUrl === databaseUrl) return;
  const role = await grantApplication({ ownerUrl, applicationUrl: databaseUrl, setsPassword });
  report?.(`the role ${role} may use the tables and not change the schema`);
}
