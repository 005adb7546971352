{{ config(
    incremental_strategy='append',
    indexes=[{'columns': ['rejected_id'], 'unique': true}],
    pre_hook=["{{ night_settings() }}", "set local timezone = 'UTC'"],
) }}

with segment_rows as (
    select * from {{ ref('stg_segment__events') }}
    where
        reject_reason is not null
        and reject_reason <> 'forgotten'
        {% if is_incremental() %}and {{ arrival_window(['tracks', 'pages', 'screens']) }}{% endif %}
),

-- nulls are left out: a column that Segment adds later does not make an old row a new one
contents as (
    select
        source_name,
        source_table,
        id,
        "timestamp",
        received_at,
        reject_reason,
        jsonb_strip_nulls(source_row) as source_row
    from segment_rows
),

-- two equal rows are two rows; read again they are still the same two
numbered as (
    select
        *,
        row_number() over (
            partition by source_name, source_table, md5(cast(source_row as text))
            order by reject_reason
        ) as copy_number
    from contents
),

keyed as (
    select
        md5(
            source_name || '|' || source_table || '|' || cast(copy_number as text)
            || '|' || cast(source_row as text)
        ) as rejected_id,
        reject_reason as reason,
        source_name,
        source_table,
        id,
        "timestamp",
        received_at,
        source_row
    from numbered
),

final as (
    select * from keyed
    {% if is_incremental() -%}
    where not exists (select 1 from {{ this }} as stored where stored.rejected_id = keyed.rejected_id)
    {%- endif %}
)

select * from final
