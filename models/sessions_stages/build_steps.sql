{{ config(incremental_strategy='append') }}

-- parts of a first build that are done; written with the rows of the part
select
    cast(null as {{ dbt.type_string() }}) as model_name,
    cast(null as {{ dbt.type_string() }}) as kind,
    cast(null as {{ dbt.type_string() }}) as part,
    cast(null as {{ dbt.type_string() }}) as source_name,
    cast(null as {{ dbt.type_string() }}) as source_table,
    cast(null as bigint) as row_count,
    cast(null as timestamp with time zone) as finished_at
where false
