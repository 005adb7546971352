{{ config(
    incremental_strategy='apply_arrivals',
    on_schema_change='append_new_columns',
    unique_key=['source_name', 'id', 'timestamp'],
    meta={'partition_by': 'timestamp', 'arrivals': 'arrived_identity_calls'},
    indexes=[
        {'columns': ['hashtextextended(id, 0)']},
        {'columns': ['hashtextextended(user_id, 0)']},
        {'columns': ['email_domain']},
    ],
    pre_hook="{{ night_settings() }}",
    post_hook="{{ request_rebuild_downstream() }}",
) }}

-- depends_on: {{ ref('touched_links') }}, {{ ref('rebuild_requests') }}
-- depends_on: {% if not execute %}{{ ref('stg_segment__identity_calls') }}, {% endif %}{{ ref('arrived_identity_calls') }}
{% if is_incremental() %}
{{ arrivals_to_apply(
    ref('arrived_identity_calls'),
    ['source_name', 'source_table', 'id', 'timestamp', 'received_at'] + identity_call_columns()
) }}
{% else %}
{{ winning_copies(ref('stg_segment__identity_calls'), identity_call_columns()) }}
{% endif %}
