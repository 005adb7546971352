{{ config(incremental_strategy='append', full_refresh=false) }}

-- written by the runner: one row an attempt of a step
select
    cast(null as {{ dbt.type_string() }}) as run_id,
    cast(null as integer) as step_number,
    cast(null as {{ dbt.type_string() }}) as step_name,
    cast(null as integer) as attempt,
    cast(null as timestamp with time zone) as started_at,
    cast(null as double precision) as seconds,
    cast(null as {{ dbt.type_string() }}) as outcome,
    cast(null as bigint) as row_count,
    cast(null as {{ dbt.type_string() }}) as sqlstate,
    cast(null as {{ dbt.type_string() }}) as error,
    cast(null as {{ dbt.type_string() }}) as blocked_by,
    cast(null as {{ dbt.type_string() }}) as nodes_left
where false
