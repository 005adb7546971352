{{ config(
    incremental_strategy='apply_arrivals',
    unique_key=['source_name', 'id', 'timestamp'],
    on_schema_change='append_new_columns',
    meta={
        'partition_by': 'timestamp',
        'arrivals': 'arrived_events',
        'packed_indexes': true,
        'leaf_storage': {'autovacuum_analyze_scale_factor': 0.02},
    },
    indexes=[
        {'columns': ['hashtextextended(id, 0)']},
        {'columns': ['hashtextextended(coalesce(user_id, anonymous_id), 0)', "cast(\"timestamp\" at time zone 'UTC' as date)"]},
    ],
    pre_hook="{{ night_settings() }}",
    post_hook=[
        "{{ request_rebuild_downstream() }}",
        "{{ build_indexes() }}",
        "{{ remove_losing_copies() }}",
        "{{ finish_step() }}",
    ],
) }}

-- depends_on: {{ ref('touched_identities') }}, {{ ref('touched_links') }}, {{ ref('rebuild_requests') }}
-- depends_on: {% if not execute %}{{ ref('stg_segment__events') }}, {% endif %}{{ ref('arrived_events') }}
-- depends_on: {{ ref('build_steps') }}
{% set columns = ['source_name', 'source_table', 'id', 'timestamp', 'received_at'] + event_columns() + var('extra_columns') %}
{% if build_step() == 'events' %}
-- one month of arrival; copies of an id are brought down to one when all months are in
select {{ get_quoted_csv(columns) }}
from {{ ref('stg_segment__events') }}
where
    reject_reason is null
    and not lacks_received_at
    and received_at >= cast('{{ var('build_step')['from'] }}' as timestamp with time zone)
    {% if var('build_step')['to'] != 'infinity' -%}
    and received_at < cast('{{ var('build_step')['to'] }}' as timestamp with time zone)
    {%- endif %}
{% elif build_step() != 'none' %}
select {{ get_quoted_csv(columns) }}
from {{ ref('stg_segment__events') }}
where false
{% elif is_incremental() %}
{{ arrivals_to_apply(
    ref('arrived_events'), columns
) }}
{% else %}
{{ winning_copies(ref('stg_segment__events'), event_columns(), var('extra_columns')) }}
{% endif %}
