{{ config(incremental_strategy='append', full_refresh=false) }}

-- written by the runner: a run's row is there from its start
select
    cast(null as {{ dbt.type_string() }}) as run_id,
    cast(null as timestamp with time zone) as started_at,
    cast(null as timestamp with time zone) as finished_at,
    cast(null as {{ dbt.type_string() }}) as status,
    cast(null as integer) as exit_code,
    cast(null as {{ dbt.type_string() }}) as command,
    cast(null as {{ dbt.type_string() }}) as host_name,
    cast(null as {{ dbt.type_string() }}) as os_user,
    cast(null as {{ dbt.type_string() }}) as db_user,
    cast(null as integer) as process_id,
    cast(null as {{ dbt.type_string() }}) as version,
    cast(null as {{ dbt.type_string() }}) as settings_fingerprint,
    cast(null as bigint) as rows_read,
    cast(null as bigint) as rows_kept,
    cast(null as bigint) as rows_duplicate,
    cast(null as bigint) as rows_rejected,
    cast(null as {{ dbt.type_string() }}) as error
where false
