{{ config(
    incremental_strategy='sync',
    unique_key=['source_name', 'source_table', 'column_name'],
    meta={'sync_scope': 'everything'},
) }}

with segment_schemas as (
    {%- for segment_source in var('segment_sources') %}
    select
        {{ sql_list([segment_source['name']]) }} as source_name,
        {{ sql_list([segment_source['schema']]) }} as schema_name
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

final as (
    select
        cast(segment_schemas.source_name as {{ dbt.type_string() }}) as source_name,
        cast(class.relname as {{ dbt.type_string() }}) as source_table,
        cast(attribute.attname as {{ dbt.type_string() }}) as column_name,
        cast(format_type(attribute.atttypid, null) as {{ dbt.type_string() }}) as data_type
    from segment_schemas
    inner join pg_namespace as namespace on namespace.nspname = segment_schemas.schema_name
    inner join pg_class as class
        on
            class.relnamespace = namespace.oid
            and class.relname in ('tracks', 'pages', 'screens', 'identifies', 'aliases')
            and class.relkind in ('r', 'p', 'v', 'm', 'f')
    inner join pg_attribute as attribute
        on attribute.attrelid = class.oid and attribute.attnum > 0 and not attribute.attisdropped
)

select * from final
