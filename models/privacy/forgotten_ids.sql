{{ config(
    incremental_strategy='append',
    full_refresh=false,
    indexes=[{'columns': ['id_hash'], 'unique': true}],
) }}

-- written by the runner: python -m runner forget
-- depends_on: {{ ref('forgotten_salt') }}
select
    cast(null as bigint) as id_key,
    cast(null as {{ dbt.type_string() }}) as id_hash,
    cast(null as timestamp with time zone) as forgotten_at
where false
