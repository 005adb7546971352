{{ config(enabled=var('reporting'), incremental_strategy='append', full_refresh=false, indexes=[
    {'columns': ['alias_id'], 'type': 'hash'},
    {'columns': ['changed_at']},
]) }}

-- written by the model attribution, in the transaction that changes its rows (macros/reporting/record_attribution_changes.sql)
select
    cast(null as timestamp with time zone) as changed_at,
    {{ binary_text('cast(null as text)') }} as alias_id,
    cast(null as timestamp with time zone) as signup_timestamp,
    cast(null as {{ dbt.type_string() }}) as change_kind,
    cast(null as {{ dbt.type_string() }}) as reason,
    {{ binary_text('cast(null as text)') }} as moved_to_alias_id,
    cast(null as {{ dbt.type_string() }}) as changed_columns,
    cast(null as jsonb) as old_values,
    cast(null as jsonb) as new_values
where false
