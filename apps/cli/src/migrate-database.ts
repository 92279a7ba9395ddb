/** Applies the schema of this build to a database and grants the rights that the apps' role needs. */
import { grantApplication, migrateToLatest } from '@slotline/db';

export interface DatabaseUrls {
  /** The URL with which the apps connect. */
  readonly databaseUrl: string;
  /** The URL of the role that owns the tables; equal to `databaseUrl` when there is only one role. */
  readonly ownerUrl: string;
}

/** `setsPassword`: the role gets the password of its URL; only for our own database. */
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
