-- The keys of resources are made for every name that a client books, over all orgs, and 2,147,483,647 of them is a number
-- that one org could use up for all. 64 bits cannot be. A box holds a key as a double, which is exact up to 2^52.
--
-- Writes both tables of appointments and all their indexes again, the exclusion constraint's included, which locks them
-- for as long as that takes (about a minute a million appointments). A worker of an earlier release goes on working with it.
alter table resources alter column resource_key type bigint;
alter table appointments alter column resource_key type bigint;
alter table appointment_versions alter column resource_key type bigint;
