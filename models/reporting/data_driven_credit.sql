{{ config(enabled=var('reporting'), incremental_strategy='append', full_refresh=false) }}

-- written by the runner: python -m runner attribute
select
    cast(null as timestamp with time zone) as computed_at,
    cast(null as {{ dbt.type_string() }}) as attribution_model,
    cast(null as {{ dbt.type_string() }}) as channel,
    cast(null as double precision) as removal_effect,
    cast(null as double precision) as share,
    cast(null as double precision) as signups,
    cast(null as bigint) as total_journeys,
    cast(null as bigint) as total_signups
where false
