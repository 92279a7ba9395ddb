-- What is due of each endpoint, so that the backlog of one does not hide what another is owed: while there is a backlog,
-- deliveries are taken endpoint by endpoint.
--
-- The index takes one scan of the table, which can be read but not written meanwhile.
create index deliveries_of_endpoint_due on deliveries (org_key, endpoint_id, due_at) where status = 'pending';
