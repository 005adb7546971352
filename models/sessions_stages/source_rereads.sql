{{ config(incremental_strategy='append') }}

-- written by the runner where a copy that had won was forgotten: the others of its id are looked at again
select
    cast(null as {{ dbt.type_string() }}) as source_name,
    cast(null as {{ dbt.type_string() }}) as source_table,
    cast(null as timestamp with time zone) as received_at
where false
