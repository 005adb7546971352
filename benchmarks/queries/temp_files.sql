-- Bytes of temporary files at this moment.
select coalesce(sum(size), 0)::bigint as bytes from pg_ls_tmpdir();
